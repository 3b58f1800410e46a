import { expect, test } from "vitest";
import { fallbackStep, forbidsFallback } from "./fallback.ts";
import { MESSAGE_STATES, type MessageState } from "./receipts.ts";

const step = (
  state: MessageState,
  overdue: boolean,
  reason: string | null = null,
  skipped: string | null = null,
) => fallbackStep({ state, reason, skipped }, overdue);

test("fallbackStep · in time, sends after a refusal only", () => {
  const steps = MESSAGE_STATES.map((state) => [state, step(state, false).step]);
  expect(Object.fromEntries(steps)).toEqual({
    queued: "wait",
    sending: "wait",
    uncertain: "wait",
    accepted: "wait",
    sent: "wait",
    delivered: "end",
    read: "end",
    skipped: "end",
    failed: "send",
    undelivered: "send",
    cancelled: "end",
    received: "end",
  });
});

test("fallbackStep · when the time is over, sends what has not arrived and waits for what is in doubt", () => {
  const sends = MESSAGE_STATES.filter((state) => step(state, true).step === "send");
  expect(sends).toEqual(["queued", "accepted", "sent", "failed", "undelivered"]);
  expect(step("sent", true)).toEqual({ step: "send", why: "not_delivered_in_time" });
  expect([step("sending", true).step, step("uncertain", true).step]).toEqual(["wait", "wait"]);
});

test.each([
  ["outside_window", null, "send"],
  ["template_not_approved", null, "send"],
  ["landline", null, "send"],
  ["suppressed", "invalid", "send"],
  ["suppressed", "bounced", "send"],
  ["suppressed", "opted_out", "end"],
  ["suppressed", "blocked", "end"],
  ["suppressed", null, "end"],
  ["opted_out", null, "end"],
  ["no_consent", null, "end"],
  ["missing_variables", "apodo", "end"],
  ["expired", null, "end"],
  ["quiet_hours", null, "end"],
  ["not_on_allowlist", null, "end"],
] as const)("fallbackStep · skipped as %s (%s): %s", (reason, skipped, wanted) => {
  expect(step("skipped", false, reason, skipped)).toEqual({ step: wanted, why: reason });
});

test("fallbackStep · says why a message was cancelled, where it is known", () => {
  expect(step("cancelled", false, "opted_out")).toEqual({ step: "end", why: "opted_out" });
  expect(step("cancelled", false)).toEqual({ step: "end", why: "cancelled" });
});

test("forbidsFallback · is what the person wants, not what the channel cannot do", () => {
  const of = (reason: string, detail = "") => forbidsFallback({ reason, detail });
  expect([
    of("deleted"),
    of("opted_out"),
    of("suppressed", "opted_out"),
    of("suppressed", "complaint"),
  ]).toEqual([true, true, true, true]);
  expect([of("landline"), of("suppressed", "invalid"), of("outside_window")]).toEqual([false, false, false]);
});
