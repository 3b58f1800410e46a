import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Count, countFile, tally } from "./count.ts";
import { checkCoverage } from "./coverage.ts";
import { root } from "./home.ts";
import { main, say, seconds } from "./say.ts";

const vitestReport = join(root, "coverage", "tests.json");

/** What the type check knew the last time: where little has changed, little is looked at again. */
const checked = join(root, "node_modules", ".cache", "tsc.json");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

/** What must hold before a test is worth running. Each counts as one test. */
const gates: [name: string, command: string, args: string[]][] = [
  ["format", bin("biome"), ["format"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["types", bin("tsc"), ["--noEmit", "--incremental", "--tsBuildInfoFile", checked]],
  ["imports", process.execPath, [join(root, "tools", "imports", "check.ts")]],
  ["unused", bin("knip"), ["--no-progress"]],
];

function run(command: string, args: string[], show: boolean): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    let output = "";
    const add = (chunk: Buffer) => void (output += chunk.toString());
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("close", (code) => resolve({ ok: code === 0, output }));
  });
}

async function gate([name, command, args]: (typeof gates)[number]): Promise<boolean> {
  const start = performance.now();
  const { ok, output } = await run(command, args, false);
  say(`${ok ? "✓" : "✗"} ${name} (${seconds(start)})${ok ? "" : `\n${output}`}`);
  return ok;
}

type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
};

/** Vitest's own figures; a file that could not even be loaded, or a crash beside the tests, is a failure too. */
function countTests(ok: boolean): Count {
  if (!existsSync(vitestReport)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(vitestReport, "utf8")) as Report;
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((one) => one.status === "failed"),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: !ok && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runTests(args: string[]): Promise<Count> {
  await rm(join(root, "coverage"), { recursive: true, force: true });
  await mkdir(join(root, "coverage"), { recursive: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${vitestReport}`];
  const { ok } = await run(bin("vitest"), ["run", ...reporters, ...args], true);
  return countTests(ok);
}

/** `npm test` runs everything; `npm test -- <files>` only those tests, without gates. */
await main(async () => {
  const args = process.argv.slice(2);
  const outcomes: boolean[] = [];
  // Two at a time: the type checkers use several cores by themselves.
  const waiting = args.length > 0 ? [] : [...gates];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) outcomes.push(await gate(next));
  };
  await Promise.all([lane(), lane()]);
  const tests = await runTests(args.length > 0 ? args : ["--coverage"]);
  if (args.length === 0) outcomes.push(await checkCoverage());
  const count: Count = {
    passed: tests.passed + outcomes.filter((ok) => ok).length,
    failed: tests.failed + outcomes.filter((ok) => !ok).length,
    skipped: tests.skipped,
  };
  await writeFile(countFile, JSON.stringify(count));
  process.stdout.write(`${tally(count)}\n`);
  return count.failed === 0 ? 0 : 1;
});
