import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Pool } from "undici";

// How many creates a second the stand-in takes as a process of its own, so that it is known not to be what
// a benchmark of sending measures. One case in memory, one with its journal on disk; for mail, a recipient is
// what counts, a thousand to a call, whose events are posted meanwhile.

interface Round {
  per_s: number;
  cpu_us_each: number;
  rss_mb: number;
  ledger_ms: number;
}

interface Load {
  /** How many calls, and how many messages each is. */
  calls: number;
  each: number;
  inFlight: number;
  ledger: string;
  request(index: number): { path: string; headers: Record<string, string>; body: string };
  accepted: number;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    messages: { type: "string", default: "50000" },
    recipients: { type: "string", default: "100000" },
    "in-flight": { type: "string", default: "200" },
    rounds: { type: "string", default: "3" },
  },
});

const GOAL = 10_000;
const ACCOUNT = "AC00000000000000000000000000000001";
const TOKEN = "sandbox-auth-token";
const PER_CALL = 1_000;

const messages: Load = {
  calls: Number(values.messages),
  each: 1,
  inFlight: Number(values["in-flight"]),
  ledger: "/_sandbox/ledger",
  accepted: 201,
  request: (index) => ({
    path: `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
    headers: {
      authorization: `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({
      To: `+57300${String(1_000_000 + index)}`,
      From: `+1500555${String(1000 + (index % 16))}`,
      Body: `Hola ${index}, ¡me encantaría presentarte nuestro nuevo proyecto en Altos de Los Rosales, Barranquilla!`,
    }).toString(),
  }),
};

const mail: Load = {
  calls: Math.ceil(Number(values.recipients) / PER_CALL),
  each: PER_CALL,
  inFlight: 4,
  ledger: "/_sandbox/mail/ledger",
  accepted: 202,
  request: (index) => ({
    path: "/v3/mail/send",
    headers: { authorization: "Bearer SG.sandbox.key-of-the-sandbox", "content-type": "application/json" },
    body: JSON.stringify({
      from: { email: "hola@tienda.example.com" },
      subject: "Hola -s1-",
      content: [{ type: "text/html", value: `<p>Hola -s1-</p>${"<p>Altos de Los Rosales</p>".repeat(400)}` }],
      personalizations: Array.from({ length: PER_CALL }, (_, n) => ({
        to: [{ email: `persona.${index * PER_CALL + n}@correo.example.com` }],
        custom_args: { workspace: "w".repeat(36), message: `${index}-${n}`.padEnd(36, "m"), n: "1" },
        substitutions: { "-s1-": `Persona ${n}`, "-s2-": `https://t.example.com/u/${"t".repeat(120)}${n}` },
        headers: { "List-Unsubscribe": `<https://t.example.com/u/${"t".repeat(120)}${n}>` },
      })),
    }),
  }),
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

/** Takes in the events of mail, and looks at nothing. */
async function startSink(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close().closeAllConnections() };
}

async function round(load: Load, withFile: boolean): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), "campanile-sandbox-"));
  const { child, url } = await started(withFile ? join(folder, "state.jsonl") : "");
  const pool = new Pool(url, { connections: load.inFlight, pipelining: 1 });
  const sink = await startSink();
  try {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ url: sink.url });
    await (await pool.request({ method: "POST", path: "/_sandbox/mail/webhook", headers, body })).body.dump();
    const before = await usageOf(child);
    const begin = process.hrtime.bigint();
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < load.calls; index = next++) {
        const answer = await pool.request({ method: "POST", ...load.request(index) });
        await answer.body.dump();
        if (answer.statusCode !== load.accepted) throw new Error(`create answered ${answer.statusCode}`);
      }
    };
    await Promise.all(Array.from({ length: load.inFlight }, lane));
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    const asked = process.hrtime.bigint();
    let ledger = await ledgerOf(pool, load.ledger);
    const ledgerMs = Number(process.hrtime.bigint() - asked) / 1e6;
    const all = load.calls * load.each;
    if (ledger.accepted !== all) throw new Error(`ledger says ${ledger.accepted} of ${all}`);
    // What came of it is part of its work.
    for (; ledger.pending > 0; ledger = await ledgerOf(pool, load.ledger)) await sleep(100);
    const after = await usageOf(child);
    return {
      per_s: Math.round(all / seconds),
      cpu_us_each: Math.round(((after.cpuMs - before.cpuMs) * 1000) / all),
      rss_mb: after.rssMb,
      ledger_ms: Math.round(ledgerMs),
    };
  } finally {
    await pool.destroy();
    sink.close();
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

async function ledgerOf(pool: Pool, path: string): Promise<{ accepted: number; pending: number }> {
  const answer = await pool.request({ method: "GET", path });
  return (await answer.body.json()) as { accepted: number; pending: number };
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
const metrics = {
  per_s: ["creates_per_s", "recipients_per_s", "1/s"],
  cpu_us_each: ["cpu_us_per_create", "cpu_us_per_recipient", "µs"],
  rss_mb: ["rss_mb", "rss_mb", "MiB"],
  ledger_ms: ["ledger_ms", "ledger_ms", "ms"],
} as const;
for (const [name, load, withFile] of [
  ["memory", messages, false],
  ["journal", messages, true],
  ["mail-memory", mail, false],
  ["mail-journal", mail, true],
] as const) {
  const rounds: Round[] = [];
  for (let i = 0; i < Number(values.rounds); i++) rounds.push(await round(load, withFile));
  for (const key of Object.keys(metrics) as (keyof Round)[]) {
    const sorted = rounds.map((one) => one[key]).sort((one, other) => one - other);
    const [ofMessages, ofMail, unit] = metrics[key];
    results.push({
      case: name,
      metric: load === mail ? ofMail : ofMessages,
      unit,
      min: sorted[0] as number,
      median: sorted[Math.floor(sorted.length / 2)] as number,
      max: sorted.at(-1) as number,
      goal: key === "per_s" ? GOAL : null,
    });
  }
}
if (values.json) process.stdout.write(`${JSON.stringify({ name: "sandbox", results })}\n`);
else {
  process.stdout.write(
    `sandbox: ${messages.calls} creates, ${messages.inFlight} in flight; ${mail.calls * PER_CALL} recipients of mail, ${mail.inFlight} calls in flight; ${cpus()[0]?.model ?? "unknown CPU"}\n`,
  );
  console.table(results);
}
