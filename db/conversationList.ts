import { type RawBuilder, sql } from "kysely";
import type { MessageChannel } from "../domain/address.ts";
import type { Db, Tx } from "./connect.ts";
import type { ConversationState, ConversationStatus } from "./conversations.ts";
import { beginsWith, folded } from "./fold.ts";

/** A conversation as lists show it: with its person and the newest message. */
export interface ListedConversation {
  id: string;
  channel: string;
  contact_id: string;
  contact_name: string | null;
  lead_score: number | null;
  /** Since when the person is a qualified lead. */
  qualified_at: Date | null;
  sender_id: string;
  address: string;
  status: string;
  state: string;
  assignee_id: string | null;
  assigned_at: Date | null;
  tags: string[];
  language: string | null;
  unread_count: number;
  intent: string | null;
  sentiment: string | null;
  urgency: string | null;
  handed_off_at: Date | null;
  handoff_reason: string | null;
  awaiting_since: Date | null;
  answer_due_at: Date | null;
  escalated_at: Date | null;
  first_response_seconds: number | null;
  outcome: "resolved" | "escalated" | "abandoned" | "fallback" | null;
  closed_at: Date | null;
  closed_by: string | null;
  csat_requested_at: Date | null;
  csat_score: number | null;
  csat_at: Date | null;
  last_inbound_at: Date | null;
  last_outbound_at: Date | null;
  created_at: Date;
  updated_at: Date;
  drafts: number;
  last_message: { id: string; direction: string; body: string | null; state: string; at: string } | null;
  /** updated_at in microseconds: what a page goes on from. */
  updated_us: number;
}

export interface ConversationFilter {
  status?: ConversationStatus | undefined;
  state?: ConversationState | undefined;
  /** Null: nobody's. */
  assigneeId?: string | null | undefined;
  sender_id?: string | undefined;
  contact_id?: string | undefined;
  channel?: MessageChannel | undefined;
  tag?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  unread?: boolean | undefined;
  /** Somebody waits for an answer. */
  awaiting?: boolean | undefined;
  /** The person is a qualified lead. */
  qualified?: boolean | undefined;
  /** An answer waits for a person who sends or drops it. */
  draft?: boolean | undefined;
  /** In the name or the number of the person, or in what was written. */
  q?: string | undefined;
  /** `q` read as a number of the workspace's region. */
  phone?: string | undefined;
}

/** Of these, the newest that meet the other filters, all texts are searched; people are found in all. */
const SEARCHED = 1_000;
const MOST_PEOPLE = 1_000;

const columns = sql`
  c.id, c.channel, c.contact_id, p.name as contact_name, p.lead_score, q.at as qualified_at, c.sender_id, c.address, c.status, c.state, c.assignee_id,
  c.assigned_at, c.tags, c.language, c.unread_count, c.intent, c.sentiment, c.urgency, c.handed_off_at,
  c.handoff_reason, c.awaiting_since, c.answer_due_at, c.escalated_at, c.first_response_seconds, c.outcome, c.closed_at,
  c.closed_by, c.csat_requested_at, c.csat_score, c.csat_at, c.last_inbound_at, c.last_outbound_at, c.created_at,
  c.updated_at, drafts.count::int as drafts, newest.message as last_message,
  (extract(epoch from c.updated_at) * 1000000)::bigint as updated_us`;

const beside = sql`
  join contacts p on p.id = c.contact_id
  left join qualified_leads q on q.contact_id = c.contact_id and q.ended_at is null
  cross join lateral (select count(*) from conversation_drafts d
    where d.conversation_id = c.id and d.state = 'waiting') drafts
  left join lateral (
    select jsonb_build_object('id', m.id, 'direction', m.direction, 'body', m.body, 'state', m.state,
      'at', m.created_at) as message
    from messages m where m.conversation_id = c.id order by m.id desc limit 1) newest on true`;

/** Last changed first, behind `after`. */
export async function listConversations(
  db: Db | Tx,
  workspaceId: string,
  filter: ConversationFilter,
  page: { after?: { updatedUs: number; id: string } | undefined; limit: number },
): Promise<ListedConversation[]> {
  const { after } = page;
  const conditions = [...conditionsOf(filter)];
  const behind =
    after === undefined
      ? []
      : [
          sql`(c.updated_at, c.id)
            < (timestamptz 'epoch' + ${after.updatedUs}::bigint * interval '1 microsecond', ${after.id}::uuid)`,
        ];
  const found = filter.q === undefined ? [] : [wordsFound(workspaceId, filter.q, filter.phone, conditions)];
  const { rows } = await sql<ListedConversation>`
    select ${columns}
    from (select * from conversations c
      where c.workspace_id = ${workspaceId} ${all([...conditions, ...behind, ...found])}
      order by c.updated_at desc, c.id desc limit ${page.limit}) c
    ${beside}
    order by c.updated_at desc, c.id desc`.execute(db);
  return rows;
}

