import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { connectDatabase, type Database } from "../db/connect.ts";
import { migrateToLatest } from "../db/migrate.ts";
import { mountSmallDisk, unmount } from "./faults/disk.ts";
import { home, root } from "./home.ts";
import { sandboxWebhookKey, tellMailWebhook } from "./mailWebhook.ts";
import { lastingPort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { type Started, stopAllStarted, stopProcess } from "./processes.ts";
import { startProgram } from "./program.ts";
import { startTemporal } from "./temporal/devServer.ts";
import { findTemporalCli } from "./temporal/find.ts";
import { registerSearchAttributes } from "./temporal/searchAttributes.ts";

/** A whole system in a folder of its own, each part a process of its own that can be killed and started again. */
export interface Rig {
  folder: string;
  apiUrl: string;
  sandboxUrl: string;
  temporalAddress: string;
  databaseUrl: string;
  database: Database;
  account: { accountSid: string; authToken: string; mailKey: string };
  /** Where PostgreSQL's own small disk is mounted; null where it has none. */
  disk: string | null;
  /** The parts by name: postgres, temporal, sandbox, api, worker-1 … */
  parts: Map<string, RigPart>;
  /** Ends every part; the folder, with their logs and data, stays where that is asked for. */
  close(options?: { keepFolder?: boolean }): Promise<void>;
}

export interface RigPart {
  pid: number;
  /** Resolves when the process has ended. */
  ended: Promise<string>;
  /** Starts the part again on the same port and folder; it must have ended. */
  start(): Promise<void>;
}

export interface RigOptions {
  workers: number;
  /** On top of what every part gets. */
  env?: NodeJS.ProcessEnv;
  sandboxEnv?: NodeJS.ProcessEnv;
  postgresSettings?: string[];
  /** On top of it, for one worker (from 1). */
  workerEnv?: (worker: number) => NodeJS.ProcessEnv;
  /** PostgreSQL's data on a file system of so many megabytes, where mounting is permitted: see `Rig.disk`. */
  postgresDiskMb?: number;
  /** Whether the sandbox keeps its state in a file, and so survives its own death. */
  sandboxFile?: boolean;
}

const account = {
  accountSid: `AC${"rig".padEnd(32, "0")}`,
  authToken: "token of the rig's sandbox account",
  mailKey: "SG.rig-of-the-sandbox.key-of-the-rig",
};

/** Starts PostgreSQL, Temporal, the sandbox, the API and so many workers. Close it, however it ends. */
export async function startRig(options: RigOptions): Promise<Rig> {
  try {
    return await startParts(options);
  } catch (error) {
    // What has come up already would keep this process alive.
    await stopAllStarted("SIGKILL", 1_000);
    throw error;
  }
}

async function startParts(options: RigOptions): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "campanile-rig-"));
  await mkdir(join(folder, "logs"));
  const log = (name: string) => join(folder, "logs", `${name}.log`);
  const disk = await smallDisk(folder, options.postgresDiskMb);
  const parts = new Map<string, RigPart>();
  const keep = async (name: string, launch: () => Promise<Started>) => {
    const first = await launch();
    const part: RigPart = {
      ...first,
      async start() {
        Object.assign(part, await launch());
      },
    };
    parts.set(name, part);
  };
  const ports = {
    postgres: await lastingPort(),
    temporal: await lastingPort(),
    sandbox: await lastingPort(),
    api: await lastingPort(),
  };
  const cli = await findTemporalCli();
  let databaseUrl = "";
  await Promise.all([
    keep("postgres", async () => {
      const settings = [
        "max_connections=200",
        "max_locks_per_transaction=256",
        "shared_buffers=512MB",
        "max_wal_size=4GB",
        // Tables that were empty a moment ago have statistics before the trial is over.
        "autovacuum_naptime=3s",
        ...(options.postgresSettings ?? []),
      ];
      const server = await startPostgres({
        dataDir: join(disk ?? folder, "postgres"),
        port: ports.postgres,
        log: log("postgres"),
        settings,
      });
      databaseUrl = server.url;
      return server;
    }),
    keep("temporal", () =>
      startTemporal({ cli, port: ports.temporal, dbFile: join(folder, "temporal.db"), log: log("temporal") }),
    ),
  ]);
  await migrateToLatest(databaseUrl);
  const temporalAddress = `127.0.0.1:${ports.temporal}`;
  await prepareTemporal(temporalAddress);

  const bundle = join(folder, "workflows.js");
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, "workflows", "index.ts"),
    logger: new DefaultLogger("ERROR"),
  });
  await writeFile(bundle, code);

  const sandboxUrl = `http://127.0.0.1:${ports.sandbox}`;
  const apiUrl = `http://127.0.0.1:${ports.api}`;
  const sandboxEnv = {
    ...process.env,
    SANDBOX_PORT: String(ports.sandbox),
    SANDBOX_ACCOUNT_SID: account.accountSid,
    SANDBOX_AUTH_TOKEN: account.authToken,
    SANDBOX_SENDGRID_KEY: account.mailKey,
    ...(options.sandboxFile && { SANDBOX_STATE_FILE: join(folder, "sandbox.jsonl") }),
    ...options.sandboxEnv,
  };
  await keep("sandbox", () =>
    startProgram("sandbox/server.ts", { env: sandboxEnv, log: log("sandbox"), readyUrl: sandboxUrl }),
  );
  await tellMailWebhook(sandboxUrl, apiUrl);

  const env = {
    ...process.env,
    // Parts that are killed often must not spend the machine on coming back.
    NODE_COMPILE_CACHE: join(home.folder, "compiled"),
    WORKFLOW_BUNDLE: bundle,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    SECRET_KEY: "a secret key of the rig, 32 characters",
    TWILIO_API_BASE_URL: sandboxUrl,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    SENDGRID_API_BASE_URL: sandboxUrl,
    SENDGRID_API_KEY: account.mailKey,
    SENDGRID_WEBHOOK_PUBLIC_KEY: await sandboxWebhookKey(sandboxUrl),
    PUBLIC_URL: apiUrl,
    PORT: String(ports.api),
    HOST: "127.0.0.1",
    LOG_LEVEL: "warn",
    RATE_LIMIT_PER_MINUTE: "10000000",
    ...options.env,
  };
  await keep("api", () =>
    startProgram("api/server.ts", { env, log: log("api"), readyUrl: `${apiUrl}/readyz` }),
  );
  for (let i = 1; i <= options.workers; i++) {
    const port = await lastingPort();
    const workerEnv = { ...env, METRICS_PORT: String(port), ...options.workerEnv?.(i) };
    await keep(`worker-${i}`, () =>
      startProgram("worker.ts", {
        env: workerEnv,
        log: log(`worker-${i}`),
        readyUrl: `http://127.0.0.1:${port}/readyz`,
      }),
    );
  }
  const database = connectDatabase(databaseUrl, {
    role: "campanile_worker",
    maxConnections: 4,
    onLost: () => {},
  });
  return {
    folder,
    apiUrl,
    sandboxUrl,
    temporalAddress,
    databaseUrl,
    database,
    account,
    disk,
    parts,
    async close({ keepFolder = false }: { keepFolder?: boolean } = {}) {
      await database.close();
      const of = (name: string) => parts.get(name);
      const workers = [...parts].filter(([name]) => name.startsWith("worker")).map(([, part]) => part);
      for (const part of [...workers, of("api"), of("sandbox")])
        if (part) await stopProcess(part.pid, "SIGTERM", 9_000);
      await Promise.all(
        ["temporal", "postgres"].map((name) => stopProcess(of(name)?.pid ?? -1, "SIGINT", 8_000)),
      );
      if (disk !== null) await unmount(disk);
      if (!keepFolder) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function smallDisk(folder: string, megabytes: number | undefined): Promise<string | null> {
  if (megabytes === undefined) return null;
  const disk = join(folder, "disk");
  await mkdir(disk, { mode: 0o755 });
  // The server's user passes through; otherwise its data would go elsewhere.
  await chmod(folder, 0o711);
  return (await mountSmallDisk(disk, megabytes)) ? disk : null;
}

async function prepareTemporal(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await registerSearchAttributes(connection, "default");
  } finally {
    await connection.close();
  }
}
