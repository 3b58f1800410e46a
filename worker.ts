import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  DefaultLogger,
  type LogLevel,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from "@temporalio/worker";
import type { Logger } from "pino";
import { DISPATCH_DEADLINE_MS } from "./activities/delivery/intend.ts";
import { createActivities } from "./activities/index.ts";
import { sendFallbacks } from "./activities/fallbacks.ts";
import { refreshScores } from "./activities/leadScores.ts";
import { redriveWebhooks } from "./activities/redrive.ts";
import type { ActivityDeps } from "./activities/deps.ts";
import { type Config, readConfig } from "./config.ts";
import {
  type Connections,
  contentDirectory,
  environmentAccount,
  environmentSpeech,
  isSandboxed,
  mailDirectory,
  type MailConnections,
  providerDirectory,
  suppressionDirectory,
  voiceDirectory,
} from "./connections.ts";
import { environmentLanguage } from "./connectLanguage.ts";
import { connectDatabase } from "./db/connect.ts";
import { deriveKeys } from "./domain/secrets.ts";
import { createLog } from "./log.ts";
import { serveMetrics } from "./metrics.ts";
import { ProviderHttp } from "./providers/http.ts";
import { TwilioHttpClient } from "./providers/twilio/http.ts";
import { connectTemporal } from "./temporal/connect.ts";
import { runLoop } from "./temporal/loop.ts";
import { runOutboxDriver } from "./temporal/outbox.ts";
import { ensureSchedules } from "./temporal/schedules.ts";
import { deliveryQueue, languageQueue } from "./workflows/handles.ts";

const OUTBOX_EVERY_MS = 1_000;
const REDRIVE_EVERY_MS = 1_000;
const FALLBACKS_EVERY_MS = 1_000;
const SCORES_EVERY_MS = 2_000;
const GRACE_MS = { twilio: 15 * 60_000, sandbox: 20_000 };
const DELIVERY_SLOTS = 200;
/** Calls of e-mail under way in a process: each has up to a thousand people in it. */
const MAIL_CALLS = 16;
/** Planning may be a page behind a slice. */
const LINGER_MS = 2_000;
/** They wait for models, mostly. */
const LANGUAGE_SLOTS = 100;

