import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { sql } from "kysely";
import { Pool } from "undici";
import { type Rig, startRig } from "../tools/rig.ts";
import { type Stage, setStage } from "../tools/stage.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const SENDERS = 16;
const IN_FLIGHT = 100;
const BURST_MS = 1_000;
/** Of the second part: people who write each second while a campaign goes out, and for how long. */
const PER_SECOND = 10;
const SECONDS = 30;
const CAMPAIGN = 30_000;
const QUESTION = "¿me dan el precio?";

const SETTINGS = { conversations: { burst_ms: BURST_MS, assignment: "none" } };

/**
 * What people write, as signed webhooks: taken as fast as it goes and worked off by Temporal's dev server afterwards;
 * then at a steady pace under a bulk campaign, from the end of each burst to the answer that the provider has accepted.
 */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const people = context.size(1_500);
  const flood: Flood[] = [];
  const steady: Steady[] = [];
  for (let round = 0; round < context.rounds; round++) {
    flood.push(await onRig((rig) => flooded(rig, people)));
    context.say(`flood, round ${round + 1}: ${JSON.stringify(flood.at(-1))}`);
    steady.push(await onRig(underCampaign));
    context.say(`steady, round ${round + 1}: ${JSON.stringify(steady.at(-1))}`);
  }
  const of = (name: keyof Flood) => flood.map((figures) => figures[name]);
  const under = (name: keyof Steady) => steady.map((figures) => figures[name]);
  const calm = `${PER_SECOND}/s under a campaign`;
  return [
    figure("flood", "inbound_per_s", "1/s", of("inbound_per_s"), 300),
    figure("flood", "lost", "messages", of("lost"), 0),
    figure("flood", "conversations_per_s", "1/s", of("conversations_per_s"), 12),
    figure("flood", "workflow_tasks_per_conversation", "tasks", of("workflow_tasks")),
    figure("flood", "events_per_conversation", "events", of("events")),
    figure("flood", "temporal_cpu_ms_per_conversation", "ms", of("temporal_cpu_ms")),
    figure("flood", "worker_cpu_ms_per_conversation", "ms", of("worker_cpu_ms")),
    figure("flood", "pg_cpu_ms_per_conversation", "ms", of("pg_cpu_ms")),
    figure(calm, "answer_p50", "ms", under("p50")),
    figure(calm, "answer_p95", "ms", under("p95"), 1_500),
    figure(calm, "unanswered", "people", under("unanswered"), 0),
    figure(calm, "bulk_messages_per_s", "1/s", under("bulk_per_s")),
  ];
}

async function onRig<Figures>(measure: (rig: Rig) => Promise<Figures>): Promise<Figures> {
  const rig = await startRig({ workers: 1 });
  try {
    return await measure(rig);
  } finally {
    await rig.close();
  }
}

async function staged(rig: Rig, people: number): Promise<{ stage: Stage; senders: string[] }> {
  const { db } = rig.database;
  const stage = await setStage(db, { apiUrl: rig.apiUrl, people, senders: SENDERS, settings: SETTINGS });
  await stage.ask("POST /v1/keyword-answers", {
    keywords: ["precio"],
    match: "contains",
    body: "Hola {name|amigo}: desde 320 millones.",
  });
  const senders = await db
    .selectFrom("senders")
    .select("address")
    .where("workspace_id", "=", stage.workspaceId)
    .orderBy("id")
    .execute();
  return { stage, senders: senders.map((sender) => sender.address) };
}

/** Writes to our webhook as Twilio does; resolves with whether it was taken. */
function writerTo(rig: Rig, senders: readonly string[]) {
  const pool = new Pool(rig.apiUrl, { connections: IN_FLIGHT, pipelining: 1 });
  const path = "/webhooks/twilio/inbound";
  return {
    async write(person: number): Promise<boolean> {
      const form: Record<string, string> = {
        AccountSid: rig.account.accountSid,
        Body: QUESTION,
        From: `whatsapp:+57${3_000_000_000 + person}`,
        MessageSid: `SM${String(person).padStart(32, "0")}`,
        NumMedia: "0",
        To: `whatsapp:${senders[person % senders.length]}`,
      };
      const signed = Object.keys(form)
        .sort()
        .reduce((text, name) => text + name + form[name], rig.apiUrl + path);
      const { statusCode, body } = await pool.request({
        method: "POST",
        path,
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          "x-twilio-signature": createHmac("sha1", rig.account.authToken).update(signed).digest("base64"),
        },
        body: new URLSearchParams(form).toString(),
      });
      await body.dump();
      return statusCode === 200;
    },
    close: () => pool.close(),
  };
}

interface Flood {
  inbound_per_s: number;
  lost: number;
  conversations_per_s: number;
  workflow_tasks: number;
  events: number;
  temporal_cpu_ms: number;
  worker_cpu_ms: number;
  pg_cpu_ms: number;
}

