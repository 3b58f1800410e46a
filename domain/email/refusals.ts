import type { Refusal } from "../twilioErrors.ts";
import type { MailEvent } from "./mailEvent.ts";

/** Addresses that SendGrid does not send to for a reason of its own: what each means here. */
const DROPPED: Readonly<Record<string, { suppresses: MailSuppression }>> = {
  bounced_address: { suppresses: "bounced" },
  unsubscribed_address: { suppresses: "opted_out" },
  spam_reporting_address: { suppresses: "complaint" },
  invalid: { suppresses: "invalid" },
  invalid_address: { suppresses: "invalid" },
};

export type MailSuppression = "bounced" | "opted_out" | "complaint" | "invalid";

/** How many messages a server must have turned away within how many days, until its address is given up. */
export const SOFT_BOUNCES = 3;
export const SOFT_BOUNCE_DAYS = 30;

const ends = (reason: string, scope: Refusal["scope"], meaning: string, fix: string): Refusal => ({
  outcome: "fail",
  reason,
  scope,
  meaning,
  fix,
});

/**
 * What the failure of an e-mail means for its message: it ends there, as the server that turned it away has been asked
 * again for three days. Undefined for events that are no failures. What follows for the address: `suppressionOfMail`.
 */
export function refusalOfMail({ kind, reason }: Pick<MailEvent, "kind" | "reason">): Refusal | undefined {
  if (kind === "bounced")
    return ends(
      "hard_bounce",
      "address",
      "The address does not exist or takes no mail.",
      "Nothing; it is suppressed.",
    );
  if (kind === "blocked")
    return ends(
      "soft_bounce",
      "address",
      "The receiving server did not take the message.",
      `Nothing; after ${SOFT_BOUNCES} within ${SOFT_BOUNCE_DAYS} days the address is suppressed.`,
    );
  if (kind !== "dropped") return undefined;
  if (reason === "spam_content")
    return ends("dropped_spam_content", "message", "SendGrid takes the text for spam.", "Change the text.");
  if (reason === "recipient_list_over_package_quota")
    return ends("dropped_quota", "account", "The account's quota is used up.", "Raise it at SendGrid.");
  const known = reason !== null && Object.hasOwn(DROPPED, reason);
  return ends(
    known ? `dropped_${reason}` : "dropped",
    known ? "address" : "message",
    "SendGrid did not send the message.",
    known ? "Nothing; the address is suppressed." : "Look at the activity feed of SendGrid.",
  );
}

/**
 * The reason for which an address must not be written to after this event; `soft` counts the messages that its server
 * has turned away lately, this one included. Null: it may.
 */
export function suppressionOfMail(
  { kind, reason }: Pick<MailEvent, "kind" | "reason">,
  soft: number,
): MailSuppression | null {
  if (kind === "bounced") return "bounced";
  if (kind === "complained") return "complaint";
  if (kind === "unsubscribed") return "opted_out";
  if (kind === "blocked") return soft >= SOFT_BOUNCES ? "bounced" : null;
  if (kind !== "dropped" || reason === null || !Object.hasOwn(DROPPED, reason)) return null;
  return DROPPED[reason]?.suppresses ?? null;
}
