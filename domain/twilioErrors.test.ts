import { describe, expect, test } from "vitest";
import { TWILIO_REFUSALS } from "./twilioErrorTable.ts";
import { refusalOfCall, refusalOfReceipt } from "./twilioErrors.ts";

describe("refusalOfReceipt", () => {
  test.each([
    [63016, "fail", "outside_window"],
    [63018, "hold_sender", "rate_limited"],
    [63003, "suppress", "invalid_recipient"],
    [63024, "suppress", "invalid_recipient"],
    [63014, "suppress", "blocked_by_user"],
    [63032, "fail", "not_deliverable"],
    [21610, "suppress", "opted_out"],
    [21211, "suppress", "invalid_recipient"],
    [21614, "suppress", "not_mobile"],
    [21408, "fail", "region_not_enabled"],
    [30003, "retry", "unreachable"],
    [30004, "fail", "blocked"],
    [30005, "suppress", "invalid_recipient"],
    [30006, "suppress", "not_mobile"],
    [30007, "fail", "filtered"],
    [30008, "retry", "carrier_trouble"],
    [30034, "stop_sender", "sender_unregistered"],
    [21611, "hold_sender", "queue_full"],
    [30001, "hold_sender", "queue_full"],
    [20429, "hold_sender", "too_many_requests"],
    [14107, "hold_recipient", "loop"],
    [20003, "stop_sender", "account_refused"],
    [63041, "fail", "template_not_approved"],
    [99999, "fail", "refused"],
    [null, "fail", "refused"],
  ])("%s is %s (%s)", (code, outcome, reason) => {
    expect(refusalOfReceipt(code)).toMatchObject({ outcome, reason });
  });

  test("Meta's withholding waits everywhere but in the United States", () => {
    expect(refusalOfReceipt(63049, "MX")).toMatchObject({ outcome: "hold_recipient", hold_seconds: 21_600 });
    expect(refusalOfReceipt(63049)).toMatchObject({ outcome: "hold_recipient" });
    const inUs = refusalOfReceipt(63049, "US");
    expect(inUs).toMatchObject({ outcome: "fail", reason: "marketing_withheld" });
    expect(inUs).not.toHaveProperty("hold_seconds");
  });
});

describe("refusalOfCall", () => {
  test.each<[number | null, number | null, string, string]>([
    [400, 21610, "suppress", "opted_out"],
    [400, 99999, "fail", "refused"],
    [404, null, "fail", "refused"],
    [429, 20429, "hold_sender", "too_many_requests"],
    [429, null, "hold_sender", "too_many_requests"],
    [429, 63018, "hold_sender", "rate_limited"],
    [401, null, "stop_sender", "account_refused"],
    [403, null, "stop_sender", "account_refused"],
    [403, 21408, "fail", "region_not_enabled"],
    [408, null, "uncertain", "no_clear_answer"],
    [500, 20500, "uncertain", "no_clear_answer"],
    [503, 63018, "uncertain", "no_clear_answer"],
    [302, null, "uncertain", "no_clear_answer"],
    [null, null, "uncertain", "no_clear_answer"],
  ])("HTTP %s with code %s is %s (%s)", (status, code, outcome, reason) => {
    expect(refusalOfCall(status, code)).toMatchObject({ outcome, reason });
  });
});

describe("the table", () => {
  const rows = [...TWILIO_REFUSALS.entries()];

  test("names a suppression exactly where it suppresses, and a time exactly where it holds", () => {
    for (const [code, refusal] of rows) {
      expect([code, refusal.suppress_reason !== undefined]).toEqual([code, refusal.outcome === "suppress"]);
      expect([code, refusal.hold_seconds !== undefined]).toEqual([code, refusal.outcome.startsWith("hold_")]);
    }
  });

  test("is never in doubt about a code, and says what to do", () => {
    for (const [code, refusal] of rows) {
      expect([code, refusal.outcome]).not.toEqual([code, "uncertain"]);
      expect(refusal.meaning).toMatch(/\.$/);
      expect(refusal.fix).toMatch(/\.$/);
    }
  });
});
