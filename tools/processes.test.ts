import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endOrphans, isAlive, startProcess, stopProcess } from "./processes.ts";
import { supervisor } from "./supervise.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "processes-"));
});
afterAll(() => rm(folder, { recursive: true }));

const program = (code: string) => startProcess(process.execPath, ["-e", code], { log: join(folder, "log") });
const waiting = "setInterval(() => {}, 1000)";
const deaf = `process.on("SIGTERM", () => {}); ${waiting}`;

test("stopProcess · ends a process that listens and kills one that does not", async () => {
  const [polite, stubborn] = [program(waiting), program(deaf)];
  // The deaf one needs a moment until it is deaf.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await Promise.all([stopProcess(polite.pid), stopProcess(stubborn.pid, "SIGTERM", 200)]);
  expect([isAlive(polite.pid), isAlive(stubborn.pid)]).toEqual([false, false]);
  expect([await polite.ended, await stubborn.ended]).toEqual(["SIGTERM", "SIGKILL"]);
});

test("endOrphans · ends what carries the marks and leaves a stranger with a noted process id alone", async () => {
  const [orphan, stranger] = [program(`${waiting} // campanile-orphan`), program(waiting)];
  const ended = await endOrphans({
    worker: { pid: orphan.pid, marks: "campanile-orphan" },
    api: { pid: stranger.pid, marks: "campanile-orphan" },
    gone: { pid: 999_999_999, marks: "campanile-orphan" },
  });
  expect(ended).toEqual(["worker"]);
  expect([isAlive(orphan.pid), isAlive(stranger.pid)]).toEqual([false, true]);
  await stopProcess(stranger.pid);
});

test("supervisor · starts a part again that was killed, and keeps it ended once stopped", async () => {
  const seen: number[] = [];
  const keeper = supervisor((parts) => {
    if (parts["worker"]) seen.push(parts["worker"].pid);
  });
  const start = () => {
    const { pid, ended } = program(waiting);
    return Promise.resolve({ pid, ended, marks: "", stop: () => stopProcess(pid) });
  };
  const { pid } = await keeper.keep("worker", start);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2);
  expect(seen[1]).not.toBe(pid);
  await keeper.stop(["worker"]);
  expect(seen.map(isAlive)).toEqual([false, false]);
  expect(seen).toHaveLength(2);
});
