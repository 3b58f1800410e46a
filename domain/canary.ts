/** A campaign's canary: a small random share goes first, and what comes back of it decides about the rest. */
import { z } from "zod";
import { deliveryRate, failureRate, percent } from "./rates.ts";

const Percent = z.number().min(0).max(100);

/** What a campaign sets; the limits' defaults are the figures at which alerts are raised as well. */
export const Canary = z
  .strictObject({
    share: z
      .number()
      .gt(0)
      .max(50)
      .optional()
      .describe("Percent of those who wait to be sent to, at random."),
    count: z.int().min(1).max(100_000).optional().describe("People instead of a share, at random."),
    wait_minutes: z
      .number()
      .min(0)
      .max(10_080)
      .default(60)
      .describe("From the last of them that the provider accepted until they are judged."),
    max_failure_rate: Percent.default(10).describe("Percent; above it the campaign is paused."),
    max_opt_out_rate: Percent.default(2).describe("Percent; above it the campaign is paused."),
    min_delivery_rate: Percent.default(90).describe("Percent; below it the rest waits for an operator."),
  })
  .refine(({ share, count }) => (share === undefined) !== (count === undefined), {
    path: ["share"],
    error: "give either a share or a count",
  });
export type Canary = z.infer<typeof Canary>;

/** What became of the canary, from its rows. `sent` are those the provider has answered about, refused ones too. */
export interface CanaryFigures {
  picked: number;
  /** Still queued or being sent. */
  open: number;
  sent: number;
  delivered: number;
  failed: number;
  /** People who opted out of this channel since they got it. */
  opted_out: number;
}

/**
 * `sending`: the canary is out or being waited for. `held`: an operator is to decide. `stopped`: the campaign was
 * paused, and the rest waits even when it is resumed, until an operator lets it go. `continued`: the rest may go.
 */
export type CanaryPhase = "sending" | "held" | "stopped" | "continued";

export interface CanaryVerdict {
  phase: Exclude<CanaryPhase, "sending">;
  /** One sentence for each limit that was not kept, with its figures; empty where all were. */
  reasons: string[];
}

/** What the figures say: harm pauses, doubt asks an operator, and only a canary that was sent and did well goes on. */
export function judgeCanary(canary: Canary, figures: CanaryFigures): CanaryVerdict {
  // Nobody to send to: there is no rest either.
  if (figures.picked === 0) return { phase: "continued", reasons: [] };
  const failures = failureRate(figures);
  const optOuts = percent(figures.opted_out, figures.sent);
  const deliveries = deliveryRate(figures);
  if (failures === null || optOuts === null || deliveries === null)
    return { phase: "held", reasons: ["nothing of the canary was sent"] };

  const harm: string[] = [];
  if (failures > canary.max_failure_rate)
    harm.push(`failure rate ${failures} % (limit ${canary.max_failure_rate} %)`);
  if (optOuts > canary.max_opt_out_rate)
    harm.push(`opt-out rate ${optOuts} % (limit ${canary.max_opt_out_rate} %)`);
  const low = deliveries < canary.min_delivery_rate;
  const doubt = low ? [`delivery rate ${deliveries} % (at least ${canary.min_delivery_rate} %)`] : [];
  if (harm.length > 0) return { phase: "stopped", reasons: [...harm, ...doubt] };
  return low ? { phase: "held", reasons: doubt } : { phase: "continued", reasons: [] };
}
