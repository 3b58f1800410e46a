import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Count, countFile, tally } from "./count.ts";
import { type Dev, home, readDev, root } from "./home.ts";
import { isAlive } from "./processes.ts";
import { main, say, seconds } from "./say.ts";

const bootstrap = join(root, "tools", "bootstrap.mjs");

function begin(script: string, args: string[], stdout: "inherit" | "pipe" = "inherit"): ChildProcess {
  const stdio = ["ignore", stdout, "inherit"] as const;
  return spawn(process.execPath, [bootstrap, join("tools", script), ...args], {
    cwd: root,
    stdio: [...stdio],
  });
}

function exit(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

async function tests(): Promise<Count> {
  await rm(countFile, { force: true });
  const code = await exit(begin("check.ts", []));
  if (!existsSync(countFile)) return { passed: 0, failed: 1, skipped: 0 };
  const count = JSON.parse(readFileSync(countFile, "utf8")) as Count;
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

async function ready(system: ChildProcess): Promise<Dev> {
  // Building the Temporal CLI may be part of it.
  const deadline = performance.now() + 15 * 60_000;
  while (system.exitCode === null && performance.now() < deadline) {
    const dev = readDev();
    if (dev) return dev;
    await sleep(200);
  }
  throw new Error("the system did not become ready");
}

async function demo(): Promise<void> {
  const child = begin("demo.ts", ["--json"], "pipe");
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  const code = await exit(child);
  say(output);
  // One object and nothing else: anything beside it would not parse.
  JSON.parse(output);
  if (code !== 0) throw new Error(`the demo ended with ${code}`);
}

/** A short trial of the send path while parts of it die; `npm run faults` has the long ones. */
async function faults(): Promise<void> {
  const code = await exit(begin("faults.ts", ["--messages", "1000", "--kills", "6", "--seed", "6"]));
  if (code !== 0) throw new Error(`the trial ended with ${code}`);
}

/** Processes that still carry this checkout's data folder in their command line, or are of the parts. */
function leftOver(parts: number[]): string[] {
  const table = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  const ours = table.filter((line) => line.includes(home.folder) && !line.includes("ps -eo"));
  return [...ours, ...parts.filter(isAlive).map((pid) => `${pid} still runs`)];
}

async function stop(system: ChildProcess, parts: number[]): Promise<void> {
  const start = performance.now();
  const ended = exit(system);
  system.kill("SIGINT");
  const code = await ended;
  const took = performance.now() - start;
  if (code !== 0) throw new Error(`it ended with ${code}`);
  if (took > 10_000) throw new Error(`it took ${seconds(start)} to end`);
  const left = leftOver(parts);
  if (left.length > 0) throw new Error(`it left behind:\n${left.join("\n")}`);
  if (existsSync(home.dev)) throw new Error("it left .campanile/dev.json behind");
}

await main(async () => {
  const count = await tests();
  const check = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    const start = performance.now();
    try {
      const result = await work();
      count.passed += 1;
      say(`✓ ${name} (${seconds(start)})`);
      return result;
    } catch (error) {
      count.failed += 1;
      say(`✗ ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const system = begin("start.ts", ["--no-demo"]);
  const dev = await check("npm start · a fresh system becomes ready", () => ready(system));
  if (dev) await check("npm run demo · ledger and tables agree", demo);
  const parts = Object.values(readDev()?.pids ?? dev?.pids ?? {});
  await check("Ctrl-C · ends everything within 10 s and leaves nothing", () => stop(system, parts));
  await check("npm run faults · nothing is lost nor sent twice while parts die", faults);
  process.stdout.write(`${tally(count)}\n`);
  return count.failed === 0 ? 0 : 1;
});
