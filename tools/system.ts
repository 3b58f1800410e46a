import { createHmac } from "node:crypto";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import pg from "pg";
import { migrateToLatest } from "../db/migrate.ts";
import { home, secretKey } from "./home.ts";
import { sandboxWebhookKey, tellMailWebhook } from "./mailWebhook.ts";
import { freePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { stopProcess } from "./processes.ts";
import { startProgram } from "./program.ts";
import { say } from "./say.ts";
import type { Running, Supervisor } from "./supervise.ts";
import { startTemporal } from "./temporal/devServer.ts";
import { findTemporalCli } from "./temporal/find.ts";
import { registerSearchAttributes } from "./temporal/searchAttributes.ts";

/** The ports that people know by heart; where one is taken, a free one is. */
const usualPorts = { api: 8080, sandbox: 4010, postgres: 54_320, temporal: 7233, "temporal-ui": 8233 };

/** What a developer's machine can spare; the rest is PostgreSQL's default, fsync included. */
const postgresSettings = [
  "max_connections=200",
  "max_locks_per_transaction=256",
  "shared_buffers=256MB",
  "max_wal_size=2GB",
  "log_min_duration_statement=2000",
];

export type System = {
  api_url: string;
  sandbox_url: string;
  database_url: string;
  temporal_address: string;
  temporal_ui_url: string | null;
};

async function choosePort(name: keyof typeof usualPorts, usual: number = usualPorts[name]): Promise<number> {
  const port = await freePort(usual);
  if (port !== usual) say(`Port ${usual} is taken; ${name} uses ${port}.`);
  return port;
}

/** A program of ours as the supervisor keeps one. */
async function keptProgram(
  name: string,
  script: string,
  env: NodeJS.ProcessEnv,
  readyUrl: string,
): Promise<Running> {
  const started = await startProgram(script, { env, log: home.log(name), readyUrl });
  return { ...started, marks: script, stop: () => stopProcess(started.pid, "SIGTERM", 4000) };
}

async function database(keeper: Supervisor): Promise<string> {
  const given = process.env["DATABASE_URL"];
  if (given) return given;
  const port = await choosePort("postgres");
  const start = () =>
    startPostgres({ dataDir: home.postgres, port, log: home.log("postgres"), settings: postgresSettings });
  return makeDatabase((await keeper.keep("postgres", start)).url, "campanile");
}

async function makeDatabase(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function temporal(keeper: Supervisor): Promise<{ address: string; ui: string | null }> {
  const given = process.env["TEMPORAL_ADDRESS"];
  if (given) return { address: given, ui: null };
  const cli = await findTemporalCli();
  const port = await choosePort("temporal");
  const uiPort = await choosePort("temporal-ui");
  const start = () => startTemporal({ cli, port, uiPort, dbFile: home.temporal, log: home.log("temporal") });
  const { address } = await keeper.keep("temporal", start);
  return { address, ui: `http://127.0.0.1:${uiPort}` };
}

/** The sandbox's own accounts, the same at every start because the database remembers them. */
function sandboxAccount(secret: string): { sid: string; token: string; mailKey: string } {
  const of = (what: string) => createHmac("sha256", secret).update(what).digest("hex").slice(0, 32);
  return {
    sid: `AC${of("sandbox account")}`,
    token: of("sandbox token"),
    mailKey: `SG.${of("sandbox mail account").slice(0, 22)}.${of("sandbox mail key")}`,
  };
}

/**
 * Messages of a developer's system go to the sandbox. A provider itself is reached only where the environment
 * names its base URL too: an account alone in somebody's shell must not make the demo write to people.
 */
async function providers(
  keeper: Supervisor,
  secret: string,
): Promise<{ url: string; env: NodeJS.ProcessEnv }> {
  const { sid, token, mailKey } = sandboxAccount(secret);
  const port = await choosePort("sandbox");
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    SANDBOX_HOST: "127.0.0.1",
    SANDBOX_PORT: String(port),
    SANDBOX_STATE_FILE: home.sandbox,
    SANDBOX_ACCOUNT_SID: sid,
    SANDBOX_AUTH_TOKEN: token,
    SANDBOX_SENDGRID_KEY: mailKey,
  };
  await keeper.keep("sandbox", () => keptProgram("sandbox", join("sandbox", "server.ts"), env, url));
  const aside = (name: string) => {
    if (process.env[name]) say(`${name} is set aside: messages go to the sandbox.`);
  };
  const ofTwilio = { TWILIO_API_BASE_URL: url, TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token };
  const ofSendGrid = {
    SENDGRID_API_BASE_URL: url,
    SENDGRID_API_KEY: mailKey,
    SENDGRID_WEBHOOK_PUBLIC_KEY: await sandboxWebhookKey(url),
  };
  const toTwilio = process.env["TWILIO_API_BASE_URL"] !== undefined;
  const toSendGrid = process.env["SENDGRID_API_BASE_URL"] !== undefined;
  if (!toTwilio) aside("TWILIO_ACCOUNT_SID");
  if (!toSendGrid) aside("SENDGRID_API_KEY");
  // A workspace may try language models there; the rules stay what is used unless it says so.
  const toModels = process.env["ANTHROPIC_API_KEY"] ?? process.env["ANTHROPIC_BASE_URL"];
  const ofModels = toModels === undefined && { ANTHROPIC_BASE_URL: url };
  return { url, env: { ...(!toTwilio && ofTwilio), ...(!toSendGrid && ofSendGrid), ...ofModels } };
}

async function prepareTemporal(address: string): Promise<void> {
  const { connectionOptions, namespace = "default" } = loadClientConnectConfig();
  const connection = await Connection.connect({ ...connectionOptions, address });
  try {
    await registerSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

/** Starts every part that the environment does not give, each supervised, and comes back when all are ready. */
export async function startSystem(keeper: Supervisor): Promise<System> {
  const secret = process.env["SECRET_KEY"] ?? (await secretKey());
  const [database_url, server, provider] = await Promise.all([
    database(keeper),
    temporal(keeper),
    providers(keeper, secret),
  ]);
  await Promise.all([migrateToLatest(database_url), prepareTemporal(server.address)]);

  const port = await choosePort("api", Number(process.env["PORT"] ?? usualPorts.api));
  const api_url = `http://127.0.0.1:${port}`;
  const metricsPort = await freePort();
  const env = {
    ...process.env,
    ...provider.env,
    DATABASE_URL: database_url,
    TEMPORAL_ADDRESS: server.address,
    SECRET_KEY: secret,
    HOST: process.env["HOST"] ?? "127.0.0.1",
    PORT: String(port),
    PUBLIC_URL: process.env["PUBLIC_URL"] ?? api_url,
  };
  const workerEnv = { ...env, METRICS_PORT: String(metricsPort) };
  const workerReady = `http://127.0.0.1:${metricsPort}/readyz`;
  await tellMailWebhook(provider.url, env.PUBLIC_URL.replace(/\/$/, ""));
  await Promise.all([
    keeper.keep("api", () => keptProgram("api", join("api", "server.ts"), env, `${api_url}/readyz`)),
    keeper.keep("worker", () => keptProgram("worker", "worker.ts", workerEnv, workerReady)),
  ]);
  return {
    api_url,
    sandbox_url: provider.url,
    database_url,
    temporal_address: server.address,
    temporal_ui_url: server.ui,
  };
}

/** Ends the parts in the order in which they need each other; what hangs is killed within 10 s. */
export async function stopSystem(keeper: Supervisor): Promise<void> {
  await keeper.stop(["api", "worker", "sandbox"]);
  await keeper.stop(["temporal", "postgres"]);
}
