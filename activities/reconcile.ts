import { heartbeat } from "@temporalio/activity";
import { applyWebhookEvents } from "../db/applyWebhooks.ts";
import { inTransaction } from "../db/connect.ts";
import type { Receipt } from "../db/attemptReceipts.ts";
import { applyReceipts } from "../db/receipts.ts";
import {
  advanceReconciler,
  findInboxes,
  findKnownInbound,
  findUnfinished,
  noteInbox,
  type SenderInbox,
  type UnfinishedAttempt,
} from "../db/reconciler.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { insertWebhookEvents } from "../db/webhookEvents.ts";
import { attemptStateOfTwilio } from "../domain/receipts.ts";
import { listedInboundForm } from "../domain/twilioWebhook.ts";
import { wakeCampaign, wakeSender, wakesOf } from "../workflows/handles.ts";
import type { MessageProvider } from "../providers/message.ts";
import type { ActivityDeps } from "./deps.ts";
import { meters } from "./meters.ts";

export interface ReconcileReport {
  /** Messages the provider was asked about, and those of them that it knew more of than we did. */
  asked: number;
  finished: number;
  /** Inbound messages that no webhook had brought. */
  inbound: number;
  /** Provider accounts that gave no answer; they are asked again at the next run. */
  failedAccounts: number;
}

/** When, and how much, the provider is asked. */
export interface ReconcileTimes {
  /** Ages, in minutes, at which an attempt that no receipt has ended is asked about. */
  agesMinutes: readonly number[];
  /** A webhook has this long to bring an inbound message before it is taken from the list. */
  inboundAfterMs: number;
  /** Calls that one run may make for outgoing messages. */
  calls: number;
}

const TIMES: ReconcileTimes = {
  agesMinutes: [10, 30, 120, 480, 1_440, 4_320],
  inboundAfterMs: 15_000,
  calls: 5_000,
};
const MOST_INBOXES = 2_000;
const AT_ONCE = 8;
const BATCH = 200;
/** Webhooks may be stored later than the provider's own time, and clocks differ: what was looked at is looked at again. */
const OVERLAP_MS = 5 * 60_000;

type Deps = Pick<ActivityDeps, "db" | "addressKey" | "retryMinuteMs" | "kick" | "providers" | "log">;

/**
 * Asks the provider about what its webhooks may have failed to tell: what people wrote, to each sender since the last
 * look, and how outgoing messages without a final receipt stand, at a few ages of theirs. What it says is applied as
 * its webhooks are. Throws where no account at all gives an answer.
 */
export async function reconcile(deps: Deps, times: ReconcileTimes = TIMES): Promise<ReconcileReport> {
  const run = new Run(deps);
  const report = {
    // First, as an opt-out may be among them.
    inbound: await fetchInbound(deps, run, times.inboundAfterMs),
    ...(await fetchUnfinished(deps, run, times)),
    failedAccounts: run.failed.size,
  };
  meters.reconciled.inc({ what: "inbound" }, report.inbound);
  meters.reconciled.inc({ what: "receipt" }, report.finished);
  if (run.isCutOff()) throw new Error("No provider account gives an answer");
  if (report.inbound + report.finished > 0) deps.kick();
  return report;
}

/** Which accounts answer in this run; one that failed once is not asked again. */
class Run {
  readonly failed = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Accounts have failed and there is none left that answers: it is the way to the provider, or the provider. */
  isCutOff(): boolean {
    return this.failed.size > 0 && this.#answered.isSubsetOf(this.failed);
  }

  /** Undefined where the account gives no answer. */
  async ask<T>(
    of: { workspace_id: string; provider_account_id: string | null },
    question: (provider: MessageProvider) => Promise<T>,
  ): Promise<{ answer: T } | undefined> {
    const account = of.provider_account_id ?? "environment";
    if (this.failed.has(account)) return undefined;
    try {
      const provider = await this.#deps.providers.forAccount(of.workspace_id, of.provider_account_id);
      const answer = await question(provider);
      this.#answered.add(account);
      return { answer };
    } catch (error) {
      this.failed.add(account);
      const { name, message } = error as Error;
      this.#deps.log.warn({ why: name, account, message }, "an account could not be asked");
      return undefined;
    }
  }
}

