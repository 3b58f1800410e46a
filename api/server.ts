/** The API process: builds everything from the configuration, listens, and ends within 8 s when told to. */
import { serve } from "@hono/node-server";
import { sql } from "kysely";
import { readConfig } from "../config.ts";
import { contentDirectory, environmentAccount, isSandboxed, mediaDirectory } from "../connections.ts";
import { environmentLanguage } from "../connectLanguage.ts";
import { connectDatabase } from "../db/connect.ts";
import { deriveKeys } from "../domain/secrets.ts";
import { ProviderHttp } from "../providers/http.ts";
import { sendGridProvider } from "../providers/sendgrid/client.ts";
import { domainRecords, systemResolver } from "../providers/dns/domains.ts";
import { twilioProvider } from "../providers/twilio/client.ts";
import { TwilioHttpClient } from "../providers/twilio/http.ts";
import { connectTemporal } from "../temporal/connect.ts";
import { runOutboxDriver } from "../temporal/outbox.ts";
import { createLog } from "../log.ts";
import { createApp } from "./app.ts";
import { ConversationFeed } from "./conversationFeed.ts";

const OUTBOX_MS = 5_000;
const STOP_MS = 8_000;
const PROBE_MS = 2_000;

const config = readConfig();
const log = createLog(config, "api");
const onLost = (error: Error) => log.warn({ why: error.name }, "an idle database connection was lost");

const { db, close: closeApiPool } = connectDatabase(config.DATABASE_URL, {
  role: "campanile_api",
  maxConnections: config.DATABASE_POOL,
  onLost,
});
// What a commit owes to Temporal is paid across workspaces, so not under the API's role.
const outbox = connectDatabase(config.DATABASE_URL, { role: "campanile_worker", maxConnections: 2, onLost });
const temporal = connectTemporal(config);
const stopping = new AbortController();
const driver = runOutboxDriver(
  { db: outbox.db, temporal, taskQueue: config.TASK_QUEUE, log },
  OUTBOX_MS,
  stopping.signal,
);
const http = new TwilioHttpClient({ connections: 4, timeoutMs: 10_000 });
const mailHttp = new ProviderHttp({ connections: 2, timeoutMs: 10_000 });
const keys = deriveKeys(config.SECRET_KEY);
const environment = environmentAccount(config);
const baseUrl = config.TWILIO_API_BASE_URL ?? null;
const mailUrl = config.SENDGRID_API_BASE_URL ?? null;

const connections = { db: outbox.db, sealingKey: keys.sealingKey, http, environment, baseUrl };
const feed = new ConversationFeed(db, log);

const app = createApp({
  db,
  config,
  log,
  kick: driver.kick,
  ...keys,
  verifyAccount: (account) =>
    account.provider === "twilio"
      ? twilioProvider({ ...account, baseUrl }, http).verify()
      : sendGridProvider({ ...account, baseUrl: mailUrl }, mailHttp).verify(),
  contentOf: contentDirectory(connections),
  openMedia: mediaDirectory(connections),
  recordsOf: domainRecords(systemResolver()),
  language: environmentLanguage(config, outbox.db),
  feed,
  twilio: environment,
  sandboxed: isSandboxed(config),
  sendgridKeys: config.SENDGRID_WEBHOOK_PUBLIC_KEY,
  retryMinuteMs: config.RETRY_BASE_SECONDS * 1000,
  probes: {
    database: () => sql`select 1`.execute(db),
    temporal: () =>
      temporal.connection.withDeadline(Date.now() + PROBE_MS, () =>
        temporal.workflowService.getSystemInfo({}),
      ),
  },
});

const server = serve({ fetch: app.fetch, hostname: config.HOST, port: config.PORT }, ({ address, port }) =>
  log.info({ address, port }, "listening"),
);

/** Takes no more connections, lets requests in work finish, closes what was opened. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  log.info({ signal }, "stopping");
  setTimeout(() => {
    log.warn("requests were still in work; leaving them");
    process.exit(1);
  }, STOP_MS).unref();
  stopping.abort();
  feed.stop();
  // A connection whose last answer has just ended would stay open for seconds, for a next request.
  const closing = setInterval(() => "closeIdleConnections" in server && server.closeIdleConnections(), 50);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(closing);
  await driver.stopped;
  await Promise.all([closeApiPool(), outbox.close(), http.close(), mailHttp.close()]);
  // Temporal's client is not closed: a retry of its that is still due throws on a closed channel, where nobody catches.
  process.exit(0);
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
