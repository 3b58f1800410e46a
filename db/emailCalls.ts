import { sql } from "kysely";
import { resolveAlert, uncertainCallCause } from "./alerts.ts";
import { type CampaignRow, findCampaignsOf } from "./campaigns.ts";
import type { Db, Tx } from "./connect.ts";
import { type Settlement, settleAttempts } from "./ledger.ts";

/** How a call with many people in it ended; all of its attempts end with it. */
export interface CallSettlement {
  id: string;
  outcome: "accepted" | "refused" | "not_sent" | "uncertain";
  settledBy: "answer" | "deadline" | "receipt" | "cancelled" | `operator:${string}`;
  xMessageId: string | null;
  errorCode: string | null;
}

/** A call before it is made: its id is in its attempts. */
export interface NewCall {
  id: string;
  senderId: string;
  contentId: string;
  rows: number;
}

export async function newCallIds(tx: Tx, count: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select uuidv7() as id from generate_series(1, ${count})`.execute(
    tx,
  );
  return rows.map((row) => row.id);
}

/** In the transaction that writes their attempts. */
export async function insertCalls(tx: Tx, workspaceId: string, calls: readonly NewCall[]): Promise<void> {
  if (calls.length === 0) return;
  await sql`
    insert into email_calls (id, workspace_id, sender_id, content_id, rows, intended_at)
    select u.id, ${workspaceId}::uuid, u.sender_id, u.content_id, u.rows, clock_timestamp()
    from unnest(${calls.map((c) => c.id)}::uuid[], ${calls.map((c) => c.senderId)}::uuid[],
      ${calls.map((c) => c.contentId)}::uuid[], ${calls.map((c) => c.rows)}::int[]) u (id, sender_id, content_id, rows)`.execute(
    tx,
  );
}

/** Before the call is made, and committed: what it can be cancelled by, and until when. */
export async function noteBatch(db: Db, id: string, batch: { id: string; sendAt: Date }): Promise<void> {
  await db
    .updateTable("email_calls")
    .set({ batch_id: batch.id, send_at: batch.sendAt })
    .where("id", "=", id)
    .execute();
}

/**
 * Writes how calls ended. Locks them: whoever settles a call does so before it locks campaigns and messages. What an
 * event has settled already stays as it is. Give them in the order of their ids.
 */
export async function settleCalls(tx: Tx, calls: readonly CallSettlement[]): Promise<void> {
  if (calls.length === 0) return;
  await lockCalls(
    tx,
    calls.map((call) => call.id),
  );
  await sql`
    update email_calls c set outcome = u.outcome, x_message_id = coalesce(u.x_message_id, c.x_message_id),
      error_code = u.error_code, settled_at = case when u.outcome = 'uncertain' then null else clock_timestamp() end,
      settled_by = case when u.outcome = 'uncertain' then null else u.settled_by end
    from unnest(${calls.map((c) => c.id)}::uuid[], ${calls.map((c) => c.outcome)}::text[],
      ${calls.map((c) => c.settledBy)}::text[], ${calls.map((c) => c.xMessageId)}::text[],
      ${calls.map((c) => c.errorCode)}::text[]) u (id, outcome, settled_by, x_message_id, error_code)
    where c.id = u.id and c.outcome in ('open', 'uncertain')`.execute(tx);
}

/** Of these calls, those that nobody knows the end of; in one order, until the transaction ends. */
async function lockCalls(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from email_calls where id = any(${ids as string[]}::uuid[]) and outcome in ('open', 'uncertain')
    order by id for no key update`.execute(tx);
  return rows.map((row) => row.id);
}

/** What becomes of the messages of a call that is settled as a whole. */
const states = { accepted: "accepted", not_sent: "queued" } as const;

/**
 * Settles a call with everything in it: taken, or to go again. Gives the running campaigns that it concerns; undefined
 * where nobody is in doubt about it (any more).
 */
export async function endCall(
  tx: Tx,
  call: Pick<CallSettlement, "id" | "settledBy"> & { workspaceId: string; outcome: "accepted" | "not_sent" },
): Promise<Awaited<ReturnType<typeof findCampaignsOf>> | undefined> {
  const [id] = await lockCalls(tx, [call.id]);
  if (id === undefined) return undefined;
  await settleCalls(tx, [{ ...call, xMessageId: null, errorCode: null }]);
  const { rows } = await sql<{ message_id: string; n: number }>`
    select message_id, n from attempts where call_id = ${id} and outcome in ('open', 'uncertain')`.execute(
    tx,
  );
  const { outcome, settledBy } = call;
  const settlements = rows.map(
    (attempt): Settlement => ({
      messageId: attempt.message_id,
      n: attempt.n,
      outcome,
      settledBy,
      providerSid: null,
      errorCode: null,
      message: {
        state: states[outcome],
        dueInMs: 0,
        reason: null,
        counts: false,
        holdsRecipient: false,
      },
    }),
  );
  await settleAttempts(tx, settlements);
  await resolveAlert(tx, call.workspaceId, uncertainCallCause(id));
  return findCampaignsOf(
    tx,
    settlements.map((one) => one.messageId),
  );
}

