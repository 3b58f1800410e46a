import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Pool } from "undici";

// How many creates a second the stand-in takes as a process of its own, so that it is known not to be what
// a benchmark of sending measures. One case in memory, one with its journal on disk.

interface Round {
  creates_per_s: number;
  cpu_us_per_create: number;
  rss_mb: number;
  ledger_ms: number;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    messages: { type: "string", default: "50000" },
    "in-flight": { type: "string", default: "200" },
    rounds: { type: "string", default: "3" },
  },
});
const messages = Number(values.messages);
const inFlight = Number(values["in-flight"]);

const GOAL = 10_000;
const ACCOUNT = "AC00000000000000000000000000000001";
const TOKEN = "sandbox-auth-token";
const HEADERS = {
  authorization: `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString("base64")}`,
  "content-type": "application/x-www-form-urlencoded",
};

async function started(stateFile: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../sandbox/server.ts")], {
    env: { ...process.env, SANDBOX_PORT: "0", SANDBOX_STATE_FILE: stateFile },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    return { child, url: (JSON.parse(line) as { url: string }).url };
  }
  throw new Error("The sandbox ended before it was ready.");
}

const formOf = (index: number): string =>
  new URLSearchParams({
    To: `+57300${String(1_000_000 + index)}`,
    From: `+1500555${String(1000 + (index % 16))}`,
    Body: `Hola ${index}, ¡me encantaría presentarte nuestro nuevo proyecto en Altos de Los Rosales, Barranquilla!`,
  }).toString();

async function round(withFile: boolean): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), "campanile-sandbox-"));
  const { child, url } = await started(withFile ? join(folder, "state.jsonl") : "");
  const pool = new Pool(url, { connections: inFlight, pipelining: 1 });
  try {
    const before = await usageOf(child);
    const begin = process.hrtime.bigint();
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < messages; index = next++) {
        const answer = await pool.request({
          method: "POST",
          path: `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
          headers: HEADERS,
          body: formOf(index),
        });
        await answer.body.dump();
        if (answer.statusCode !== 201) throw new Error(`create answered ${answer.statusCode}`);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    const after = await usageOf(child);
    const asked = process.hrtime.bigint();
    const ledger = (await (await pool.request({ method: "GET", path: "/_sandbox/ledger" })).body.json()) as {
      accepted: number;
    };
    if (ledger.accepted !== messages) throw new Error(`ledger says ${ledger.accepted} of ${messages}`);
    return {
      creates_per_s: Math.round(messages / seconds),
      cpu_us_per_create: Math.round(((after.cpuMs - before.cpuMs) * 1000) / messages),
      rss_mb: after.rssMb,
      ledger_ms: Math.round(Number(process.hrtime.bigint() - asked) / 1e6),
    };
  } finally {
    await pool.destroy();
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

/** CPU time and memory of the child as the kernel counts them. */
async function usageOf(child: ChildProcess): Promise<{ cpuMs: number; rssMb: number }> {
  const stat = (await readFile(`/proc/${child.pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  const ticks = Number(stat[11]) + Number(stat[12]);
  return { cpuMs: ticks * 10, rssMb: Math.round((Number(stat[21]) * 4096) / 2 ** 20) };
}

const results: {
  case: string;
  metric: string;
  unit: string;
  min: number;
  median: number;
  max: number;
  goal: number | null;
}[] = [];
for (const [name, withFile] of [
  ["memory", false],
  ["journal", true],
] as const) {
  const rounds: Round[] = [];
  for (let i = 0; i < Number(values.rounds); i++) rounds.push(await round(withFile));
  const units = { creates_per_s: "1/s", cpu_us_per_create: "µs", rss_mb: "MiB", ledger_ms: "ms" } as const;
  for (const metric of Object.keys(units) as (keyof Round)[]) {
    const sorted = rounds.map((one) => one[metric]).sort((one, other) => one - other);
    const middle = sorted[Math.floor(sorted.length / 2)] as number;
    const goal = metric === "creates_per_s" ? GOAL : null;
    results.push({
      case: name,
      metric,
      unit: units[metric],
      min: sorted[0] as number,
      median: middle,
      max: sorted.at(-1) as number,
      goal,
    });
  }
}
if (values.json) process.stdout.write(`${JSON.stringify({ name: "sandbox", results })}\n`);
else {
  process.stdout.write(
    `sandbox: ${messages} creates, ${inFlight} in flight, ${cpus()[0]?.model ?? "unknown CPU"}\n`,
  );
  console.table(results);
}
