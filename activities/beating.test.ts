import { MockActivityEnvironment } from "@temporalio/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { beating } from "./beating.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function beatsDuring(work: () => Promise<unknown>): Promise<number> {
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on("heartbeat", () => {
    beats += 1;
  });
  await environment.run(beating(work)).catch(() => undefined);
  vi.advanceTimersByTime(60_000);
  return beats;
}

test("beating · beats for as long as the activity runs, and not after it", async () => {
  expect(await beatsDuring(async () => vi.advanceTimersByTime(7_000))).toBe(3);
});

test("beating · ends with an activity that fails", async () => {
  const failing = async () => {
    vi.advanceTimersByTime(2_000);
    throw new Error("The database is away");
  };
  expect(await beatsDuring(failing)).toBe(1);
});
