import { sql } from "kysely";
import { answerDue } from "../domain/businessHours.ts";
import { parseCsat } from "../domain/csat.ts";
import type { InboundMessage } from "../domain/inboundMessage.ts";
import type { Tx } from "./connect.ts";
import { recordCsat } from "./csat.ts";
import type { SenderWritten } from "./inboundPhone.ts";

/** When the person wrote: what the 24-hour window counts from. Null where nobody has. */
export const momentOf = ({ mail, sentAt }: InboundMessage) => {
  if (mail?.automatic === true) return sql<Date | null>`null::timestamptz`;
  return sentAt === null ? sql<Date>`now()` : sql<Date>`least(${sentAt}::timestamptz, now())`;
};

/** A thread as an inbound message leaves it. */
export interface ThreadWritten {
  id: string;
  /** Whether somebody or something has to answer. */
  waits: boolean;
  /** Until the burst is over. */
  burstMs: number;
}

/**
 * The thread with this person on this sender, new or known, with the message counted and what it starts: the burst, the
 * wait for an answer, perhaps another round of a closed conversation. Undefined where the message is known already.
 */
export async function openThread(
  tx: Tx,
  workspaceId: string,
  on: { contactId: string; sender: SenderWritten; address: string; message: InboundMessage; silent: boolean },
): Promise<ThreadWritten | undefined> {
  const { sender, message, address } = on;
  const { channel, providerSid, body } = message;
  const { burst_ms, burst_most_ms, hours, sla } = sender.settings.conversations;
  const silent =
    on.silent || (await isRating(tx, workspaceId, { channel, address, senderId: sender.id, body }));
  const due = answerDue(hours, sender.time_zone, sender.now, sla.next_minutes);
  const at = momentOf(message);
  const speaks = sql`(not ${silent}::boolean and c.status <> 'blocked')`;
  const again = sql`(${speaks} and c.state = 'closed')`;
  const burst = (since: unknown) => sql`least(now() + ${burst_ms} * interval '1 millisecond',
    ${since} + ${burst_most_ms} * interval '1 millisecond')`;
  const { rows } = await sql<{ id: string; status: string; burst_ms: number | null }>`
    with stuck as (
      insert into sender_assignments (workspace_id, channel, address, sender_id)
      values (${workspaceId}, ${channel}, ${address}, ${sender.id})
      on conflict (workspace_id, channel, address) do nothing
    )
    insert into conversations as c (workspace_id, channel, contact_id, sender_id, address, last_inbound_at, unread_count,
      state, first_inbound_at, awaiting_since, burst_started_at, burst_due_at)
    select ${workspaceId}, ${channel}, ${on.contactId}, ${sender.id}, ${address}, ${at}, 1,
      case when ${silent}::boolean then 'pending' else 'open' end, ${at}, case when not ${silent}::boolean then ${at} end,
      case when not ${silent}::boolean then now() end, case when not ${silent}::boolean then ${burst(sql`now()`)} end
    where not exists (select from messages where provider_sid = ${providerSid})
    on conflict (workspace_id, channel, address, sender_id) do update set
      last_inbound_at = greatest(c.last_inbound_at, excluded.last_inbound_at),
      unread_count = c.unread_count + 1,
      updated_at = now(),
      status = case when c.status = 'inactive' then 'active' else c.status end,
      state = case when ${speaks} then 'open' else c.state end,
      reopened_count = c.reopened_count + ${again}::int,
      closed_at = case when ${again} then null else c.closed_at end,
      closed_by = case when ${again} then null else c.closed_by end,
      outcome = case when ${again} then null else c.outcome end,
      assignee_id = case when ${again} then null else c.assignee_id end,
      assigned_at = case when ${again} then null else c.assigned_at end,
      first_inbound_at = case when ${again} then excluded.last_inbound_at
        else coalesce(c.first_inbound_at, excluded.last_inbound_at) end,
      first_answered_at = case when ${again} then null else c.first_answered_at end,
      first_response_seconds = case when ${again} then null else c.first_response_seconds end,
      awaiting_since = case when ${speaks} then coalesce(c.awaiting_since, excluded.last_inbound_at)
        else c.awaiting_since end,
      answer_due_at = case when ${speaks} and not ${again} and (c.handed_off_at is not null or c.assignee_id is not null)
        then coalesce(c.answer_due_at, ${due}::timestamptz) else c.answer_due_at end,
      close_due_at = case when ${speaks} then null else c.close_due_at end,
      burst_started_at = case when ${speaks} then coalesce(c.burst_started_at, now()) else c.burst_started_at end,
      burst_due_at = case when ${speaks} then ${burst(sql`coalesce(c.burst_started_at, now())`)}
        else c.burst_due_at end
    returning c.id, c.status, ceil(extract(epoch from c.burst_due_at - now()) * 1000)::int as burst_ms`.execute(
    tx,
  );
  const thread = rows[0];
  if (thread === undefined) return undefined;
  const waits = !silent && thread.status !== "blocked";
  return { id: thread.id, waits, burstMs: Math.max(0, thread.burst_ms ?? 0) };
}

/** A figure that answers our question for one is taken for it, and needs no answer. */
async function isRating(
  tx: Tx,
  workspaceId: string,
  on: { channel: string; address: string; senderId: string; body: string },
): Promise<boolean> {
  if (parseCsat(on.body) === undefined) return false;
  const asked = await tx
    .selectFrom("conversations")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("channel", "=", on.channel)
    .where("address", "=", on.address)
    .where("sender_id", "=", on.senderId)
    .where("csat_requested_at", "is not", null)
    .where("csat_at", "is", null)
    .executeTakeFirst();
  return asked !== undefined && (await recordCsat(tx, workspaceId, asked.id, on.body));
}
