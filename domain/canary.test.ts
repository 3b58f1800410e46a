import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Canary, type CanaryFigures, judgeCanary } from "./canary.ts";

const limits = Canary.parse({ count: 100 });
const good: CanaryFigures = { picked: 100, open: 0, sent: 100, delivered: 95, failed: 3, opted_out: 1 };
const judged = (figures: Partial<CanaryFigures>) => judgeCanary(limits, { ...good, ...figures });

describe("judgeCanary", () => {
  test("within all limits, the limits themselves included · goes on", () => {
    expect(judged({})).toEqual({ phase: "continued", reasons: [] });
    expect(judged({ delivered: 90, failed: 10, opted_out: 2 })).toEqual({ phase: "continued", reasons: [] });
  });

  test("too many failures or opt-outs · pauses, naming each with its figures", () => {
    expect(judged({ failed: 11, opted_out: 3, delivered: 89 })).toEqual({
      phase: "stopped",
      reasons: [
        "failure rate 11 % (limit 10 %)",
        "opt-out rate 3 % (limit 2 %)",
        "delivery rate 89 % (at least 90 %)",
      ],
    });
    expect(judged({ opted_out: 3 }).phase).toBe("stopped");
  });

  test("too few deliveries without a failure · waits for an operator", () => {
    expect(judged({ delivered: 50 })).toEqual({
      phase: "held",
      reasons: ["delivery rate 50 % (at least 90 %)"],
    });
  });

  test("nothing sent · waits for an operator; nobody to send to · goes on", () => {
    expect(judged({ sent: 0, delivered: 0 }).phase).toBe("held");
    expect(judged({ picked: 0, sent: 0 }).phase).toBe("continued");
  });

  test("any figures · more harm never turns a verdict for the better", () => {
    const n = fc.integer({ min: 0, max: 100 });
    const rank = { continued: 0, held: 1, stopped: 2 };
    fc.assert(
      fc.property(n, n, n, (delivered, failed, opted_out) => {
        const before = judged({ delivered, failed, opted_out });
        const after = judged({ delivered, failed: failed + 1, opted_out: opted_out + 1 });
        expect(rank[after.phase]).toBeGreaterThanOrEqual(rank[before.phase]);
      }),
    );
  });
});

test("Canary · takes a share or a count, never both or none", () => {
  expect(Canary.safeParse({ share: 5 }).success).toBe(true);
  expect(Canary.safeParse({}).success).toBe(false);
  expect(Canary.safeParse({ share: 5, count: 10 }).success).toBe(false);
  expect(Canary.safeParse({ share: 51 }).success).toBe(false);
});
