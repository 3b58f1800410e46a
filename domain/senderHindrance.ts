import { isSlowed, SLOWED } from "./email/health.ts";

/** How a sender stands, by its operator and by those who receive its e-mail. */
export interface SenderState {
  status: string;
  status_reason: string | null;
  /** Of e-mail only. */
  level: string | null;
  level_since: Date | null;
  /** Campaigns that were started later wait. */
  holds_since: Date | null;
}

/** What keeps a sender from sending a campaign, or from sending it at its full pace. */
export interface SenderHindrance {
  effect: "waits" | "slowed";
  why: string;
  since: Date | null;
}

/** Undefined where nothing does. */
export function hindranceOf(
  sender: SenderState,
  campaign: { started_at: Date | null },
): SenderHindrance | undefined {
  const { status, status_reason, level, level_since, holds_since } = sender;
  if (status !== "active")
    return { effect: "waits", why: [status, status_reason].filter(Boolean).join(", "), since: null };
  if (holds_since !== null && campaign.started_at !== null && holds_since < campaign.started_at)
    return {
      effect: "waits",
      why: "starts no campaign while its e-mail is complained about",
      since: holds_since,
    };
  if (!isSlowed(level)) return undefined;
  const why = `sends at ${SLOWED * 100} % of its hourly budget while its e-mail is complained about`;
  return { effect: "slowed", why, since: level_since };
}
