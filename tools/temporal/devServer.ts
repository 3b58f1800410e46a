import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "@temporalio/client";
import { type Started, startProcess, stopProcess } from "../processes.ts";
import { Failure } from "../say.ts";

export type TemporalServer = Started & {
  /** host:port of the gRPC frontend. */
  address: string;
  /** What its command line contains. */
  marks: string;
  stop(): Promise<void>;
};

/**
 * A dev server has one history shard, and its queues are polled 20 times a second unless told otherwise:
 * that is 40 ms at every hop. Fairness between workspaces is off by default everywhere.
 */
const dynamicConfig = [
  "history.transferProcessorMaxPollRPS=2000",
  "history.timerProcessorMaxPollRPS=2000",
  "history.visibilityProcessorMaxPollRPS=2000",
  "history.transferProcessorMaxPollHostRPS=5000",
  "matching.enableFairness=true",
  "frontend.namespaceRPS=20000",
  "frontend.workerVersioningDataAPIs=true",
  // A queue keeps its order, replies first, within each of its parts only; on one machine one part is enough.
  "matching.numTaskqueueReadPartitions=1",
  "matching.numTaskqueueWritePartitions=1",
];

/**
 * Starts a Temporal dev server on 127.0.0.1 and waits until it answers.
 * @param options.uiPort with the web interface on this port; without, headless
 * @param options.dbFile keeps its state; without, in memory
 * @throws Failure naming the log when it does not come up
 */
export async function startTemporal(options: {
  cli: string;
  port: number;
  uiPort?: number;
  dbFile?: string;
  log: string;
}): Promise<TemporalServer> {
  const { cli, port, uiPort, dbFile, log } = options;
  await mkdir(dirname(log), { recursive: true });
  const args = ["server", "start-dev", "--ip", "127.0.0.1", "--port", String(port), "--log-level", "error"];
  if (uiPort === undefined) args.push("--headless");
  else args.push("--ui-port", String(uiPort));
  if (dbFile !== undefined) {
    await mkdir(dirname(dbFile), { recursive: true });
    // Twice the throughput of the default journal, and still whole after a kill -9 of the process.
    args.push(
      "--db-filename",
      dbFile,
      "--sqlite-pragma",
      "journal_mode=wal",
      "--sqlite-pragma",
      "synchronous=normal",
    );
  }
  for (const value of dynamicConfig) args.push("--dynamic-config-value", value);
  const { pid, ended } = startProcess(cli, args, { log });
  let gone = false;
  void ended.then(() => (gone = true));

  const address = `127.0.0.1:${port}`;
  const deadline = performance.now() + 60_000;
  while (!(await answers(address))) {
    if (gone || performance.now() > deadline) {
      await stopProcess(pid, "SIGTERM");
      throw new Failure(`The Temporal server did not start; its log says why: ${log}`);
    }
    await sleep(100);
  }
  return { pid, ended, address, marks: `--port ${port}`, stop: () => stopProcess(pid, "SIGTERM", 5000) };
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: "2s" });
    try {
      await connection.withDeadline(Date.now() + 2000, () =>
        connection.workflowService.describeNamespace({ namespace: "default" }),
      );
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
