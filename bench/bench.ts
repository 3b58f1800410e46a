import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrateToLatest } from "../db/migrate.ts";
import { freePort } from "../tools/ports.ts";
import { startPostgres } from "../tools/postgres.ts";
import type { BenchContext, BenchResult } from "./figures.ts";

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      size: { type: "string" },
    },
  });
  const name = positionals[0] ?? "import";
  const file = join(import.meta.dirname, `${name}.ts`);
  if (!/^[a-z]+$/i.test(name) || !existsSync(file)) throw new Error(`There is no benchmark ${name}.`);
  // Some measure by themselves as they are loaded, with the options that are theirs.
  process.argv = process.argv.filter((argument) => argument !== name);
  const { bench } = (await import(file)) as { bench?: (context: BenchContext) => Promise<BenchResult[]> };
  if (!bench) return;

  const folder = await mkdtemp(join(tmpdir(), "campanile-bench-"));
  const stops: (() => Promise<void>)[] = [];
  const context: BenchContext = {
    rounds: Number(values.rounds),
    size: (otherwise) => Number(values.size ?? otherwise),
    say: (line) => void process.stderr.write(`${line}\n`),
    async database() {
      const server = await startPostgres({
        dataDir: join(folder, `postgres-${stops.length}`),
        port: await freePort(),
        log: join(folder, "postgres.log"),
        settings: ["shared_buffers=512MB", "max_wal_size=4GB"],
      });
      stops.push(() => server.stop());
      await migrateToLatest(server.url);
      return { url: server.url, pid: server.pid };
    },
  };
  try {
    const results = await bench(context);
    if (values.json) process.stdout.write(`${JSON.stringify({ name, results })}\n`);
    else await print(name, results);
    process.exitCode = results.every(reachesGoal) ? 0 : 1;
  } finally {
    await Promise.all(stops.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rates are to be high, everything else low. */
function reachesGoal({ unit, median, goal }: BenchResult): boolean {
  if (goal === null) return true;
  return unit.endsWith("/s") ? median >= goal : median <= goal;
}

async function print(name: string, results: BenchResult[]): Promise<void> {
  const kept = await readFile(join(import.meta.dirname, "RESULTS.md"), "utf8").catch(() => "");
  console.log(`${name} · ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}\n`);
  console.table(
    results.map((result) => ({
      ...result,
      goal: result.goal ?? "",
      before: keptMedian(kept, name, result),
      "": reachesGoal(result) ? "" : "missed",
    })),
  );
}

/** What RESULTS.md has as this figure's median: `| name | case | metric | unit | min | median | max |`. */
function keptMedian(results: string, name: string, { case: of, metric }: BenchResult): string {
  for (const line of results.split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    if (cells[1] === name && cells[2] === of && cells[3] === metric) return cells[6] ?? "";
  }
  return "";
}

if (import.meta.main) await run();