/** The worker process: workflows, activities and the loops that redrive what other processes have left. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog(config, "worker");
  installRuntime(log);
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());

  const database = connectDatabase(config.DATABASE_URL, {
    role: "campanile_worker",
    maxConnections: config.DATABASE_POOL,
    onLost: (error) => log.warn({ why: error.message }, "a database connection was lost"),
  });
  const temporal = connectTemporal(config);
  const outbox = runOutboxDriver(
    { db: database.db, temporal, taskQueue: config.TASK_QUEUE, log },
    OUTBOX_EVERY_MS,
    stopping.signal,
  );
  const timeoutMs = config.CALL_TIMEOUT_SECONDS * 1_000;
  const http = new TwilioHttpClient({ connections: config.SEND_CONCURRENCY, timeoutMs });
  const mailHttp = new ProviderHttp({ connections: MAIL_CALLS, timeoutMs });
  const keys = deriveKeys(config.SECRET_KEY);
  const connections: Connections = {
    db: database.db,
    sealingKey: keys.sealingKey,
    http,
    environment: environmentAccount(config),
    baseUrl: config.TWILIO_API_BASE_URL ?? null,
  };
  const mailConnections: MailConnections = {
    db: database.db,
    sealingKey: keys.sealingKey,
    http: mailHttp,
    apiKey: config.SENDGRID_API_KEY ?? null,
    baseUrl: config.SENDGRID_API_BASE_URL ?? null,
  };
  const deps: ActivityDeps = {
    db: database.db,
    pool: database.pool,
    temporal,
    log,
    kick: outbox.kick,
    providers: providerDirectory({ ...connections, sandboxed: isSandboxed(config) }),
    mailOf: mailDirectory(mailConnections),
    suppressionListsOf: suppressionDirectory(mailConnections),
    contentOf: contentDirectory(connections),
    voiceOf: voiceDirectory(connections, config.TWILIO_INTELLIGENCE_SERVICE_SID ?? null),
    speech: environmentSpeech(config),
    language: environmentLanguage(config, database.db),
    ...keys,
    publicUrl: config.PUBLIC_URL,
    taskQueue: config.TASK_QUEUE,
    sendConcurrency: config.SEND_CONCURRENCY,
    mailCalls: MAIL_CALLS,
    lingerMs: LINGER_MS,
    retryMinuteMs: config.RETRY_BASE_SECONDS * 1_000,
    graceMs: graceOf(config),
  };
  const redrive = runLoop("webhooks", () => redriveWebhooks(deps), {
    everyMs: REDRIVE_EVERY_MS,
    signal: stopping.signal,
    log,
  });
  const fallbacks = runLoop("fallbacks", () => sendFallbacks(deps), {
    everyMs: FALLBACKS_EVERY_MS,
    signal: stopping.signal,
    log,
  });
  const scores = runLoop("scores", () => refreshScores(deps), {
    everyMs: SCORES_EVERY_MS,
    signal: stopping.signal,
    log,
  });
  const metrics = await serveMetrics(config.METRICS_PORT, config.HOST, database);
  const workers = await createWorkers(config, deps, stopping.signal, log);
  await ensureSchedules(temporal, config.TASK_QUEUE);
  log.info({ task_queue: config.TASK_QUEUE }, "the worker is ready");
  metrics.ready();
  stopping.signal.addEventListener("abort", () => {
    for (const worker of workers) worker.shutdown();
  });
  if (stopping.signal.aborted) for (const worker of workers) worker.shutdown();
  await Promise.all(workers.map((worker) => worker.run()));
  stopping.abort();
  await Promise.all([outbox.stopped, redrive.stopped, fallbacks.stopped, scores.stopped]);
  await Promise.all([http.close(), mailHttp.close(), metrics.close(), temporal.connection.close()]);
  await database.close();
}

/** One worker per queue: slices hold their slots for minutes, models for seconds, and must not keep short activities waiting. */
async function createWorkers(
  config: Config,
  deps: ActivityDeps,
  stopping: AbortSignal,
  log: Logger,
): Promise<Worker[]> {
  const connection = await connectPatiently(config, stopping, log);
  const activities = createActivities(deps);
  const shared: Omit<WorkerOptions, "taskQueue"> = {
    connection,
    namespace: config.temporal.namespace ?? "default",
    activities,
    shutdownGraceTime: 0,
    shutdownForceTime: "8 seconds",
  };
  return [
    await Worker.create({
      ...shared,
      taskQueue: config.TASK_QUEUE,
      ...(config.WORKFLOW_BUNDLE === undefined
        ? { workflowsPath: fileURLToPath(new URL("workflows/index.ts", import.meta.url)) }
        : { workflowBundle: { codePath: config.WORKFLOW_BUNDLE } }),
      maxConcurrentActivityTaskExecutions: 100,
      // What waited for a worker that has died goes to another after this.
      stickyQueueScheduleToStartTimeout: "3 seconds",
    }),
    await Worker.create({
      ...shared,
      taskQueue: deliveryQueue(config.TASK_QUEUE),
      maxHeartbeatThrottleInterval: "2 seconds",
      maxConcurrentActivityTaskExecutions: DELIVERY_SLOTS,
    }),
    await Worker.create({
      ...shared,
      taskQueue: languageQueue(config.TASK_QUEUE),
      maxHeartbeatThrottleInterval: "2 seconds",
      maxConcurrentActivityTaskExecutions: LANGUAGE_SLOTS,
    }),
  ];
}

/** Temporal may come up later than we do. */
async function connectPatiently(
  config: Config,
  stopping: AbortSignal,
  log: Logger,
): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect(config.temporal.connectionOptions);
    } catch (error) {
      if (stopping.aborted) throw error;
      log.warn({ why: (error as Error).message }, "Temporal is not there yet");
      await sleep(1_000, undefined, { signal: stopping });
    }
  }
}

function installRuntime(log: Logger): void {
  const levels: Record<LogLevel, "trace" | "debug" | "info" | "warn" | "error"> = {
    TRACE: "trace",
    DEBUG: "debug",
    INFO: "info",
    WARN: "warn",
    ERROR: "error",
  };
  const logger = new DefaultLogger("INFO", ({ level, message, meta }) => {
    log[levels[level]](
      { workflow_id: meta?.["workflowId"], activity: meta?.["activityType"], why: reasonOf(meta?.["error"]) },
      message,
    );
  });
  // Signals are ours to handle: the workers end first, what they need afterwards.
  Runtime.install({ logger, shutdownSignals: [] });
}

/** Nothing of an error but its name and first line: stacks of drivers may quote values. */
const reasonOf = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message.split("\n")[0]}` : undefined;

/** How long doubt must last before a listing counts as proof; shorter where the provider is on this machine. */
function graceOf(config: Config): number {
  const fallback = isSandboxed(config) ? GRACE_MS.sandbox : GRACE_MS.twilio;
  const graceMs =
    config.UNCERTAIN_GRACE_SECONDS === undefined ? fallback : config.UNCERTAIN_GRACE_SECONDS * 1_000;
  const least = DISPATCH_DEADLINE_MS + (config.CALL_TIMEOUT_SECONDS + config.LIST_LAG_SECONDS) * 1_000;
  if (graceMs <= least) {
    throw new Error(
      `UNCERTAIN_GRACE_SECONDS must be more than ${least / 1_000}: a call may take that long to show in the provider's list`,
    );
  }
  return graceMs;
}

await main();
