import { expect, it } from "vitest";
import { explainEnrollment, type Explained, explainState } from "./explain.ts";

const message: Explained = {
  state: "read",
  reason: null,
  detail: null,
  error_code: null,
  due_at: null,
  attempts: 1,
};
const due_at = new Date("2026-03-02T13:00:00Z");

it.each<[string, Partial<Explained>, string]>([
  ["a read one", {}, "The message was delivered and read."],
  ["a later attempt", { state: "delivered", attempts: 2 }, "The message was delivered at attempt 2."],
  ["an unknown state", { state: "received" }, "The message is received."],
  [
    "a skipped one by its rule",
    { state: "skipped", reason: "opted_out", detail: { skipped: "opted out of marketing on sms" } },
    "Not sent: opted_out (opted out of marketing on sms).",
  ],
  ["a skipped one without more", { state: "skipped", reason: "landline" }, "Not sent: landline."],
  [
    "a cancelled one",
    { state: "cancelled", reason: "opted_out" },
    "Cancelled before it was sent: opted_out.",
  ],
  ["one the provider cancelled", { state: "cancelled" }, "Cancelled before it was sent: by the provider."],
  [
    "a failed one by its code",
    { state: "failed", reason: "unreachable", error_code: "30003" },
    "Failed: unreachable, provider code 30003.",
  ],
  ["one without a code", { state: "undelivered" }, "Undelivered: the provider gave no reason."],
  [
    "one of the rest",
    { state: "queued", due_at, reason: "canary" },
    "Waits for the verdict on the canary of its campaign.",
  ],
  [
    "a held one until when",
    { state: "queued", due_at, reason: "quiet_hours", detail: { held: "Colombia, Sunday" } },
    "Waits until 2026-03-02T13:00:00.000Z: quiet_hours (Colombia, Sunday).",
  ],
  ["a queued one", { state: "queued" }, "Waits until its turn."],
])("explainState · says of %s what happened", (_, fields, sentence) => {
  expect(explainState({ ...message, ...fields })).toBe(sentence);
});

it.each<[string, string | null, string]>([
  ["active", null, "Waits for step 2, due 2026-11-02T10:00:00.000Z."],
  ["paused", "api", "Paused before step 2: api."],
  ["stopped", "reply", "Stopped before step 2: reply."],
  ["cancelled", null, "Cancelled before step 2: by hand."],
  ["completed", null, "Went through all steps."],
  ["completed", "no_step_left", "Came to the end: no_step_left."],
])("explainEnrollment · %s for %s", (state, reason, answer) => {
  const due_at = state === "active" ? new Date("2026-11-02T10:00:00Z") : null;
  expect(explainEnrollment({ state, reason, next_step: 2, due_at })).toBe(answer);
});

it("explainEnrollment and explainState · say what is due now, and what waits for something else than an hour", () => {
  expect(explainEnrollment({ state: "active", reason: null, next_step: 1, due_at: null })).toContain(
    "due now",
  );
  const queued = {
    state: "queued",
    reason: "enrollment_paused",
    detail: null,
    error_code: null,
    due_at: null,
  };
  expect(explainState({ ...queued, attempts: 0 })).toContain("resumed");
  expect(explainState({ ...queued, reason: "sender_health", attempts: 0 })).toBe(
    "Waits until its sender starts campaigns again: more than 0.1 % of its e-mail was complained about.",
  );
});
