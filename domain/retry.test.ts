import { describe, expect, test } from "vitest";
import { afterRefusal, recipientHoldMs, retryDelayMs } from "./retry.ts";
import { refusalOfCall, refusalOfReceipt } from "./twilioErrors.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const fresh = { refusals: 0, holds: 0 };

test.each([
  [1, 2 * MINUTE],
  [2, 4 * MINUTE],
  [3, 8 * MINUTE],
  [4, null],
])("retryDelayMs · after refusal %i", (refusals, expected) => {
  expect(retryDelayMs(refusals)).toBe(expected);
});

test.each([
  [1, HOUR],
  [2, 2 * HOUR],
  [4, 8 * HOUR],
  [5, null],
])("recipientHoldMs · at hold %i", (holds, expected) => {
  expect(recipientHoldMs(holds, 3_600)).toBe(expected);
});

describe("afterRefusal", () => {
  test("a passing trouble is retried three times, then ends", () => {
    const trouble = refusalOfReceipt(30008);
    const waits = [0, 1, 2].map((refusals) => afterRefusal(trouble, { refusals, holds: 0 }));
    expect(waits).toEqual(
      [2, 4, 8].map((m) => ({ next: "wait", delay_ms: m * MINUTE, counts: true, holds: "message" })),
    );
    expect(afterRefusal(trouble, { refusals: 3, holds: 0 })).toEqual({ next: "end" });
  });

  test("a workspace may allow fewer retries", () => {
    const trouble = refusalOfReceipt(30008);
    expect(afterRefusal(trouble, { refusals: 1, holds: 0, max: 1 })).toEqual({ next: "end" });
    expect(afterRefusal(trouble, { refusals: 0, holds: 0, max: 1 })).toMatchObject({ delay_ms: 2 * MINUTE });
  });

  test("a provider that says slow down never counts, however often", () => {
    expect(afterRefusal(refusalOfReceipt(63018), { refusals: 3, holds: 99 })).toEqual({
      next: "wait",
      delay_ms: MINUTE,
      counts: false,
      holds: "sender",
    });
  });

  test("Retry-After wins where it is longer", () => {
    const tooMany = refusalOfCall(429, null);
    expect(afterRefusal(tooMany, fresh, 30)).toMatchObject({ delay_ms: 30_000 });
    expect(afterRefusal(tooMany, fresh, 0)).toMatchObject({ delay_ms: 1_000 });
    expect(afterRefusal(refusalOfReceipt(30008), fresh, 600)).toMatchObject({ delay_ms: 10 * MINUTE });
  });

  test("a withheld marketing message waits longer each time, then ends", () => {
    const withheld = refusalOfReceipt(63049, "MX");
    expect(afterRefusal(withheld, fresh)).toEqual({
      next: "wait",
      delay_ms: 6 * HOUR,
      counts: false,
      holds: "recipient",
    });
    expect(afterRefusal(withheld, { refusals: 0, holds: 2 })).toMatchObject({ delay_ms: 24 * HOUR });
    expect(afterRefusal(withheld, { refusals: 0, holds: 4 })).toEqual({ next: "end" });
  });

  test("a hold without a time of its own is a minute", () => {
    const { hold_seconds: _, ...untimed } = refusalOfReceipt(63018);
    expect(afterRefusal(untimed, fresh)).toMatchObject({ delay_ms: MINUTE });
  });

  test.each([
    [refusalOfReceipt(30034), "move"],
    [refusalOfReceipt(21610), "end"],
    [refusalOfReceipt(63016), "end"],
    [refusalOfCall(500, null), "settle"],
  ])("case %#", (refusal, next) => {
    expect(afterRefusal(refusal, fresh)).toEqual({ next });
  });
});
