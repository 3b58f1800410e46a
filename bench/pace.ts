import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { sql } from "kysely";
import { client } from "../tools/client.ts";
import { type Rig, startRig } from "../tools/rig.ts";
import { type Stage, setStage } from "../tools/stage.ts";
import { senderWorkflowId } from "../workflows/handles.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const GOAL_EVENTS = 12;
/** The creation of the senders, their first wakes and the planning are not the pace. */
const WARM_UP_MS = 15_000;

/**
 * What senders leave in Temporal's histories, on the whole system and in real time: as many as there are rounds, side by
 * side at a human pace, and one that has nothing to send. For ten minutes; after `--size` minutes instead, the figures
 * are scaled to ten, and those of the idle one to an hour in any case.
 */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const minutes = context.size(10);
  const rig = await startRig({ workers: 1 });
  try {
    // 2 to 5 s between two messages: not more than 30 a minute.
    const stage = await setStage(rig.database.db, {
      apiUrl: rig.apiUrl,
      people: context.rounds * (minutes + 1) * 30,
      senders: context.rounds + 1,
      sender: { gap_min_ms: null, gap_max_ms: null },
    });
    await client(rig.sandboxUrl)("POST /_sandbox/behaviours", { match: { all: true }, outcome: "delivered" });
    const [idle = "", ...busy] = stage.senderIds;
    await campaignBy(stage, busy);
    await sleep(WARM_UP_MS);
    const before = await look(rig, [idle, ...busy]);
    for (let minute = 1; minute <= minutes; minute++) {
      await sleep(60_000);
      context.say(`minute ${minute} of ${minutes}`);
    }
    const after = await look(rig, [idle, ...busy]);
    const grown = (of: "events" | "messages", in_minutes: number) =>
      after[of].map((now, i) => ((now - (before[of][i] ?? 0)) * in_minutes) / minutes);
    const [idleEvents = Infinity] = grown("events", 60);
    return [
      figure("human pace", "events_in_10_minutes", "events", grown("events", 10).slice(1), GOAL_EVENTS),
      figure("human pace", "messages_in_10_minutes", "messages", grown("messages", 10).slice(1)),
      figure("idle", "events_in_an_hour", "events", [idleEvents], 0),
    ];
  } finally {
    await rig.close();
  }
}

async function campaignBy({ ask, templateId, listId }: Stage, sender_ids: string[]): Promise<void> {
  const { id } = await ask("POST /v1/campaigns", {
    name: "Bench",
    channel: "whatsapp",
    template_id: templateId,
    list_ids: [listId],
    sender_ids,
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  while ((await ask(`GET /v1/campaigns/${id}`)).planned_at === null) await sleep(500);
}

/** Events in the histories of these senders' runs, and the messages they have sent. */
async function look(
  rig: Rig,
  senderIds: readonly string[],
): Promise<{ events: number[]; messages: number[] }> {
  const connection = await Connection.connect({ address: rig.temporalAddress });
  try {
    const { workflow } = new Client({ connection });
    const events = senderIds.map(
      async (id) => (await workflow.getHandle(senderWorkflowId(id)).describe()).historyLength,
    );
    const messages = senderIds.map(async (id) => {
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from attempts where sender_id = ${id}`.execute(rig.database.db);
      return rows[0]?.n ?? 0;
    });
    return { events: await Promise.all(events), messages: await Promise.all(messages) };
  } finally {
    await connection.close();
  }
}
