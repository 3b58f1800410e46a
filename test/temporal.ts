import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from "@temporalio/worker";
import { searchAttributes } from "../workflows/handles.ts";
import { shared } from "./shared.ts";
import { collectCoverage, writeWorkflowCoverage } from "./workflowCoverage.ts";

const allWorkflows = join(import.meta.dirname, "..", "workflows", "index.ts");

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const KEYWORD = 2;

let quiet = false;
/** One line per worker start and stop of the SDK's would drown the test report. */
export function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
}

export type WorkerSetup = Pick<WorkerOptions, "activities" | "interceptors" | "sinks"> &
  Partial<WorkerOptions> & {
    /** Entry of the workflow code; workflows/index.ts unless the test has its own. */
    workflowsPath?: string;
  };

export type TestTemporal = {
  address: string;
  namespace: string;
  connection: Connection;
  client: Client;
  /** Of this test file alone; prefix for further queues. */
  taskQueue: string;
  /** A worker on `taskQueue` (or the one given), with the bundle that all files share. Run it with runUntil. */
  worker(setup: WorkerSetup): Promise<Worker>;
  close(): Promise<void>;
};

async function makeWorker(
  connection: NativeConnection,
  namespace: string,
  taskQueue: string,
  setup: WorkerSetup,
) {
  const { workflowsPath = allWorkflows, sinks, ...options } = setup;
  const codePath = await shared("bundle", workflowsPath);
  return Worker.create({
    taskQueue,
    ...options,
    connection,
    namespace,
    workflowBundle: { codePath },
    sinks: { ...sinks, ...collectCoverage },
  });
}

/** The run's real Temporal dev server, with the search attributes registered. Close in afterAll. */
export async function testTemporal(): Promise<TestTemporal> {
  quietRuntime();
  const address = await shared("temporal");
  const namespace = process.env["TEMPORAL_NAMESPACE"] ?? "default";
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const taskQueue = `test-${randomUUID()}`;
  return {
    address,
    namespace,
    connection,
    client: new Client({ connection, namespace }),
    taskQueue,
    worker: (setup) => makeWorker(native, namespace, taskQueue, setup),
    close: async () => {
      writeWorkflowCoverage();
      await native.close();
      await connection.close();
    },
  };
}

export type TimeSkipping = {
  environment: TestWorkflowEnvironment;
  client: Client;
  taskQueue: string;
  worker(setup: WorkerSetup): Promise<Worker>;
  close(): Promise<void>;
};

/** The SDK gives the server five seconds to come up, which a busy machine may need more than. */
async function startTimeSkipping(path: string, triesLeft = 4): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: "existing-path", path } },
    });
  } catch (error) {
    if (triesLeft === 0) throw error;
    return startTimeSkipping(path, triesLeft - 1);
  }
}

/**
 * A server of the file's own where days pass in milliseconds while workflows only sleep. It has no schedules
 * and no visibility lists: those need testTemporal().
 */
export async function timeSkipping(): Promise<TimeSkipping> {
  quietRuntime();
  const path = await shared("test-server");
  const environment = await startTimeSkipping(path);
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? "default",
    searchAttributes: Object.fromEntries(Object.values(searchAttributes).map(({ name }) => [name, KEYWORD])),
  });
  const taskQueue = `test-${randomUUID()}`;
  const namespace = environment.namespace ?? "default";
  return {
    environment,
    client: environment.client,
    taskQueue,
    worker: (setup) => makeWorker(environment.nativeConnection, namespace, taskQueue, setup),
    close: async () => {
      writeWorkflowCoverage();
      await environment.teardown();
    },
  };
}
