import { setTimeout as sleep } from "node:timers/promises";
import { Context, heartbeat } from "@temporalio/activity";
import { inTransaction } from "../../db/connect.ts";
import { findFinishable } from "../../db/campaigns.ts";
import { doubtAbandonedCalls } from "../../db/emailCalls.ts";
import { doubtAbandoned } from "../../db/ledger.ts";
import { nextDueMs, raiseEpoch } from "../../db/outbox.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { type SenderInput, wakeCampaign } from "../../workflows/handles.ts";
import type { ActivityDeps } from "../deps.ts";
import { meters } from "../meters.ts";
import { type IntendedCall, MOST_IN_CALL, rowsOf } from "./calls.ts";
import type { IntentResult } from "./intend.ts";
import { Intents } from "./intents.ts";
import { MailContents } from "./mails.ts";
import { Results } from "./results.ts";
import { emptyReport, reportOf, type SliceEnd, type SliceReport } from "./sliceReport.ts";
import { Slots } from "./slots.ts";
import { type Ended, type Way, wayOf } from "./ways.ts";

/** What a slice takes at once, which is also what one intent transaction writes: so many calls, and messages in each. */
const ROUNDS = { message: { calls: 50, messages: 1 }, mail: { calls: 1, messages: MOST_IN_CALL } } as const;
const SLICE_MS = 10 * 60_000;
/** Gaps up to this are waited for inside; longer ones end the slice. */
const PATIENCE_MS = 30_000;
/** How often a slice that has run dry looks again. */
const LINGER_STEP_MS = 100;
const HEARTBEAT_MS = 1_500;
/**
 * Whoever lets a sender or a workspace send again wakes it; two stops wake nobody. The switch of the whole installation
 * is looked at again. And a slice that stood still before it began may have taken over from the one that replaced it:
 * Temporal hears only of the latter, so that one has to take over once more.
 */
const LOOK_AGAIN_MS: { readonly [why in SliceReport["why"]]?: number } = {
  stopped: 60_000,
  superseded: 1_000,
};

/** All that the slices of one process share. */
export interface DeliveryEngine {
  deps: ActivityDeps;
  slots: Record<keyof typeof ROUNDS, Slots>;
  contents: MailContents;
  intents: Intents;
  results: Results;
}

export function createDeliveryEngine(deps: ActivityDeps): DeliveryEngine {
  // Twice the calls: while one lot is on its way the next is written. The provider's pool bounds the calls themselves.
  return {
    deps,
    slots: { message: new Slots(deps.sendConcurrency * 2), mail: new Slots(deps.mailCalls) },
    contents: new MailContents(deps.db),
    intents: new Intents(deps),
    results: new Results(deps),
  };
}

interface Slice {
  engine: DeliveryEngine;
  input: SenderInput;
  epoch: number;
  channel: string;
  /** Slices of one workspace and channel write their intents together. */
  group: string;
  /** How its channel sends. */
  by: keyof typeof ROUNDS;
  way: Way | undefined;
  /** People that a call of each content may have, where a larger one was refused. */
  most: Map<string, number>;
  inFlight: Set<Promise<void>>;
  sent: number;
  /** When the first of its messages came in doubt (performance.now()). */
  doubtSince: number | null;
  lastRefusal: string | null;
}

/**
 * Sends what one sender has due, for up to ten minutes, heart-beating. It raises the sender's epoch first: whatever an
 * earlier slice (of a process that died, or only stood still) has left open is in doubt from then on, and cannot write.
 */
export async function deliverSlice(engine: DeliveryEngine, input: SenderInput): Promise<SliceReport> {
  const raised = await raiseEpoch(engine.deps.db, input.senderId);
  if (raised === undefined) return emptyReport("removed");
  const { epoch, channel } = raised;
  const abandoned = await inTransaction(engine.deps.db, async (tx) => {
    if (channel === "email") await doubtAbandonedCalls(tx, input.senderId);
    return doubtAbandoned(tx, input.senderId, epoch);
  });
  const slice: Slice = {
    engine,
    input,
    epoch,
    channel,
    group: `${input.workspaceId} ${channel}`,
    by: channel === "email" ? "mail" : "message",
    way: undefined,
    most: new Map(),
    inFlight: new Set(),
    sent: 0,
    doubtSince: abandoned > 0 ? performance.now() : null,
    lastRefusal: null,
  };
  const ended = meters.slices.startTimer();
  const beat = setInterval(() => heartbeat({ sent: slice.sent }), HEARTBEAT_MS);
  try {
    const end = await sendUntilDone(slice);
    await Promise.all(slice.inFlight);
    // The last answers may have queued retries.
    if (end.why === "idle" || end.why === "waiting") {
      end.waitMs = await nextDueMs(engine.deps.db, input.senderId);
      end.why = end.waitMs === null ? "idle" : "waiting";
    }
    await wakeFinishable(slice);
    ended({ why: end.why });
    return await reportOf(engine.deps.db, input, {
      ...end,
      sent: slice.sent,
      lastRefusal: slice.lastRefusal,
    });
  } finally {
    clearInterval(beat);
    await Promise.allSettled(slice.inFlight);
  }
}

