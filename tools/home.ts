import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { postgresPlaces } from "./postgres.ts";
import { commandLine, endOrphans, isAlive, type Part } from "./processes.ts";
import { Failure, say } from "./say.ts";

export const root = join(import.meta.dirname, "..");
const folder = join(root, ".campanile");

/** Where the running system keeps its things; all of it goes with `npm run reset`. */
export const home = {
  folder,
  postgres: join(folder, "postgres"),
  temporal: join(folder, "temporal.db"),
  sandbox: join(folder, "sandbox.jsonl"),
  secret: join(folder, "secret"),
  apiKey: join(folder, "api_key"),
  dev: join(folder, "dev.json"),
  log: (name: string) => join(folder, "logs", `${name}.log`),
};

/** Who runs here and what it started: lets the next start tell a live system from the rests of a killed one. */
const runFile = join(folder, "run.json");
type Run = { pid: number; parts: Record<string, Part> };

/** What `.campanile/dev.json` tells programs on this machine while the system runs. */
export type Dev = {
  api_url: string;
  /** Of the owner of the demo workspace. */
  api_key: string;
  temporal_address: string;
  /** Null where TEMPORAL_ADDRESS was given: its interface is not ours to know. */
  temporal_ui_url: string | null;
  sandbox_url: string;
  database_url: string;
  pids: Record<string, number>;
};

async function writePrivately(file: string, text: string): Promise<void> {
  const half = `${file}.half`;
  await writeFile(half, text, { mode: 0o600 });
  await rename(half, file);
}

function readJson<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    // Cut short by a kill or a full disk: as good as not there.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export const readDev = () => readJson<Dev>(home.dev);
export const writeDev = (dev: Dev) => writePrivately(home.dev, `${JSON.stringify(dev, null, 2)}\n`);
export const writeParts = (parts: Record<string, Part>) =>
  writePrivately(runFile, JSON.stringify({ pid: process.pid, parts } satisfies Run));

/** Process id of the `npm start` that runs in this checkout, if any; what a killed one left is ended. */
async function findOther(): Promise<number | undefined> {
  const run = readJson<Run>(runFile);
  if (!run) return undefined;
  if (
    run.pid !== process.pid &&
    isAlive(run.pid) &&
    commandLine(run.pid).includes(join("tools", "start.ts"))
  ) {
    return run.pid;
  }
  const ended = await endOrphans(run.parts);
  if (ended.length > 0) say(`An earlier run was killed; ended what it left behind: ${ended.join(", ")}.`);
  await rm(home.dev, { force: true });
  await rm(runFile, { force: true });
  return undefined;
}

function alreadyRunning(pid: number): Failure {
  const dev = readDev();
  const where = dev
    ? `: API ${dev.api_url}/docs · Temporal UI ${dev.temporal_ui_url ?? dev.temporal_address} · sandbox ${dev.sandbox_url}`
    : " and still starting";
  return new Failure(`Campanile is already running here (process ${pid})${where}; end it with Ctrl-C first.`);
}

/** Empties `.campanile/`, and what PostgreSQL keeps elsewhere for it. */
async function empty(): Promise<void> {
  const { data } = postgresPlaces(home.postgres);
  await rm(data, { recursive: true, force: true });
  if (!existsSync(folder)) return;
  const own = new Set(["logs", "install.lock"]);
  const names = (await readdir(folder)).filter((name) => !own.has(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Takes `.campanile/` for this process. @throws Failure when another system runs here */
export async function claimHome(fresh: boolean): Promise<void> {
  await mkdir(join(folder, "logs"), { recursive: true });
  const other = await findOther();
  if (other !== undefined) throw alreadyRunning(other);
  if (fresh) await empty();
  try {
    await writeFile(runFile, JSON.stringify({ pid: process.pid, parts: {} } satisfies Run), {
      flag: "wx",
      mode: 0o600,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new Failure("Another `npm start` has just begun here: use that one.");
    }
    throw error;
  }
}

export async function leaveHome(): Promise<void> {
  await rm(home.dev, { force: true });
  await rm(runFile, { force: true });
}

/** `npm run reset`. @throws Failure while the system runs */
export async function resetHome(): Promise<void> {
  const other = await findOther();
  if (other !== undefined) throw alreadyRunning(other);
  await empty();
  await rm(join(folder, "logs"), { recursive: true, force: true });
}

/** The key that seals credentials and signs links, made once per `.campanile/`. */
export async function secretKey(): Promise<string> {
  if (!existsSync(home.secret)) await writePrivately(home.secret, randomBytes(32).toString("base64"));
  return readFileSync(home.secret, "utf8").trim();
}