async function flooded(rig: Rig, people: number): Promise<Flood> {
  const { stage, senders } = await staged(rig, people);
  const writer = writerTo(rig, senders);
  const cpu = (name: string) => cpuMsOf([rig.parts.get(name)?.pid ?? -1]);
  const used = () => ({ temporal: cpu("temporal"), worker: cpu("worker-1"), postgres: cpu("postgres") });
  const before = used();
  const began = performance.now();
  const waiting = Array.from({ length: people }, (_, person) => person);
  let taken = 0;
  const post = async () => {
    for (let person = waiting.pop(); person !== undefined; person = waiting.pop())
      if (await writer.write(person)) taken += 1;
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, post));
  const seconds = (performance.now() - began) / 1_000;
  await writer.close();
  const handled = await allHandled(rig, stage.workspaceId, taken);
  const after = used();
  const { rows } = await sql<{ stored: number }>`select count(*) as stored from messages
    where workspace_id = ${stage.workspaceId} and direction = 'in'`.execute(rig.database.db);
  const history = await historyOf(rig, stage.workspaceId);
  return {
    inbound_per_s: taken / seconds,
    lost: people - (rows[0]?.stored ?? 0),
    conversations_per_s: taken / ((handled - began) / 1_000),
    ...history,
    temporal_cpu_ms: (after.temporal - before.temporal) / taken,
    worker_cpu_ms: (after.worker - before.worker) / taken,
    pg_cpu_ms: (after.postgres - before.postgres) / taken,
  };
}

/** The moment at which every burst is handled and every answer accepted. */
async function allHandled(rig: Rig, workspaceId: string, bursts: number): Promise<number> {
  for (const deadline = performance.now() + 600_000; performance.now() < deadline; await sleep(250)) {
    const { rows } = await sql<{ handled: number }>`select count(*) as handled from conversation_bursts b
      join messages m on m.id = b.answer_id
      where b.workspace_id = ${workspaceId} and m.accepted_at is not null`.execute(rig.database.db);
    if ((rows[0]?.handled ?? 0) >= bursts) return performance.now();
  }
  throw new Error("Not everybody has been answered within ten minutes");
}

const SAMPLE = 20;

/** What a conversation costs in Temporal up to its answer, by the histories of some. */
async function historyOf(rig: Rig, workspaceId: string): Promise<{ workflow_tasks: number; events: number }> {
  const sample = await rig.database.db
    .selectFrom("conversations")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .limit(SAMPLE)
    .execute();
  const connection = await Connection.connect({ address: rig.temporalAddress });
  try {
    const { workflow } = new Client({ connection });
    let [tasks, events] = [0, 0];
    for (const { id } of sample) {
      const history = (await workflow.getHandle(`conversation:${id}`).fetchHistory()).events ?? [];
      events += history.length;
      tasks += history.filter((event) => event.workflowTaskCompletedEventAttributes).length;
    }
    return { workflow_tasks: tasks / sample.length, events: events / sample.length };
  } finally {
    await connection.close();
  }
}

interface Steady {
  p50: number;
  p95: number;
  unanswered: number;
  bulk_per_s: number;
}

async function underCampaign(rig: Rig): Promise<Steady> {
  const { db } = rig.database;
  const { stage, senders } = await staged(rig, CAMPAIGN);
  const { id } = await stage.ask("POST /v1/campaigns", {
    name: "Bench",
    channel: "whatsapp",
    template_id: stage.templateId,
    list_ids: [stage.listId],
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  while ((await stage.ask(`GET /v1/campaigns/${id}`)).planned_at === null) await sleep(200);
  const writer = writerTo(rig, senders);
  const writing: Promise<boolean>[] = [];
  for (let person = 0; person < PER_SECOND * SECONDS; person++) {
    // Not of the campaign: who has had a message of ours within six seconds is held back by WhatsApp's rule.
    writing.push(writer.write(CAMPAIGN + person));
    await sleep(1_000 / PER_SECOND);
  }
  await Promise.all(writing);
  await writer.close();
  await sleep(10_000);
  const { rows } = await sql<{ ms: number | null }>`
    select extract(epoch from m.accepted_at - b.ended_at)::float8 * 1000 - ${BURST_MS}::float8 as ms
    from conversation_bursts b left join messages m on m.id = b.answer_id
    where b.workspace_id = ${stage.workspaceId} order by 1 nulls last`.execute(db);
  const { rows: bulk } = await sql<{ per_s: number | null }>`
    select count(accepted_at) / extract(epoch from max(accepted_at) - min(accepted_at))::float8 as per_s
    from messages where campaign_id = ${id}`.execute(db);
  const times = rows.flatMap(({ ms }) => ms ?? []);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? Number.POSITIVE_INFINITY;
  return {
    p50: at(0.5),
    p95: at(0.95),
    unanswered: PER_SECOND * SECONDS - times.length,
    bulk_per_s: bulk[0]?.per_s ?? 0,
  };
}
