import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import {
  access,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  statfs,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import pg from "pg";
import { migrateToLatest } from "../db/migrate.ts";
import { freePort } from "../tools/ports.ts";
import { postgresPlaces, startPostgres } from "../tools/postgres.ts";
import { endOrphans, isAlive, type Part } from "../tools/processes.ts";
import { startTemporal } from "../tools/temporal/devServer.ts";
import { findTemporalCli, findTestServer } from "../tools/temporal/find.ts";
import { registerSearchAttributes } from "../tools/temporal/searchAttributes.ts";
import { buildWorkflowBundle } from "./workflowBundle.ts";

/**
 * The servers that test files share. Each is started when the first file asks for it, so a run of pure
 * tests starts none; files ask over HTTP because each of them runs in a process of its own.
 */
export type Servers = {
  url: string;
  stop(): Promise<void>;
};

/** @param coverage counts branches in workflow code */
export async function startServers(coverage: boolean): Promise<Servers> {
  const folder = await runFolder();
  const parts: Record<string, Part> = {};
  const stops: (() => Promise<void>)[] = [];
  const note = async (name: string, started: Part & { stop?: () => Promise<void> }) => {
    parts[name] = { pid: started.pid, marks: started.marks };
    if (started.stop) stops.push(started.stop);
    await writeFile(join(folder, "parts.json"), JSON.stringify(parts));
  };

  const makers: Record<string, (argument: string) => Promise<string>> = {
    postgres: () => postgresTemplate(folder, note),
    temporal: () => temporalServer(folder, note),
    "test-server": () => findTestServer(),
    bundle: (workflowsPath) =>
      buildWorkflowBundle(
        workflowsPath,
        join(folder, `bundle-${createHash("md5").update(workflowsPath).digest("hex")}.js`),
        coverage,
      ),
  };
  const made = new Map<string, Promise<string>>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const make = makers[url.pathname.slice(1)];
    if (!make) {
      response.writeHead(404).end();
      return;
    }
    let answer = made.get(url.href);
    if (!answer) made.set(url.href, (answer = make(url.searchParams.get("of") ?? "")));
    answer.then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.allSettled(made.values());
      await Promise.all(stops.map((stop) => stop()));
      await removeFolder(folder);
    },
  };
}

/** More than the databases of all files together take. */
const ROOM_BYTES = 4 * 1024 ** 3;
const MEMORY = "/dev/shm";

/** Where servers keep what nobody needs afterwards: in memory where there is room, as a clone is a thousand files. */
async function scratch(): Promise<string> {
  try {
    await access(MEMORY, constants.W_OK);
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ROOM_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** A folder for this run; what runs that were killed have left (servers, folders) goes first. */
async function runFolder(): Promise<string> {
  const base = join(await scratch(), `campanile-test-${userInfo().username}`);
  await mkdir(base, { recursive: true });
  for (const name of await readdir(base)) {
    const old = join(base, name);
    if (isAlive(Number(name.split("-")[0]))) continue;
    const parts = join(old, "parts.json");
    if (existsSync(parts))
      await endOrphans(JSON.parse(await readFile(parts, "utf8")) as Record<string, Part>);
    await removeFolder(old);
  }
  return mkdtemp(join(base, `${process.pid}-`));
}

async function removeFolder(folder: string): Promise<void> {
  await rm(postgresPlaces(join(folder, "postgres")).data, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

type Note = (name: string, started: Part & { stop?: () => Promise<void> }) => Promise<void>;

/** Gives the URL of a migrated database that test files clone. */
async function postgresTemplate(folder: string, note: Note): Promise<string> {
  const given = process.env["DATABASE_URL"];
  const name = `campanile_template_${randomUUID().slice(0, 8)}`;
  let base = given;
  if (base === undefined) {
    const started = await startPostgres({
      dataDir: join(folder, "postgres"),
      port: await freePort(),
      log: join(folder, "postgres.log"),
      // Nobody needs this data after a crash of the machine.
      settings: ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"],
    });
    await note("postgres", started);
    base = started.url;
  }
  const admin = new pg.Client({ connectionString: base });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const template = new URL(base);
  template.pathname = `/${name}`;
  if (given !== undefined) {
    const drop = async () => {
      const client = new pg.Client({ connectionString: given });
      await client.connect();
      await client.query(`drop database if exists ${name} with (force)`);
      await client.end();
    };
    await note("template", { pid: -1, marks: "", stop: drop });
  }
  await migrateToLatest(template.href);
  return template.href;
}

/** Gives the address of a Temporal server that knows the project's search attributes. */
async function temporalServer(folder: string, note: Note): Promise<string> {
  const given = process.env["TEMPORAL_ADDRESS"];
  let address = given;
  if (address === undefined) {
    const cli = await findTemporalCli();
    const started = await startTemporal({ cli, port: await freePort(), log: join(folder, "temporal.log") });
    await note("temporal", started);
    address = started.address;
  }
  const connection = await Connection.connect({ address });
  await registerSearchAttributes(connection, process.env["TEMPORAL_NAMESPACE"] ?? "default");
  await connection.close();
  return address;
}
