import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { type Ask, client } from "../tools/client.ts";
import { type Rig, startRig } from "../tools/rig.ts";
import { type Stage, setStage } from "../tools/stage.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const LATENCY_MS = 50;
const REPLIES = 200;
const EVERY_MS = 200;
const GOAL_P95_MS = 1_000;
/** What Twilio takes of a WhatsApp number. */
const RATE_PER_SECOND = 80;
const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/**
 * Replies through the API while a campaign waits on the same sender: from the request to the provider's acceptance, by
 * the sandbox's clock, which is this machine's. The sender goes at the channel's rate; its hour and day allow it all.
 */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const bulk = context.size(50_000);
  const rounds: Record<keyof typeof SHARES | "bulk", number[]> = { p50: [], p95: [], p99: [], bulk: [] };
  for (let round = 0; round < context.rounds; round++) {
    const { latencies, waiting } = await oneRound(bulk);
    for (const [name, share] of Object.entries(SHARES) as [keyof typeof SHARES, number][])
      rounds[name].push(latencies[Math.floor((latencies.length - 1) * share)] ?? Infinity);
    rounds.bulk.push(waiting);
    context.say(
      `round ${round + 1}: p50 ${rounds.p50.at(-1)} ms, p95 ${rounds.p95.at(-1)} ms, ${waiting} wait at the end`,
    );
  }
  return [
    figure("under bulk", "p50", "ms", rounds.p50),
    figure("under bulk", "p95", "ms", rounds.p95, GOAL_P95_MS),
    figure("under bulk", "p99", "ms", rounds.p99),
    figure("under bulk", "bulk_waiting_at_the_end", "messages", rounds.bulk),
  ];
}

async function oneRound(bulk: number): Promise<{ latencies: number[]; waiting: number }> {
  const rig = await startRig({ workers: 1 });
  try {
    const sandbox = client(rig.sandboxUrl);
    const stage = await setStage(rig.database.db, {
      apiUrl: rig.apiUrl,
      people: bulk,
      senders: 1,
      sender: { gap_min_ms: null, gap_max_ms: null, rate_per_second: RATE_PER_SECOND },
      settings: { conversations: { mode: "manual" } },
    });
    await sandbox("POST /_sandbox/faults", { latency: { fixed_ms: LATENCY_MS } });
    await sandbox("POST /_sandbox/behaviours", { match: { all: true }, outcome: "silent" });
    const conversations = await someoneWrites(rig, stage, sandbox);
    await bulkUnderWay(rig, stage, bulk);
    const latencies = await reply(stage, sandbox, conversations);
    const { rows } = await sql<{ n: number }>`select count(*) as n from messages
      where sender_id = ${stage.senderIds[0]} and due_at is not null`.execute(rig.database.db);
    return { latencies, waiting: rows[0]?.n ?? 0 };
  } finally {
    await rig.close();
  }
}

interface Conversation {
  id: string;
  address: string;
}

/** People who are not in the campaign write to the sender, so that there is something to answer. */
async function someoneWrites(rig: Rig, { ask, senderIds }: Stage, sandbox: Ask): Promise<Conversation[]> {
  const { address } = await ask(`GET /v1/senders/${senderIds[0]}`);
  const to = `whatsapp:${address}`;
  await sandbox("POST /_sandbox/numbers", {
    address: to,
    inbound_url: `${rig.apiUrl}/webhooks/twilio/inbound`,
  });
  for (let i = 0; i < REPLIES; i++)
    await sandbox("POST /_sandbox/inbound", {
      from: `whatsapp:+57399${String(i).padStart(7, "0")}`,
      to,
      body: "¿Dónde queda?",
    });
  const { rows } = await sql<Conversation>`
    select id, address from conversations where sender_id = ${senderIds[0]} order by id`.execute(
    rig.database.db,
  );
  if (rows.length !== REPLIES) throw new Error(`${rows.length} conversations of ${REPLIES} were opened`);
  return rows;
}

/** The whole campaign is planned and the sender is at it. */
async function bulkUnderWay(rig: Rig, stage: Stage, bulk: number): Promise<void> {
  const { id } = await stage.ask("POST /v1/campaigns", {
    name: "Bench",
    channel: "whatsapp",
    template_id: stage.templateId,
    list_ids: [stage.listId],
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  for (let tries = 0; tries < 600; tries++) {
    await sleep(500);
    const { rows } = await sql<{ planned: boolean; sent: boolean }>`
      select planned_at is not null as planned,
        exists (select from messages where campaign_id = ${id} and state = 'accepted') as sent
      from campaigns where id = ${id}`.execute(rig.database.db);
    if (rows[0]?.planned && rows[0].sent) return;
  }
  throw new Error(`The campaign to ${bulk} people was not under way within five minutes`);
}

/** Answers one conversation after another at a steady pace; milliseconds to the acceptance of each, in ascending order. */
async function reply(
  { ask }: Stage,
  sandbox: Ask,
  conversations: readonly Conversation[],
): Promise<number[]> {
  const asked = new Map<string, number>();
  const since = Date.now();
  await Promise.all(
    conversations.map(async ({ id, address }, turn) => {
      await sleep(turn * EVERY_MS);
      asked.set(`whatsapp:${address}`, Date.now());
      await ask(`POST /v1/conversations/${id}/messages`, { body: "Queda en la calle 84 con carrera 50." });
    }),
  );
  for (let tries = 0; tries < 300; tries++) {
    const accepted = await acceptedSince(sandbox, since);
    const latencies = accepted.flatMap(({ to, accepted_at_ms }) => {
      const began = asked.get(to);
      return began === undefined ? [] : [accepted_at_ms - began];
    });
    if (latencies.length >= conversations.length) return latencies.sort((a, b) => a - b);
    await sleep(200);
  }
  throw new Error("Replies were not accepted within a minute");
}

async function acceptedSince(sandbox: Ask, since: number): Promise<{ to: string; accepted_at_ms: number }[]> {
  const all: { to: string; accepted_at_ms: number }[] = [];
  for (let cursor: string | null = "0"; cursor !== null; ) {
    const page: { messages: typeof all; next_cursor: string | null } = await sandbox(
      `GET /_sandbox/messages?direction=outbound-api&since=${since}&limit=10000&cursor=${cursor}`,
    );
    all.push(...page.messages);
    cursor = page.next_cursor;
  }
  return all;
}
