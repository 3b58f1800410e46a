import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Intended } from "../activities/delivery/calls.ts";
import { settleDoubtful } from "../activities/settling.ts";
import { applyInbound } from "../db/inbound.ts";
import { moveCampaign } from "../db/campaigns.ts";
import { inTransaction } from "../db/connect.ts";
import { readOptOut } from "../domain/optOut.ts";
import type { MessageProvider, SendAnswer } from "../providers/message.ts";
import { type SendingStage, sendingStage } from "./sending.ts";

/** What the provider has taken: its own truth, whatever we believe. */
interface Taken {
  sid: string;
  from: string;
  to: string;
  body: string;
  messageId: string;
  n: number;
  /** How it ends for the person; told or not. */
  end: "delivered" | "undelivered";
  told: boolean;
}
const taken: Taken[] = [];
const provider: MessageProvider = {
  send: () => Promise.reject(new Error("calls are steps of the model")),
  list: (from, to) =>
    Promise.resolve(
      taken
        .filter((one) => one.from === from && one.to === to)
        .map(({ sid, body }) => ({ sid, body, status: "queued", error_code: null, created_at: null })),
    ),
  fetch: () => Promise.resolve(undefined),
  listInbound: () => Promise.resolve([]),
  erase: () => Promise.resolve("absent"),
  verify: () => Promise.resolve({ ok: true }),
};

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage(provider);
});
afterAll(() => stage.close());

/** What may happen to a call: whether the provider takes it, and what we hear. Late: heard when the step `late` comes. */
const FATES = {
  accepted: { takes: true, hears: "accepted" },
  lateAnswer: { takes: true, hears: "late" },
  answerLost: { takes: true, hears: "unknown" },
  diedAfter: { takes: true, hears: "nothing" },
  diedBefore: { takes: false, hears: "nothing" },
  dropped: { takes: false, hears: "unknown" },
  deadline: { takes: false, hears: "not_sent" },
  busy: { takes: false, hears: "20429" },
  retry: { takes: false, hears: "30008" },
  never: { takes: false, hears: "21612" },
} as const;
type Fate = keyof typeof FATES;
const MESSAGES = 3;

type Step =
  | { do: "begin" | "settle" | "pause" | "resume" | "hasten" | "late" }
  | { do: "intend"; slice: number; room: number }
  | { do: "call"; which: number; fate: Fate; end: Taken["end"] }
  | { do: "receipt"; which: number; state: "sent" | "end"; times: number }
  | { do: "optOut"; which: number };

const single: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("begin", "settle", "hasten", "late" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("pause", "resume" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("intend"),
      slice: fc.nat(5),
      room: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("call"),
      which: fc.nat(5),
      fate: fc.constantFrom(...(Object.keys(FATES) as Fate[])),
      end: fc.constantFrom("delivered", "undelivered"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("receipt"),
      which: fc.nat(9),
      state: fc.constantFrom("sent", "end"),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("optOut"), which: fc.nat(MESSAGES - 1) }) },
) as fc.Arbitrary<Step>;
/** Steps of one turn run at the same time. */
const turns = fc.array(fc.array(single, { minLength: 1, maxLength: 2 }), { minLength: 6, maxLength: 16 });

class Run {
  readonly senderId: string;
  readonly campaignId: string;
  readonly ids: string[];
  readonly slices: number[] = [];
  /** Intended, and not called yet; `stale` once the deadline has passed. */
  readonly inHand: { one: Intended; stale: boolean }[] = [];
  readonly late: { one: Intended; sid: string }[] = [];
  readonly optedOut = new Map<string, number>();

  constructor(senderId: string, campaignId: string, ids: string[]) {
    this.senderId = senderId;
    this.campaignId = campaignId;
    this.ids = ids;
  }