async function sendUntilDone(slice: Slice): Promise<SliceEnd> {
  const started = performance.now();
  const signal = Context.current().cancellationSignal;
  let dryFor = 0;
  while (!signal.aborted && performance.now() - started < SLICE_MS && !isSettleable(slice)) {
    const result = await sendBatch(slice);
    if (result.kind === "stopped") {
      return { why: result.why, waitMs: LOOK_AGAIN_MS[result.why] ?? null, reason: result.reason };
    }
    if (result.kind === "sent" || result.kind === "none") {
      dryFor = 0;
      if (result.kind === "sent" && result.paceMs > 0) await rest(result.paceMs, signal);
      continue;
    }
    if (result.kind === "budget" && result.waitMs > PATIENCE_MS)
      return { why: result.why, waitMs: result.waitMs };
    const waitMs =
      result.kind === "dry" ? await nextDueMs(slice.engine.deps.db, slice.input.senderId) : result.waitMs;
    if (waitMs !== null && waitMs <= PATIENCE_MS) {
      await rest(Math.max(waitMs, 5), signal);
      continue;
    }
    if (dryFor >= slice.engine.deps.lingerMs) return { why: waitMs === null ? "idle" : "waiting", waitMs };
    dryFor += LINGER_STEP_MS;
    await rest(LINGER_STEP_MS, signal);
  }
  return { why: "time_up", waitMs: 0 };
}

/** Once doubt has lasted for the grace the provider can be asked: the sender's workflow does, when the slice has ended. */
const isSettleable = ({ doubtSince, engine }: Slice) =>
  doubtSince !== null && performance.now() - doubtSince >= engine.deps.graceMs;

/** One intent transaction, and the calls that it allows. */
async function sendBatch(slice: Slice): Promise<IntentResult> {
  const { engine, input } = slice;
  const slots = engine.slots[slice.by];
  const round = ROUNDS[slice.by];
  const room = await slots.take(round.calls);
  let used = 0;
  try {
    const result = await engine.intents.take(slice.group, {
      senderId: input.senderId,
      epoch: slice.epoch,
      room: room * round.messages,
      most: slice.most,
    });
    if (result.kind === "sent") {
      const way = (slice.way ??= await findWay(slice, result));
      // More calls than there was room for, where a mail's people read several languages: the slots make up for it.
      used = result.calls.length;
      meters.intents.inc(
        { channel: slice.channel },
        result.calls.reduce((sum, call) => sum + rowsOf(call).length, 0),
      );
      for (const call of result.calls) dispatch(slice, way, call);
    }
    return result;
  } finally {
    slots.give(room - used);
  }
}

/** Where there is no provider to call, what was intended is written back as not sent before the slice fails. */
async function findWay(slice: Slice, intents: IntentResult & { kind: "sent" }): Promise<Way> {
  const { engine, input } = slice;
  const way = wayOf(engine, slice.by);
  try {
    await way.open(input.workspaceId, intents.providerAccountId);
    return way;
  } catch (error) {
    await Promise.all(intents.calls.map((call) => settle(slice, way.unsent(call))));
    throw error;
  }
}

/** Makes the call when its moment has come and hands its end to the results; the slot is free once it is answered. */
function dispatch(slice: Slice, way: Way, intended: IntendedCall): void {
  const { engine } = slice;
  const call = (async () => {
    if (intended.offsetMs > 1) await sleep(intended.offsetMs);
    const answered = meters.calls.startTimer({ channel: slice.channel });
    const ended = await way.make(intended);
    answered();
    engine.slots[slice.by].give(1);
    if (ended.kind === "accepted") slice.sent += ended.outcomes.length;
    if (ended.most !== null) slice.most.set(...ended.most);
    await settle(slice, ended);
  })();
  slice.inFlight.add(call);
  void call.finally(() => slice.inFlight.delete(call));
}

/** Resolves once what became of a call is committed. */
function settle(slice: Slice, { kind, code, outcomes, call }: Ended): Promise<void> {
  const { engine, input, channel } = slice;
  meters.answers.inc({ channel, kind });
  if (code !== null) meters.refusals.inc({ channel, code });
  if (outcomes.some((one) => one.settlement.outcome === "uncertain")) slice.doubtSince ??= performance.now();
  const refused = outcomes.find((one) => one.refusal !== null);
  if (refused !== undefined)
    slice.lastRefusal = `${refused.settlement.errorCode}: ${refused.refusal?.meaning}`;
  return engine.results.add({ results: outcomes.map((one) => ({ ...one, ...input })), call });
}

/** Waits, or less where the slice is told to end. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Campaigns that have nothing open any more need not wait for their next look. */
async function wakeFinishable(slice: Slice): Promise<void> {
  const { db, kick } = slice.engine.deps;
  const finishable = await findFinishable(db, slice.input.senderId);
  if (finishable.length === 0) return;
  await inTransaction(db, (tx) =>
    oweWake(
      tx,
      finishable.map((one) => wakeCampaign(one)),
    ),
  );
  kick();
}
