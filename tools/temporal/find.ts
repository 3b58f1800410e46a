import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../ports.ts";
import { startProcess, stopProcess } from "../processes.ts";
import { Failure, say, step } from "../say.ts";
import { cached, cacheFolder, recipeHash } from "./cache.ts";

const run = promisify(execFile);
const recipes = import.meta.dirname;

function onPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

async function works(file: string, args: string[]): Promise<boolean> {
  return run(file, args, { timeout: 30_000 }).then(
    () => true,
    () => false,
  );
}

/** Can the SDK's download host be had? A machine without internet should learn so in seconds. */
async function isReachable(url: string): Promise<boolean> {
  try {
    await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(4000) });
    return true;
  } catch {
    return false;
  }
}

/** Runs a long command into a log, ending it after `minutes`. */
async function runLogged(
  file: string,
  args: string[],
  cwd: string,
  log: string,
  minutes: number,
): Promise<boolean> {
  const { pid, ended } = startProcess(file, args, { cwd, log, env: { ...process.env, GOFLAGS: "" } });
  const late = setTimeout(() => void stopProcess(pid), minutes * 60_000);
  const how = await ended;
  clearTimeout(late);
  return how === "exit code 0";
}

/**
 * The SDK's own download, in a process of its own: it may hang where the network does.
 * Without internet it says nothing and gives undefined, so that the next way is tried.
 */
async function download(
  kind: "dev-server" | "time-skipping",
  folder: string,
  log: string,
): Promise<string | undefined> {
  if (!(await isReachable("https://temporal.download"))) return undefined;
  const script = join(recipes, "download.ts");
  const done = await step(`Downloading Temporal's ${kind} for this user`, "up to 3 min", () =>
    runLogged(process.execPath, [script, kind, folder], recipes, log, 3),
  );
  const [file] = done ? await readdir(folder) : [];
  if (file === undefined) say(`That download failed (${log}); trying another way.`);
  return file === undefined ? undefined : join(folder, file);
}

async function makeCli(folder: string): Promise<void> {
  const log = join(cacheFolder(), "temporal-cli.log");
  const target = join(folder, "temporal");
  const fetched = await download("dev-server", join(folder, "download"), log);
  if (fetched) await rename(fetched, target);
  else await buildCli(target, log);
  await rm(join(folder, "download"), { recursive: true, force: true });
  if (!(await works(target, ["--version"])))
    throw new Failure(`The Temporal CLI that was made does not run; see ${log}.`);
}

async function buildCli(target: string, log: string): Promise<void> {
  const go = onPath("go");
  if (!go) {
    throw new Failure(
      "There is no Temporal CLI, no internet to download it and no Go to build it: install one of them, or set TEMPORAL_CLI to a `temporal` program or TEMPORAL_ADDRESS to a server.",
    );
  }
  // -mod=readonly: exactly what go.sum names, or no build.
  const args = ["build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", target];
  const built = await step("Building the Temporal CLI with Go, once for this user", "3 to 8 min", () =>
    runLogged(go, [...args, "github.com/temporalio/cli/cmd/temporal"], recipes, log, 30),
  );
  if (!built) throw new Failure(`Building the Temporal CLI failed; its log says why: ${log}`);
}

/**
 * The Temporal CLI: TEMPORAL_CLI, `temporal` on PATH, the cache, the SDK's download, a build with Go.
 * @returns path of a program that answered `--version`
 */
export async function findTemporalCli(): Promise<string> {
  const given = process.env["TEMPORAL_CLI"];
  if (given) {
    if (await works(given, ["--version"])) return given;
    throw new Failure(`TEMPORAL_CLI names ${given}, which does not run: correct it or unset it.`);
  }
  const installed = onPath("temporal");
  if (installed && (await works(installed, ["server", "start-dev", "--help"]))) return installed;
  const name = `temporal-cli-${recipeHash(join(recipes, "go.mod"), join(recipes, "go.sum"))}`;
  return join(await cached(name, makeCli), "temporal");
}

/** Two lines that make the Java server look like a program: its only argument is the port. */
function launcher(java: string): string {
  return `#!/bin/sh\nexec "${java}" -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"\n`;
}

async function makeTestServer(folder: string): Promise<void> {
  const log = join(cacheFolder(), "temporal-test-server.log");
  const target = join(folder, "temporal-test-server");
  const fetched = await download("time-skipping", join(folder, "download"), log);
  if (fetched) await rename(fetched, target);
  else await collectTestServer(folder, target, log);
  await rm(join(folder, "download"), { recursive: true, force: true });
  if (!(await listens(target, log)))
    throw new Failure(`The test server that was made does not run; see ${log}.`);
}

/** Does the program open the port that it is given? */
async function listens(program: string, log: string): Promise<boolean> {
  const port = await freePort();
  const { pid, ended } = startProcess(program, [String(port)], { log });
  let gone = false;
  void ended.then(() => (gone = true));
  const deadline = performance.now() + 30_000;
  let open = false;
  while (!open && !gone && performance.now() < deadline) {
    open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    await sleep(100);
  }
  await stopProcess(pid);
  return open;
}

async function collectTestServer(folder: string, target: string, log: string): Promise<void> {
  const [maven, java] = [onPath("mvn"), onPath("java")];
  if (!maven || !java) {
    throw new Failure(
      "There is no time-skipping test server, no internet to download it and no Maven with a JDK to fetch it: install them, or set TEMPORAL_TEST_SERVER to one.",
    );
  }
  // In a copy: Maven writes beside its pom, and a checkout may be read-only.
  await mkdir(folder, { recursive: true });
  await cp(join(recipes, "pom.xml"), join(folder, "pom.xml"));
  const args = ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${join(folder, "lib")}`];
  const done = await step(
    "Fetching Temporal's time-skipping test server with Maven, once for this user",
    "up to 2 min",
    () => runLogged(maven, args, folder, log, 10),
  );
  if (!done)
    throw new Failure(`Maven could not fetch the time-skipping test server; its log says why: ${log}`);
  await writeFile(target, launcher(java));
  await chmod(target, 0o755);
}

/**
 * The time-skipping server: TEMPORAL_TEST_SERVER, the cache, the SDK's download, Maven.
 * @returns path of a program that takes a port as its first argument
 */
export async function findTestServer(): Promise<string> {
  const given = process.env["TEMPORAL_TEST_SERVER"];
  if (given) {
    if (existsSync(given)) return given;
    throw new Failure(`TEMPORAL_TEST_SERVER names ${given}, which is not there: correct it or unset it.`);
  }
  const name = `temporal-test-server-${recipeHash(join(recipes, "pom.xml"))}`;
  return join(await cached(name, makeTestServer), "temporal-test-server");
}
