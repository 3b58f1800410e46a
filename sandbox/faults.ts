import { z } from "zod";
import { seeded } from "./random.ts";

const Rate = z.number().min(0).max(1).default(0);
const Ms = z.number().int().min(0).max(600_000);

/** Faults to inject; of several sets, each is asked in turn and the first that strikes wins. */
export const FaultSet = z.strictObject({
  seed: z.number().int().default(1),
  /** creates: POST Messages and mail/send alone; all: every provider route. Receipt and inbound rates apply either way. */
  scope: z.enum(["creates", "all"]).default("creates"),
  account_sid: z.string().optional(),
  latency: z
    .union([
      z.strictObject({ fixed_ms: Ms }),
      z
        .strictObject({ min_ms: Ms, max_ms: Ms })
        .refine(({ min_ms, max_ms }) => min_ms <= max_ms, "min_ms > max_ms"),
    ])
    .optional(),
  rates: z
    .strictObject({
      http_429: Rate,
      http_500: Rate,
      http_503: Rate,
      /** Answered with 500 although the message was accepted. */
      http_500_after_accept: Rate,
      drop_before: Rate,
      drop_after_accept: Rate,
      /** No answer at all, nothing accepted. */
      hang: Rate,
      hang_after_accept: Rate,
      receipts_lost: Rate,
      receipts_doubled: Rate,
      receipts_delayed: Rate,
      receipts_disordered: Rate,
      inbound_lost: Rate,
      inbound_doubled: Rate,
    })
    .prefault({}),
  /** How late a delayed receipt is. */
  delay_ms: z.strictObject({ min: Ms, max: Ms }).default({ min: 500, max: 3_000 }),
  /** A hanging connection is reset after this long. */
  hang_ms: Ms.default(120_000),
  /** Sent as Retry-After with 429. */
  retry_after_s: z.number().int().min(0).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  /** Ends after so many strikes (latency is none). */
  count: z.number().int().min(1).optional(),
});
export type FaultSet = z.infer<typeof FaultSet>;

const REQUEST_FAULTS = [
  "http_429",
  "http_500",
  "http_503",
  "http_500_after_accept",
  "drop_before",
  "drop_after_accept",
  "hang",
  "hang_after_accept",
] as const;
const RECEIPT_FAULTS = [
  "receipts_lost",
  "receipts_doubled",
  "receipts_delayed",
  "receipts_disordered",
] as const;
const INBOUND_FAULTS = ["inbound_lost", "inbound_doubled"] as const;

export type RequestFault = (typeof REQUEST_FAULTS)[number];
export type ReceiptFault = (typeof RECEIPT_FAULTS)[number];
export type InboundFault = (typeof INBOUND_FAULTS)[number];

/** What befalls one request. */
export interface Strike {
  latency: number;
  fault?: RequestFault | undefined;
  retryAfter?: number | undefined;
  hangMs: number;
}

interface Live {
  set: FaultSet;
  random: () => number;
  left: number;
  endsAt: number;
}

const NOTHING: Strike = { latency: 0, hangMs: 0 };

/** Decides, by seeded draws in the order of arrival, which fault strikes whom. */
export class Faults {
  #live: Live[] = [];

  constructor(sets: readonly FaultSet[]) {
    for (const set of sets) this.add(set);
  }

  add(set: FaultSet): void {
    this.#live.push({
      set,
      random: seeded(set.seed),
      left: set.count ?? Number.POSITIVE_INFINITY,
      endsAt: set.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(set.until),
    });
  }

  clear(): void {
    this.#live = [];
  }

  ofRequest(create: boolean, accountSid: string | undefined): Strike {
    if (this.#live.length === 0) return NOTHING;
    const strike: Strike = { ...NOTHING };
    for (const live of this.#active(accountSid)) {
      const { set } = live;
      if (!create && set.scope === "creates") continue;
      if (set.latency) strike.latency = Math.max(strike.latency, latencyOf(live));
      strike.fault ??= draw(live, REQUEST_FAULTS);
      if (strike.fault) {
        strike.retryAfter = set.retry_after_s;
        strike.hangMs = set.hang_ms;
        break;
      }
    }
    return strike;
  }

  ofReceipt(accountSid: string): { fault: ReceiptFault; delayMs: number } | undefined {
    for (const live of this.#active(accountSid)) {
      const fault = draw(live, RECEIPT_FAULTS);
      const { min, max } = live.set.delay_ms;
      if (fault) return { fault, delayMs: min + Math.round(live.random() * (max - min)) };
    }
    return undefined;
  }

  ofInbound(accountSid: string): InboundFault | undefined {
    for (const live of this.#active(accountSid)) {
      const fault = draw(live, INBOUND_FAULTS);
      if (fault) return fault;
    }
    return undefined;
  }

  #active(accountSid: string | undefined): Live[] {
    if (this.#live.length === 0) return this.#live;
    const now = Date.now();
    return this.#live.filter(
      ({ set, left, endsAt }) =>
        left > 0 && now < endsAt && (set.account_sid === undefined || set.account_sid === accountSid),
    );
  }
}

function latencyOf({ set, random }: Live): number {
  const { latency } = set;
  if (!latency) return 0;
  if ("fixed_ms" in latency) return latency.fixed_ms;
  return latency.min_ms + Math.round(random() * (latency.max_ms - latency.min_ms));
}

/** One draw, so that a rate stays what it says whatever the others are. */
function draw<F extends keyof FaultSet["rates"]>(live: Live, faults: readonly F[]): F | undefined {
  const { rates } = live.set;
  if (faults.every((fault) => rates[fault] === 0)) return undefined;
  let left = live.random();
  for (const fault of faults) {
    if (left < rates[fault]) {
      live.left--;
      return fault;
    }
    left -= rates[fault];
  }
  return undefined;
}
