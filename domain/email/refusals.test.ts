import { expect, test } from "vitest";
import type { MailEvent } from "./mailEvent.ts";
import { refusalOfMail, SOFT_BOUNCES, suppressionOfMail } from "./refusals.ts";

type Kind = MailEvent["kind"];

test.each<[kind: Kind, reason: string | null, ends: string, scope: string]>([
  ["bounced", null, "hard_bounce", "address"],
  ["blocked", null, "soft_bounce", "address"],
  ["dropped", "spam_content", "dropped_spam_content", "message"],
  ["dropped", "recipient_list_over_package_quota", "dropped_quota", "account"],
  ["dropped", "bounced_address", "dropped_bounced_address", "address"],
  ["dropped", "toString", "dropped", "message"],
  ["dropped", null, "dropped", "message"],
])("refusalOfMail · %s, %s: the message ends by %s", (kind, reason, ends, scope) => {
  expect(refusalOfMail({ kind, reason })).toMatchObject({ outcome: "fail", reason: ends, scope });
});

test.each<Kind>(["delivered", "opened", "clicked", "complained"])(
  "refusalOfMail · %s is no failure",
  (kind) => {
    expect(refusalOfMail({ kind, reason: null })).toBeUndefined();
  },
);

test.each<[kind: Kind, reason: string | null, soft: number, suppresses: string | null]>([
  ["bounced", null, 0, "bounced"],
  ["complained", null, 0, "complaint"],
  ["unsubscribed", null, 0, "opted_out"],
  ["blocked", null, SOFT_BOUNCES - 1, null],
  ["blocked", null, SOFT_BOUNCES, "bounced"],
  ["dropped", "unsubscribed_address", 0, "opted_out"],
  ["dropped", "spam_content", 0, null],
  ["dropped", null, 0, null],
  ["delivered", null, SOFT_BOUNCES, null],
])("suppressionOfMail · %s, %s, %i turned away lately: %s", (kind, reason, soft, suppresses) => {
  expect(suppressionOfMail({ kind, reason }, soft)).toBe(suppresses);
});
