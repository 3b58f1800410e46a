import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { seeded } from "./random.ts";
import { Timeline } from "./timeline.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("Timeline · hands out every item at its moment, in order", () => {
  const random = seeded(3);
  const fired: [number, number][] = [];
  const timeline = new Timeline<number>((due) => fired.push([due, Date.now()]));
  const dues = Array.from({ length: 500 }, () => 1_000 + Math.floor(random() * 2_000));
  for (const due of dues) timeline.add(due, due);
  vi.advanceTimersByTime(1_000);
  expect(fired.length).toBe(dues.filter((due) => due <= 2_000).length);
  vi.advanceTimersByTime(1_000);
  expect(fired.map(([due]) => due)).toEqual(dues.toSorted((one, other) => one - other));
  expect(fired.every(([due, at]) => at >= due && at <= due + 1)).toBe(true);
  expect(timeline.size).toBe(0);
});

test("Timeline · takes items while it hands out, and a nearer one than it waits for", () => {
  const fired: number[] = [];
  const timeline = new Timeline<number>((item) => {
    fired.push(item);
    if (item === 2) timeline.add(Date.now() + 5, 3);
  });
  timeline.add(90_000_000_000, 9);
  timeline.add(1_500, 2);
  timeline.add(1_100, 1);
  vi.advanceTimersByTime(600);
  expect(fired).toEqual([1, 2, 3]);
  timeline.clear();
  expect([timeline.size, vi.getTimerCount()]).toEqual([0, 0]);
});