export async function findListedConversation(
  db: Db | Tx,
  workspaceId: string,
  id: string,
): Promise<ListedConversation | undefined> {
  const { rows } = await sql<ListedConversation>`
    select ${columns} from conversations c ${beside}
    where c.workspace_id = ${workspaceId} and c.id = ${id}`.execute(db);
  return rows[0];
}

type Condition = RawBuilder<unknown>;

const all = (conditions: readonly Condition[]) =>
  conditions.length === 0 ? sql`` : sql`and ${sql.join(conditions, sql` and `)}`;

function* conditionsOf(filter: ConversationFilter): Generator<Condition> {
  for (const field of ["status", "state", "sender_id", "contact_id", "channel"] as const)
    if (filter[field] !== undefined) yield sql`${sql.ref(`c.${field}`)} = ${filter[field]}`;
  if (filter.assigneeId === null) yield sql`c.assignee_id is null`;
  else if (filter.assigneeId !== undefined) yield sql`c.assignee_id = ${filter.assigneeId}`;
  if (filter.tag !== undefined) yield sql`${filter.tag} = any(c.tags)`;
  if (filter.since !== undefined) yield sql`c.updated_at >= ${filter.since}`;
  if (filter.until !== undefined) yield sql`c.updated_at < ${filter.until}`;
  if (filter.unread !== undefined) yield filter.unread ? sql`c.unread_count > 0` : sql`c.unread_count = 0`;
  if (filter.awaiting !== undefined)
    yield filter.awaiting ? sql`c.awaiting_since is not null` : sql`c.awaiting_since is null`;
  if (filter.qualified !== undefined) {
    const lead = sql`exists (select from qualified_leads l where l.contact_id = c.contact_id and l.ended_at is null)`;
    yield filter.qualified ? lead : sql`not ${lead}`;
  }
  if (filter.draft !== undefined) {
    const waiting = sql`exists (select from conversation_drafts d where d.conversation_id = c.id and d.state = 'waiting')`;
    yield filter.draft ? waiting : sql`not ${waiting}`;
  }
}

/** An index over all words would not help: under row-level security PostgreSQL takes none for a text search. */
function wordsFound(
  workspaceId: string,
  q: string,
  phone: string | undefined,
  conditions: readonly Condition[],
): Condition {
  const within = (text: RawBuilder<unknown>) => sql`strpos(${text}, ${folded(q)}) > 0`;
  const begins =
    phone === undefined
      ? beginsWith("p.search_name", folded(q))
      : sql`(${beginsWith("p.search_name", folded(q))} or ${beginsWith("p.phone", phone)})`;
  return sql`(c.contact_id in (select p.id from contacts p
      where p.workspace_id = ${workspaceId} and ${begins} limit ${MOST_PEOPLE})
    or c.id in (
      select r.id from (select c.id, c.contact_id from conversations c
        where c.workspace_id = ${workspaceId} ${all(conditions)}
        order by c.updated_at desc, c.id desc limit ${SEARCHED}) r
      join contacts p on p.id = r.contact_id
      where ${within(sql`p.search_name`)} or exists (select from messages m
        where m.conversation_id = r.id and ${within(folded(sql.ref("m.body")))})))`;
}

/** Nothing of it is unread any more. Undefined where it was so already, or is not there. */
export function markRead(tx: Tx, workspaceId: string, id: string) {
  return tx
    .updateTable("conversations")
    .set({ unread_count: 0 })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("unread_count", ">", 0)
    .returning("id")
    .executeTakeFirst();
}

/** Undefined where it has these tags already, or is not there. */
export function setTags(tx: Tx, workspaceId: string, id: string, tags: readonly string[]) {
  return tx
    .updateTable("conversations")
    .set({ tags: [...tags], updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where(sql<boolean>`tags is distinct from ${[...tags]}::text[]`)
    .returning("id")
    .executeTakeFirst();
}
