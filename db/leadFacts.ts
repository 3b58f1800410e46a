import { type RawBuilder, sql } from "kysely";
import { INTENT_CONFIDENCE, INTENT_DAYS } from "../domain/leadQuality.ts";
import {
  DECLINING,
  HALF_LIFE_DAYS,
  INTENT_VALUES,
  type LeadFacts,
  NO_WORD,
  WINDOW_DAYS,
} from "../domain/leadScore.ts";
import type { Db } from "./connect.ts";
import { firstIdAt } from "./rows.ts";
import { belongsTo } from "./tenant.ts";

/** Facts of one person, with what else their score is put to use by. */
export interface LeadRow extends LeadFacts {
  contact_id: string;
  lead_score: number | null;
  /** Somebody waits for an answer of ours. */
  awaiting: boolean;
  /** The last qualifying intent that is recent and sure enough. */
  intended: string | null;
}

/** People, each at their own moment; without one, now. What happened later is not looked at. */
export interface LeadsAsked {
  workspaceId: string;
  contactIds: readonly string[];
  at?: readonly Date[];
  /** Intents that qualify by themselves. */
  qualifying: readonly string[];
}

const DAY_SECONDS = 86_400;

/** What counts half after so many days. */
const decayed = (at: RawBuilder<unknown>, halfLife: number) =>
  sql`power(0.5::float8, greatest(0, extract(epoch from asked.at - ${at})::float8) / ${halfLife * DAY_SECONDS}::float8)`;
const since = sql`(asked.at - ${WINDOW_DAYS} * interval '1 day')`;
const daysSince = (at: RawBuilder<unknown>) =>
  sql`extract(epoch from asked.at - ${at})::float8 / ${DAY_SECONDS}`;
const total = (value: RawBuilder<unknown>, of: RawBuilder<unknown>) =>
  sql`coalesce(sum(${value}) filter (where ${of}), 0)`;

/**
 * The facts that domain/leadScore.ts makes a score of, of everybody asked for who is there; some six look-ups a person,
 * each by an index that begins with their id. What has no times is taken as it is now: profile, and whether they wait.
 */
export async function readLeadFacts(db: Db, asked: LeadsAsked): Promise<LeadRow[]> {
  const { workspaceId, contactIds } = asked;
  const at = asked.at ?? [];
  const { rows } = await sql<LeadRow>`
    select c.id as contact_id, c.lead_score, c.name is not null as named, c.email is not null as has_email,
      c.phone is not null and coalesce(c.phone_type, '') not in ('landline', 'toll_free') as has_mobile,
      coalesce(c.city, c.region) is not null as has_place, c.language is not null as has_language,
      (select count(*) from jsonb_object_keys(c.attributes)) as attributes,
      consent.opted_in, consent.opted_out, talk.*, said.*, called.calls, visited.visits,
      exists (select from conversations k
        where k.contact_id = c.id and k.awaiting_since is not null and k.status <> 'blocked') as awaiting
    from (select u.id, coalesce(u.at, now()) as at
      from unnest(${contactIds as string[]}::uuid[], ${at as Date[]}::timestamptz[]) u (id, at)) asked
    join contacts c on c.id = asked.id
    cross join lateral (${consents}) consent
    cross join lateral (${messages}) talk
    cross join lateral (${bursts(asked.qualifying)}) said
    cross join lateral (${calls}) called
    cross join lateral (${visits}) visited
    where ${belongsTo("c.workspace_id", workspaceId)} and c.erased_at is null
    order by c.id`.execute(db);
  return rows;
}

/** The newest word on each channel. */
const consents = sql`
  select coalesce(bool_or(newest.state = 'opted_in'), false) as opted_in,
    coalesce(bool_and(newest.state = 'opted_out'), false) as opted_out
  from (select distinct on (s.channel) s.state from consents s
    where s.contact_id = asked.id and s.at <= asked.at order by s.channel, s.at desc, s.id desc) newest`;

/** An answer proves that a message was read, and either that it arrived. */
const arrived = sql`coalesce(m.delivered_at, m.read_at, m.replied_at)`;
const seen = sql`least(m.read_at, m.replied_at)`;
const replyMinutes = sql`extract(epoch from m.replied_at - coalesce(m.delivered_at, m.sent_at, m.intended_at))::float8 / 60`;
/** By the person, not by a program of theirs. */
const written = sql`m.direction = 'in' and m.reason is distinct from 'automatic'`;

const messages = sql`
  select ${total(decayed(arrived, HALF_LIFE_DAYS.answers), sql`${arrived} <= asked.at`)} as delivered,
    ${total(decayed(arrived, HALF_LIFE_DAYS.answers), sql`${arrived} <= asked.at and ${seen} <= asked.at`)} as seen,
    ${total(decayed(sql`m.replied_at`, HALF_LIFE_DAYS.answers), sql`m.replied_at <= asked.at`)} as replies,
    ${total(decayed(sql`m.created_at`, HALF_LIFE_DAYS.answers), sql`${written} and m.created_at <= asked.at`)} as inbound,
    ${daysSince(sql`max(m.created_at) filter (where ${written} and m.created_at <= asked.at)`)} as last_inbound_days,
    (array_agg(${replyMinutes} order by m.replied_at desc) filter (where m.replied_at <= asked.at))[1] as reply_minutes,
    ${daysSince(sql`max(m.replied_at) filter (where m.replied_at <= asked.at)`)} as reply_days
  from messages m where m.contact_id = asked.id and m.id >= ${firstIdAt(since)}`;

/** The offset keeps the planner from reading all bursts at once where it does not know yet how many there are. */
const bursts = (qualifying: readonly string[]) => {
  const value = sql`coalesce((${JSON.stringify(INTENT_VALUES)}::jsonb ->> b.intent)::float8, 0)`;
  const weight = decayed(sql`b.ended_at`, HALF_LIFE_DAYS.intents);
  const mood = sql`case b.sentiment when 'positive' then 1 when 'negative' then -1 else 0 end`;
  const word = sql`b.intent is not null and b.intent <> all(${NO_WORD as string[]}::text[])`;
  const qualifies = sql`b.intent = any(${qualifying as string[]}::text[]) and b.confidence >= ${INTENT_CONFIDENCE}
    and b.ended_at > asked.at - ${INTENT_DAYS} * interval '1 day'`;
  return sql`
    select coalesce(sum(${value} * ${weight}), 0) as intent,
      coalesce((array_agg(b.intent order by b.ended_at desc) filter (where ${word}))[1] = any(${DECLINING as string[]}::text[]), false)
        as declined,
      coalesce(sum(${weight}), 0) as spoken, coalesce(sum(${mood} * ${weight}), 0) as mood,
      (array_agg(b.intent order by b.ended_at desc) filter (where ${qualifies}))[1] as intended
    from conversations k cross join lateral (
      select * from conversation_bursts b where b.conversation_id = k.id offset 0) b
    where k.contact_id = asked.id and b.ended_at <= asked.at and b.ended_at > ${since}`;
};

const calls = sql`
  select coalesce(sum(${decayed(sql`v.started_at`, HALF_LIFE_DAYS.actions)}), 0) as calls from calls v
  where v.contact_id = asked.id and v.duration_seconds >= 60 and v.started_at <= asked.at and v.started_at > ${since}`;

const visits = sql`
  select coalesce(sum(${decayed(sql`o.at`, HALF_LIFE_DAYS.actions)}), 0) as visits from conversions o
  where o.contact_id = asked.id and o.outcome in ('visited', 'purchased') and o.at <= asked.at and o.at > ${since}`;
