import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bounceRate,
  deliveryRate,
  engagementScore,
  failureRate,
  percent,
  readRate,
  replyRate,
  responseRate,
} from "./rates.ts";

const figures = { sent: 1_000, delivered: 950, read: 600, replied: 80, failed: 50 };
const none = { sent: 0, delivered: 0, read: 0, replied: 0, failed: 0 };

test("rates · compare what was sent with what arrived, was read, answered and failed", () => {
  expect(deliveryRate(figures)).toBe(95);
  expect(failureRate(figures)).toBe(5);
  expect(readRate(figures)).toBe(63.2);
  expect(replyRate(figures)).toBe(8.4);
  expect(responseRate(figures)).toBe(8);
  expect(bounceRate({ bounced: 12, sent: 1_000 })).toBe(1.2);
});

test("rates · are null where there is nothing to compare with, and 0 where nothing came of it", () => {
  for (const rate of [deliveryRate, failureRate, readRate, replyRate, responseRate])
    expect(rate(none)).toBeNull();
  const lost = { ...none, sent: 10, failed: 10 };
  expect([deliveryRate(lost), readRate(lost), responseRate(lost)]).toEqual([0, null, 0]);
});

test("engagementScore · is 0.2 delivery, 0.3 read and 0.5 of four times the replies", () => {
  // 0.2 × 95 + 0.3 × 63.2 + 0.5 × 4 × 8.4
  expect(engagementScore(figures)).toBe(54.8);
  expect(engagementScore({ sent: 8, delivered: 8, read: 8, replied: 2 })).toBe(100);
  expect(engagementScore({ sent: 8, delivered: 8, read: 8, replied: 8 })).toBe(100);
  expect(engagementScore({ sent: 8, delivered: 0, read: 0, replied: 0 })).toBe(0);
  expect(engagementScore(none)).toBeNull();
});

test("engagementScore · stays between 0 and 100, and no reply or reading lowers it", () => {
  const counts = fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(counts, (drawn) => {
      const [replied = 0, read = 0, delivered = 0, sent = 0] = drawn.toSorted((a, b) => a - b);
      const score = engagementScore({ sent, delivered, read, replied });
      if (sent === 0) return score === null;
      const more = { sent, delivered, read: delivered, replied: read };
      return score !== null && score >= 0 && score <= 100 && (engagementScore(more) ?? -1) >= score;
    }),
  );
});

test("percent · has one decimal", () => {
  expect([percent(1, 3), percent(2, 3), percent(0, 3), percent(3, 0)]).toEqual([33.3, 66.7, 0, null]);
});
