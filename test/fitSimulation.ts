import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { randomOf } from "./leadSimulation.ts";

const DAY = 86_400_000;
const DAYS = 150;

/**
 * A business whose buyers look and come rather than talk: before they buy they read and visit, and write no more than
 * others do. Once they have bought they write a great deal: whoever looks at that takes talk for what foretells.
 */
export async function insertQuietBuyers(db: Db, workspaceId: string, seed: number, count: number) {
  const random = randomOf(seed);
  const now = Date.now();
  const day = (days: number) => new Date(now - days * DAY);
  const people = Array.from({ length: count }, () => ({
    id: randomUUID(),
    buys: random() < 0.13,
    on: 20 + 60 * random(),
  }));
  const sent: { id: string; at: Date; read: Date | null; replied: Date | null }[] = [];
  const said: { id: string; at: Date; intent: string }[] = [];
  const came: { id: string; at: Date; outcome: string }[] = [];
  for (const { id, buys, on } of people) {
    for (let ago = DAYS - 7 * random(); ago > 0; ago -= 7) {
      const eager = buys && ago > on && ago < on + 40;
      const after = buys && ago < on;
      const replied = random() < (after ? 0.8 : 0.15) ? day(ago - 0.1 * random()) : null;
      sent.push({
        id,
        at: day(ago),
        read: random() < (eager ? 0.75 : 0.35) ? day(ago - 0.02) : null,
        replied,
      });
      if (replied !== null || random() < (after ? 0.6 : 0.1))
        said.push({ id, at: day(ago - 0.2 * random()), intent: after ? "booking" : "question" });
    }
    if (random() < (buys ? 0.5 : 0.1))
      came.push({ id, at: day(on + 14 + 14 * random()), outcome: "visited" });
    if (buys) came.push({ id, at: day(on), outcome: "purchased" });
  }
  await sql`
    insert into contacts (id, workspace_id, identity, phone, phone_type, country)
    select id, ${workspaceId}::uuid, 'tel:' || id, '+573001234567', 'mobile', 'CO'
    from unnest(${people.map(({ id }) => id)}::uuid[]) id`.execute(db);
  await sql`
    insert into messages (workspace_id, contact_id, direction, channel, state, created_at, delivered_at, read_at, replied_at)
    select ${workspaceId}::uuid, u.id, 'out', 'whatsapp', 'delivered', u.at, u.at, u.read, u.replied
    from unnest(${sent.map(({ id }) => id)}::uuid[], ${sent.map(({ at }) => at)}::timestamptz[],
      ${sent.map(({ read }) => read)}::timestamptz[], ${sent.map(({ replied }) => replied)}::timestamptz[])
      u (id, at, read, replied)`.execute(db);
  await insertTalk(db, workspaceId, said);
  await sql`
    insert into conversions (workspace_id, contact_id, outcome, at)
    select ${workspaceId}::uuid, u.id, u.outcome, u.at from unnest(${came.map(({ id }) => id)}::uuid[],
      ${came.map(({ outcome }) => outcome)}::text[], ${came.map(({ at }) => at)}::timestamptz[]) u (id, outcome, at)`.execute(
    db,
  );
  await sql`analyze contacts, messages, conversions, conversation_bursts`.execute(db);
  return people;
}

async function insertTalk(
  db: Db,
  workspaceId: string,
  said: readonly { id: string; at: Date; intent: string }[],
): Promise<void> {
  await sql`
    with said as materialized (
      select u.* from unnest(${said.map(({ id }) => id)}::uuid[], ${said.map(({ at }) => at)}::timestamptz[],
        ${said.map(({ intent }) => intent)}::text[]) u (id, at, intent)
    ), sender as (
      insert into senders (workspace_id, channel, address) values (${workspaceId}::uuid, 'whatsapp', ${workspaceId})
      returning id
    ), threads as (
      insert into conversations (workspace_id, channel, contact_id, sender_id, address, last_inbound_at, state, status)
      select ${workspaceId}::uuid, 'whatsapp', said.id, sender.id, said.id::text, max(said.at), 'closed', 'inactive'
      from said, sender group by said.id, sender.id
      returning id, contact_id
    ), words as (
      insert into messages (workspace_id, contact_id, conversation_id, direction, channel, state, created_at)
      select ${workspaceId}::uuid, said.id, t.id, 'in', 'whatsapp', 'received', said.at
      from said join threads t on t.contact_id = said.id
    )
    insert into conversation_bursts (last_message_id, workspace_id, conversation_id, messages, started_at, ended_at, outcome,
      intent, sentiment, confidence)
    select uuidv7(), ${workspaceId}::uuid, t.id, 1, said.at, said.at, 'left', said.intent, 'neutral', 80
    from said join threads t on t.contact_id = said.id`.execute(db);
}
