import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { pino } from "pino";
// First, so that the schemas of domain/ are made after zod has learned to describe itself.
import { createApp } from "../api/app.ts";
import { ConversationFeed } from "../api/conversationFeed.ts";
import { createActivities } from "../activities/index.ts";
import type { ActivityDeps } from "../activities/deps.ts";
import {
  contentDirectory,
  mailDirectory,
  mediaDirectory,
  providerDirectory,
  suppressionDirectory,
  environmentSpeech,
  voiceDirectory,
} from "../connections.ts";
import { environmentLanguage } from "../connectLanguage.ts";
import { createWorkspaceWithOwner, type NewWorkspace } from "../db/workspaces.ts";
import { deriveKeys } from "../domain/secrets.ts";
import { ProviderHttp } from "../providers/http.ts";
import { TwilioHttpClient } from "../providers/twilio/http.ts";
import { runOutboxDriver } from "../temporal/outbox.ts";
import { client } from "../tools/client.ts";
import { sandboxWebhookKey, tellMailWebhook } from "../tools/mailWebhook.ts";
import { deliveryQueue, languageQueue } from "../workflows/handles.ts";
import { testDatabase } from "./database.ts";
import { testSandbox } from "./sandbox.ts";
import { testTemporal } from "./temporal.ts";

/** Known to the sandbox once a test registers it there. */
export const intelligenceServiceSid = `GA${"5".repeat(32)}`;
const account = { accountSid: "ACsystemtest0000000000000000000000", authToken: "token of the system test" };
/** Of SendGrid. */
const mailAccount = { apiKey: "SG.systemtest.key-of-the-system-test" };

/**
 * The whole program in one process of the test file's own, on the real parts: database, Temporal, sandbox, the API
 * over HTTP and a worker. For tests that follow a message from the API call to the receipt.
 */
export async function testSystem(
  given: Partial<Pick<ActivityDeps, "graceMs" | "retryMinuteMs" | "sendConcurrency" | "log">> = {},
) {
  const [database, temporal, sandbox] = await Promise.all([
    testDatabase(),
    testTemporal(),
    testSandbox({ ...account, sendGridKey: mailAccount.apiKey }),
  ]);
  const log = given.log ?? pino({ level: process.env["TEST_LOG"] ?? "silent" });
  const keys = deriveKeys("a secret key of tests, 32 characters");
  const stopping = new AbortController();
  const taskQueue = temporal.taskQueue;
  const outbox = runOutboxDriver(
    { db: database.db, temporal: temporal.client, taskQueue, log },
    500,
    stopping.signal,
  );
  const timings = { graceMs: 3_000, retryMinuteMs: 200, sendConcurrency: 100, ...given };

  const http = new TwilioHttpClient({ connections: timings.sendConcurrency, timeoutMs: 1_000 });
  const mailHttp = new ProviderHttp({ connections: 4, timeoutMs: 1_000 });
  const connections = { sealingKey: keys.sealingKey, http, environment: account, baseUrl: sandbox.url };
  const languageModels = {
    LLM_PROVIDER: "rules" as const,
    LLM_MAX_TOKENS: 2_048,
    ANTHROPIC_BASE_URL: sandbox.url,
    OPENAI_BASE_URL: `${sandbox.url}/v1`,
    OLLAMA_BASE_URL: `${sandbox.url}/v1`,
  };
  const language = environmentLanguage(languageModels, database.db);
  const server = serve({ fetch: (request) => app.fetch(request), hostname: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  await tellMailWebhook(sandbox.url, url);
  const apiDb = database.connect("campanile_api").db;
  const feed = new ConversationFeed(apiDb, log);
  const app = createApp({
    db: apiDb,
    config: { PUBLIC_URL: url, CORS_ORIGINS: "", RATE_LIMIT_PER_MINUTE: 100_000 },
    log,
    kick: outbox.kick,
    ...keys,
    verifyAccount: () => Promise.resolve({ ok: true }),
    twilio: account,
    sendgridKeys: [await sandboxWebhookKey(sandbox.url)],
    recordsOf: (domain) => Promise.resolve({ domain, txt: null, dkim: [], dmarc: null }),
    sandboxed: true,
    retryMinuteMs: timings.retryMinuteMs,
    contentOf: contentDirectory({ db: database.db, ...connections }),
    openMedia: mediaDirectory({ db: database.db, ...connections }),
    language,
    feed,
    probes: {},
  });

  const mailConnections = {
    db: database.db,
    sealingKey: keys.sealingKey,
    http: mailHttp,
    apiKey: mailAccount.apiKey,
    baseUrl: sandbox.url,
  };
  const deps: ActivityDeps = {
    db: database.db,
    pool: database.pool,
    temporal: temporal.client,
    log,
    kick: outbox.kick,
    providers: providerDirectory({ db: database.db, ...connections, sandboxed: true }),
    mailOf: mailDirectory(mailConnections),
    suppressionListsOf: suppressionDirectory(mailConnections),
    contentOf: contentDirectory({ db: database.db, ...connections }),
    voiceOf: voiceDirectory({ db: database.db, ...connections }, intelligenceServiceSid),
    speech: environmentSpeech({ OPENAI_API_KEY: "key", OPENAI_BASE_URL: `${sandbox.url}/v1` }),
    language,
    ...keys,
    publicUrl: url,
    taskQueue,
    mailCalls: 4,
    lingerMs: 2_000,
    ...timings,
  };
  const activities = createActivities(deps);
  const startWorkers = async () => {
    const workers = await Promise.all([
      temporal.worker({ activities }),
      temporal.worker({ activities, taskQueue: deliveryQueue(taskQueue) }),
      temporal.worker({ activities, taskQueue: languageQueue(taskQueue) }),
    ]);
    return { workers, running: Promise.all(workers.map((worker) => worker.run())) };
  };
  let current = await startWorkers();
  const stopWorkers = async () => {
    for (const worker of current.workers) worker.shutdown();
    await current.running;
  };

  return {
    database,
    temporal,
    sandbox,
    url,
    app,
    deps,
    account,
    /** A workspace with a client under its owner's key, in test mode with all hours open and no warmup. */
    async workspace(fields: Partial<NewWorkspace> = {}) {
      const { workspace, apiKey } = await createWorkspaceWithOwner(database.db, {
        name: "System test",
        test_mode: true,
        default_region: "CO",
        settings: {
          quiet_hours: { laws_off: true, enabled: false },
          caps: { per_day: null, per_week: null },
          sender_defaults: { warmup: false },
        },
        ...fields,
      });
      return { id: workspace.id, key: apiKey, ask: client(url, apiKey) };
    },
    /** What a deployment does: the workers end, in the middle of whatever they do, and others take over. */
    async replaceWorkers() {
      await stopWorkers();
      current = await startWorkers();
    },
    /** Waits until `check` gives something; fails with what was last seen. */
    until,
    async close() {
      await stopWorkers();
      stopping.abort();
      await outbox.stopped;
      await Promise.all([http.close(), mailHttp.close()]);
      feed.stop();
      await new Promise((resolve) => server.close(resolve));
      await sandbox.close();
      await temporal.close();
      await database.close();
    },
  };
}

async function until<T>(check: () => Promise<T | undefined | false>, seconds = 30): Promise<T> {
  for (let tries = 0; tries < seconds * 20; tries++) {
    const seen = await check();
    if (seen !== undefined && seen !== false) return seen;
    await sleep(50);
  }
  throw new Error(`Nothing came of it within ${seconds} s`);
}
