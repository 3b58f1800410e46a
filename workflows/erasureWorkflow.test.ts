import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestTemporal, testTemporal } from "../test/temporal.ts";
import { nextLookMs, ROUNDS } from "./erasureDetails.ts";
import { erasureWorkflow, look } from "./erasureWorkflow.ts";
import { type ErasureInput, erasureWorkflowId, searchAttributes } from "./handles.ts";

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await testTemporal();
});
afterAll(() => temporal.close());

/** Runs an erasure of which this is left at each look; tells what it asked for. */
async function erase(left: { busy: number; remaining: number }[], round?: number) {
  const certified: { left: number }[] = [];
  let looks = 0;
  const activities = {
    erasePerson: () => {
      const { busy, remaining } = left[Math.min(looks++, left.length - 1)] as (typeof left)[number];
      return Promise.resolve({ busy, provider: { erased: 2, absent: 1, remaining } });
    },
    certifyErasure: (input: { left: number }) => {
      certified.push({ left: input.left });
      return Promise.resolve({ erased: 2, absent: 1, remaining: 0 });
    },
  };
  const erasureId = randomUUID();
  const input: ErasureInput = { workspaceId: randomUUID(), erasureId, ...(round !== undefined && { round }) };
  const worker = await temporal.worker({ activities });
  await worker.runUntil(async () => {
    const handle = await temporal.client.workflow.signalWithStart(erasureWorkflow, {
      taskQueue: temporal.taskQueue,
      workflowId: erasureWorkflowId(erasureId),
      args: [input],
      signal: look,
    });
    // The first wait is one of seconds: a word ends it.
    for (let asked = 1; asked < left.length; asked++) {
      while (looks < asked) await new Promise((resolve) => setTimeout(resolve, 20));
      await handle.signal(look);
    }
    await handle.result();
  });
  const handle = temporal.client.workflow.getHandle(erasureWorkflowId(erasureId));
  const { typedSearchAttributes } = await handle.describe();
  return { looks, certified, state: typedSearchAttributes.get(searchAttributes.state) };
}

test("erasureWorkflow · looks again until nothing is at work with the person, and certifies it once", async () => {
  const run = await erase([
    { busy: 1, remaining: 2 },
    { busy: 0, remaining: 1 },
    { busy: 0, remaining: 0 },
  ]);
  expect(run).toEqual({ looks: 3, certified: [{ left: 0 }], state: "completed" });
});

test("erasureWorkflow · ends after its last look, and says what is left", async () => {
  const run = await erase([{ busy: 1, remaining: 2 }], ROUNDS);
  expect(run).toEqual({ looks: 1, certified: [{ left: 3 }], state: "incomplete" });
});

test("the looks of an erasure · come after seconds, then hourly, for three days", () => {
  const waits = Array.from({ length: ROUNDS }, (_, round) => nextLookMs(round));
  expect(waits.slice(0, 3)).toEqual([5_000, 10_000, 20_000]);
  expect(waits.at(-1)).toBe(3_600_000);
  expect(waits.reduce((sum, wait) => sum + wait) / 86_400_000).toBeGreaterThan(3);
});