/**
 * Events have come for these attempts, so the calls that they went out with were taken, whole. Locks calls and then
 * their messages: before anything else locks messages in this transaction. Gives the running campaigns of those that
 * were in doubt.
 */
export async function proveCalls(
  tx: Tx,
  workspaceId: string,
  attempts: readonly { messageId: string; n: number }[],
): Promise<Pick<CampaignRow, "id" | "workspace_id" | "name" | "channel" | "type">[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct c.id from unnest(${attempts.map((a) => a.messageId)}::uuid[],
      ${attempts.map((a) => a.n)}::smallint[]) u (message_id, n)
    join attempts a on a.message_id = u.message_id and a.n = u.n and a.workspace_id = ${workspaceId}
    join email_calls c on c.id = a.call_id and c.outcome in ('open', 'uncertain')
    order by c.id`.execute(tx);
  const campaigns = new Map<string, Pick<CampaignRow, "id" | "workspace_id" | "name" | "channel" | "type">>();
  for (const { id } of rows) {
    const concerned = await endCall(tx, { id, workspaceId, outcome: "accepted", settledBy: "receipt" });
    for (const campaign of concerned ?? []) campaigns.set(campaign.id, campaign);
  }
  return [...campaigns.values()];
}

/** Before doubtAbandoned marks their attempts: the calls that a slice which died has left open. */
export async function doubtAbandonedCalls(tx: Tx, senderId: string): Promise<void> {
  await sql`
    update email_calls set outcome = 'uncertain' where id in (
      select id from email_calls where sender_id = ${senderId} and settled_at is null and outcome = 'open'
      order by id for no key update)`.execute(tx);
}

const shown = [
  "id",
  "sender_id",
  "content_id",
  "rows",
  "intended_at",
  "outcome",
  "settled_at",
  "settled_by",
  "x_message_id",
  "batch_id",
  "send_at",
] as const;

/** A call that nobody knows the end of. */
export interface DoubtfulCall {
  id: string;
  rows: number;
  batch_id: string | null;
  age_ms: number;
  /** Until its batch goes out; null where it has none. */
  leaves_in_ms: number | null;
  /** Its content asks for calls that can be cancelled and made again. */
  repeatable: boolean;
}

/** Of one sender, oldest first. */
export async function findDoubtfulCalls(db: Db, senderId: string, limit: number): Promise<DoubtfulCall[]> {
  const { rows } = await sql<DoubtfulCall>`
    select c.id, c.rows, c.batch_id, (extract(epoch from clock_timestamp() - c.intended_at) * 1000)::float8 as age_ms,
      (extract(epoch from c.send_at - clock_timestamp()) * 1000)::float8 as leaves_in_ms,
      coalesce(e.envelope ? 'repeatable_minutes', false) as repeatable
    from email_calls c left join email_contents e on e.id = c.content_id
    where c.sender_id = ${senderId} and c.settled_at is null and c.outcome = 'uncertain'
    order by c.intended_at limit ${limit}`.execute(db);
  return rows;
}

/** Calls of a workspace, newest first, with the campaign of their content. */
export function listCalls(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number; outcome?: string | undefined },
) {
  let query = db
    .selectFrom("email_calls as c")
    .leftJoin("email_contents as e", "e.id", "c.content_id")
    .select(shown.map((column) => `c.${column}` as const))
    .select(["e.campaign_id", "e.language"])
    .where("c.workspace_id", "=", workspaceId);
  if (page.before !== undefined) query = query.where("c.id", "<", page.before);
  if (page.outcome !== undefined) query = query.where("c.outcome", "=", page.outcome);
  return query.orderBy("c.id", "desc").limit(page.limit).execute();
}

/** One call with its age in milliseconds; undefined where there is none. */
export function findCall(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("email_calls as c")
    .leftJoin("email_contents as e", "e.id", "c.content_id")
    .select(shown.map((column) => `c.${column}` as const))
    .select(["e.campaign_id", "e.language"])
    .select(sql<number>`(extract(epoch from clock_timestamp() - c.intended_at) * 1000)::float8`.as("age_ms"))
    .where("c.workspace_id", "=", workspaceId)
    .where("c.id", "=", id)
    .executeTakeFirst();
}