  static async start(): Promise<Run> {
    const senderId = await stage.sender();
    const { id } = await stage.campaign();
    const run = new Run(senderId, id, await stage.queue({ senderId, campaignId: id, count: MESSAGES }));
    run.slices.push(await stage.beginSlice(senderId));
    return run;
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case "begin":
        this.slices.push(await stage.beginSlice(this.senderId));
        return;
      case "intend":
        return this.intend(this.slices.at(-1 - (step.slice % this.slices.length)) as number, step.room);
      case "call": {
        const [call] = this.inHand.splice(step.which % Math.max(1, this.inHand.length), 1);
        if (call === undefined) return;
        const fate = FATES[step.fate];
        return this.call(call.one, call.stale && fate.takes ? FATES.deadline : fate, step.end);
      }
      case "late": {
        const answer = this.late.shift();
        return answer && stage.answer(answer.one, { kind: "accepted", sid: answer.sid });
      }
      case "receipt": {
        const own = this.taken();
        const one = own[step.which % Math.max(1, own.length)];
        return one && this.tell(one, step.state === "sent" ? "sent" : one.end, step.times);
      }
      case "settle":
        return this.settle();
      case "hasten":
        await Promise.all(this.ids.map((id) => stage.hasten(id)));
        return;
      case "pause":
      case "resume":
        await moveCampaign(
          stage.db,
          stage.workspaceId,
          this.campaignId,
          step.do === "pause" ? "paused" : "running",
        );
        return;
      case "optOut":
        return this.optOut(this.ids[step.which] as string);
    }
  }

  taken(): Taken[] {
    return taken.filter((one) => this.ids.includes(one.messageId));
  }

  async intend(epoch: number, room: number): Promise<void> {
    await sql`update sender_pace set next_send_at = '-infinity', rate_factor = 1
      where sender_id = ${this.senderId}`.execute(stage.db);
    const result = await stage.intend(this.senderId, epoch, room);
    if (result.kind === "sent") this.inHand.push(...result.messages.map((one) => ({ one, stale: false })));
  }

  async call(one: Intended, { takes, hears }: (typeof FATES)[Fate], end: Taken["end"]): Promise<void> {
    const sid = `SM${one.message.id}.${one.n}`;
    if (takes) {
      const { from, to, body } = one.outgoing;
      taken.push({ sid, from, to, body: body ?? "", messageId: one.message.id, n: one.n, end, told: false });
    }
    if (hears === "late") this.late.push({ one, sid });
    else if (hears !== "nothing") await stage.answer(one, answerOf(hears, sid));
  }

  async tell(one: Taken, state: "sent" | Taken["end"], times: number): Promise<void> {
    if (state === one.end) one.told = true;
    const receipt = { messageId: one.messageId, n: one.n, state, sid: one.sid };
    const code = state === "undelivered" ? { code: "30003" } : {};
    await stage.receive(Array.from({ length: times }, () => ({ ...receipt, ...code })));
  }

  /** Time passes until the provider's list is proof: no call in hand can be made any more. */
  async settle(): Promise<void> {
    for (const call of this.inHand) call.stale = true;
    await sql`
      update attempts set intended_at = intended_at - interval '25 seconds',
        detail = case when detail ? 'absent_since' then jsonb_build_object('absent_since',
          (detail ->> 'absent_since')::timestamptz - interval '25 seconds') else detail end
      where sender_id = ${this.senderId} and settled_at is null`.execute(stage.db);
    await settleDoubtful(stage.deps, { workspaceId: stage.workspaceId, senderId: this.senderId });
  }

  async optOut(id: string): Promise<void> {
    const { address } = await stage.message(id);
    const { address: to } = await stage.db
      .selectFrom("senders")
      .select("address")
      .where("id", "=", this.senderId)
      .executeTakeFirstOrThrow();
    const place = { country: "CO", region: null, numberZones: [], phoneType: "mobile" };
    const said = { channel: "sms" as const, from: address as string, to, body: "BAJA", media: [], place };
    const on = { workspaceId: stage.workspaceId, addressKey: stage.deps.addressKey };
    await inTransaction(stage.db, (tx) =>
      applyInbound(
        tx,
        on,
        {
          ...said,
          providerSid: `SMin${id}.${Math.random()}`,
          profileName: null,
          whatsappUserId: null,
          parts: null,
          mail: null,
          optOutType: null,
          sentAt: null,
        },
        readOptOut("BAJA", null),
      ),
    );
    if (!this.optedOut.has(id)) this.optedOut.set(id, (await stage.attempts(id)).length);
  }

  /** Everything comes back and is let run until nothing is open: what is open then is lost. */
  async drain(): Promise<void> {
    await moveCampaign(stage.db, stage.workspaceId, this.campaignId, "running");
    // Those who held a call stood still, and wake up after all that they had begun was settled.
    await stage.beginSlice(this.senderId);
    await this.settle();
    await this.settle();
    for (const { one, stale } of this.inHand.splice(0))
      await this.call(one, stale ? FATES.deadline : FATES.accepted, "delivered");
    for (let round = 0; round < 25; round++) {
      const epoch = await stage.beginSlice(this.senderId);
      await this.step({ do: "hasten" });
      await this.intend(epoch, 3);
      for (const { one } of this.inHand.splice(0)) await this.call(one, FATES.accepted, "delivered");
      await this.settle();
      for (const one of this.taken()) await this.tell(one, one.end, 1);
      const { rows } = await sql<{ n: number }>`select count(*) as n from messages
        where campaign_id = ${this.campaignId} and state in ('queued', 'sending', 'uncertain')`.execute(
        stage.db,
      );
      if (rows[0]?.n === 0) return;
    }
    throw new Error("Something stays open for ever");
  }

  /** What is wrong at the end; nothing, one hopes. */
  async faults(): Promise<string[]> {
    const faults: string[] = [];
    for (const id of this.ids) {
      const own = this.taken().filter((one) => one.messageId === id);
      // Each but the last had ended undelivered, and we had been told.
      if (own.slice(0, -1).some((one) => one.end !== "undelivered" || !one.told))
        faults.push(`${id} went out twice`);
      const { state, due_at } = await stage.message(id);
      const ends = ["failed", "undelivered", ...(this.optedOut.has(id) ? ["cancelled", "skipped"] : [])];
      const right = own.at(-1)?.end === "delivered" ? state === "delivered" : ends.includes(state);
      if (!right || due_at !== null) faults.push(`${id} is ${state} after ${own.length} acceptances`);
      const before = this.optedOut.get(id);
      if (before !== undefined && (await stage.attempts(id)).length !== before)
        faults.push(`${id} was tried after the opt-out`);
    }
    return faults;
  }
}

function answerOf(
  hears: "accepted" | "unknown" | "not_sent" | "20429" | "30008" | "21612",
  sid: string,
): SendAnswer {
  if (hears === "accepted") return { kind: "accepted", sid };
  if (hears === "unknown") return { kind: "unknown", why: "reset" };
  if (hears === "not_sent") return { kind: "not_sent", why: "deadline" };
  return { kind: "refused", code: hears, httpStatus: hears === "20429" ? 429 : 400, retryAfterMs: null };
}

// Side by side, as each run has a sender of its own and most of its time is waiting.
test.concurrent.each([1, 2, 3, 4])(
  "the ledger · sends nothing twice and loses nothing, whatever comes when (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const once = fc.asyncProperty(turns, async (steps) => {
      const run = await Run.start();
      for (const turn of steps) await Promise.all(turn.map((step) => run.step(step)));
      await run.drain();
      expect(await run.faults()).toEqual([]);
    });
    await fc.assert(once, { seed, numRuns: Number(process.env["LEDGER_RUNS"] ?? 60), endOnFailure: true });
  },
);