async function fetchInbound(deps: Deps, run: Run, afterMs: number): Promise<number> {
  let found = 0;
  await forEach(await findInboxes(deps.db, MOST_INBOXES), async (inbox) => {
    const until = new Date(inbox.now.getTime() - afterMs);
    const since = new Date(inbox.since.getTime() - OVERLAP_MS);
    const listed = await run.ask(inbox, (provider) =>
      provider.listInbound(inbox.address, inbox.channel, since),
    );
    heartbeat({ found });
    if (listed === undefined) return;
    const known = await findKnownInbound(
      deps.db,
      listed.answer.map((one) => one.sid),
    );
    const missing = listed.answer.filter((one) => !known.has(one.sid) && one.sent_at <= until);
    // Added after it is known: others add meanwhile.
    const fresh = await applyMissing(deps, inbox, missing.map(listedInboundForm), until);
    found += fresh;
  });
  return found;
}

/** As the webhook would have: stored, applied and what follows owed, in one transaction. Gives how many were new. */
function applyMissing(
  deps: Deps,
  inbox: SenderInbox,
  forms: readonly Record<string, string>[],
  until: Date,
): Promise<number> {
  return inTransaction(deps.db, async (tx) => {
    const events = forms.map((payload) => ({
      provider: "twilio" as const,
      kind: "inbound" as const,
      dedupeKey: `inbound:${payload["MessageSid"]}`,
      payload,
    }));
    const fresh = await insertWebhookEvents(tx, inbox.workspace_id, events);
    const turn = new Map(forms.map((form, index) => [form["MessageSid"], index]));
    const turnOf = (event: { payload: Record<string, string> }) =>
      turn.get(event.payload["MessageSid"] ?? "") ?? 0;
    const inOrder = fresh.toSorted((a, b) => turnOf(a) - turnOf(b));
    const on = { ...deps, workspaceId: inbox.workspace_id };
    await oweWake(tx, wakesOf(await applyWebhookEvents(tx, on, inOrder)));
    await noteInbox(tx, inbox, until);
    return fresh.length;
  });
}

async function fetchUnfinished(
  deps: Deps,
  run: Run,
  times: ReconcileTimes,
): Promise<{ asked: number; finished: number }> {
  let left = times.calls;
  let finished = 0;
  for (const age of times.agesMinutes) {
    while (left > 0) {
      const limit = Math.min(BATCH, left);
      const { attempts, until, now } = await findUnfinished(deps.db, age, limit);
      left -= attempts.length;
      const receipts = await askAll(run, attempts, now);
      finished += await applyTold(deps, receipts);
      // Asked again where nobody answers; what belongs to one bad account among others waits for its next age.
      if (run.isCutOff()) return { asked: times.calls - left, finished };
      await advanceReconciler(deps.db, age, until);
      heartbeat({ age, left });
      if (attempts.length < limit) break;
    }
  }
  return { asked: times.calls - left, finished };
}

type Told = { workspaceId: string; receipt: Receipt };

async function askAll(run: Run, attempts: readonly UnfinishedAttempt[], at: Date): Promise<Told[]> {
  const told: Told[] = [];
  await forEach(attempts, async (attempt) => {
    const fetched = await run.ask(attempt, (provider) => provider.fetch(attempt.provider_sid));
    const message = fetched?.answer;
    const state = message && attemptStateOfTwilio(message.status);
    if (message === undefined || state === undefined || state === "accepted") return;
    const { message_id: messageId, n, provider_sid: providerSid, workspace_id: workspaceId } = attempt;
    const receipt = { messageId, n, providerSid, state, errorCode: message.error_code, at };
    told.push({ workspaceId, receipt });
  });
  return told;
}

async function applyTold(deps: Deps, told: readonly Told[]): Promise<number> {
  for (const [workspaceId, own] of Map.groupBy(told, (one) => one.workspaceId)) {
    await inTransaction(deps.db, async (tx) => {
      const receipts = own.map((one) => one.receipt);
      const { retrying, campaigns } = await applyReceipts(tx, { ...deps, workspaceId }, receipts);
      await oweWake(tx, [...retrying.map(wakeSender), ...campaigns.map((one) => wakeCampaign(one))]);
    });
  }
  return told.length;
}

/** A few at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const next = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}
