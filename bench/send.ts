import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { sql } from "kysely";
import { client } from "../tools/client.ts";
import { type Rig, startRig } from "../tools/rig.ts";
import { type Stage, setStage } from "../tools/stage.ts";
import { campaignWorkflowId, senderWorkflowId } from "../workflows/handles.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const SENDERS = 16;
const LATENCY_MS = 50;
/** A provider does not wait for a slow customer with the receipts of another message. */
const RECEIPTS_AT_ONCE = 512;
const CASES = [
  { name: "inflight-200", inFlight: 200, workers: 1, receipts: false, goal: 3_000 },
  { name: "inflight-800", inFlight: 800, workers: 1, receipts: false, goal: 6_000 },
  { name: "with-receipts", inFlight: 200, workers: 1, receipts: true, goal: 1_800 },
  { name: "two-workers", inFlight: 200, workers: 2, receipts: false, goal: null },
] as const;

const GOALS = { cpu_ms_per_message: 0.13, pg_cpu_ms_per_message: 0.08, events_per_1000: 30 } as const;
const UNITS = {
  messages_per_s: "1/s",
  cpu_ms_per_message: "ms",
  pg_cpu_ms_per_message: "ms",
  events_per_1000: "events",
} as const;

type Figures = Record<keyof typeof UNITS, number>;

/** A planned campaign sent through the whole system, each part a process of its own; planning has its own benchmark. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const messages = context.size(50_000);
  const results: BenchResult[] = [];
  for (const which of CASES) {
    const rounds: Figures[] = [];
    for (let round = 0; round < context.rounds; round++) {
      rounds.push(await oneRound(which, messages));
      context.say(`${which.name}, round ${round + 1}: ${JSON.stringify(rounds.at(-1))}`);
    }
    for (const metric of Object.keys(UNITS) as (keyof Figures)[]) {
      const goal = metric === "messages_per_s" ? which.goal : which.receipts ? null : GOALS[metric];
      results.push(
        figure(
          which.name,
          metric,
          UNITS[metric],
          rounds.map((figures) => figures[metric]),
          goal,
        ),
      );
    }
  }
  return results;
}

async function oneRound(which: (typeof CASES)[number], messages: number): Promise<Figures> {
  const rig = await startRig({ workers: which.workers, env: { SEND_CONCURRENCY: String(which.inFlight) } });
  try {
    const sandbox = client(rig.sandboxUrl);
    const stage = await setStage(rig.database.db, { apiUrl: rig.apiUrl, people: messages, senders: SENDERS });
    await sandbox("POST /_sandbox/faults", { latency: { fixed_ms: LATENCY_MS } });
    await sandbox("POST /_sandbox/settings", { callback_concurrency: RECEIPTS_AT_ONCE });
    if (!which.receipts)
      await sandbox("POST /_sandbox/behaviours", { match: { all: true }, outcome: "silent" });
    const campaignId = await planned(rig, stage);
    const of = (prefix: string) =>
      [...rig.parts].filter(([name]) => name.startsWith(prefix)).map(([, part]) => part.pid);
    const program = [...of("worker"), ...(which.receipts ? of("api") : [])];
    const before = { program: cpuMsOf(program), postgres: cpuMsOf(of("postgres")) };
    await stage.ask("POST /v1/workspace/resume-sending");
    const seconds = await allSent(rig, campaignId, messages, which.receipts);
    const after = { program: cpuMsOf(program), postgres: cpuMsOf(of("postgres")) };
    return {
      messages_per_s: messages / seconds,
      cpu_ms_per_message: (after.program - before.program) / messages,
      pg_cpu_ms_per_message: (after.postgres - before.postgres) / messages,
      events_per_1000: ((await historyEvents(rig, campaignId, stage.senderIds)) / messages) * 1_000,
    };
  } finally {
    await rig.close();
  }
}

/** The campaign with a row for everybody, held back by the stop switch. */
export async function planned(rig: Rig, stage: Stage): Promise<string> {
  await stage.ask("POST /v1/workspace/stop-sending");
  const { id } = await stage.ask("POST /v1/campaigns", {
    name: "Bench",
    channel: "whatsapp",
    template_id: stage.templateId,
    list_ids: [stage.listId],
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  while ((await stage.ask(`GET /v1/campaigns/${id}`)).planned_at === null) await sleep(200);
  // What planning has left to the database (statistics, dirty pages) is not what is measured.
  await sql`analyze messages`.execute(rig.database.db).catch(() => undefined);
  await sleep(2_000);
  return id;
}

/** Waits for the end without asking often; seconds from the first intent to the last answer, or the last receipt. */
async function allSent(rig: Rig, campaignId: string, messages: number, receipts: boolean): Promise<number> {
  for (let tries = 0; tries < 1_200; tries++) {
    await sleep(1_000);
    const { rows } = await sql<{ done: number; seconds: number }>`
      select count(*) filter (where state in ('read', 'failed', 'undelivered') or (not ${receipts} and state = 'accepted')) as done,
        extract(epoch from greatest(max(accepted_at), max(read_at)) - min(intended_at))::float8 as seconds
      from messages where campaign_id = ${campaignId}`.execute(rig.database.db);
    const [row] = rows;
    if (row !== undefined && row.done >= messages) return row.seconds;
  }
  throw new Error("The campaign has not been sent within 20 minutes");
}

async function historyEvents(rig: Rig, campaignId: string, senderIds: readonly string[]): Promise<number> {
  const connection = await Connection.connect({ address: rig.temporalAddress });
  try {
    const client = new Client({ connection });
    let events = 0;
    for (const id of [campaignWorkflowId(campaignId), ...senderIds.map(senderWorkflowId)])
      events += (await client.workflow.getHandle(id).describe()).historyLength;
    return events;
  } finally {
    await connection.close();
  }
}
