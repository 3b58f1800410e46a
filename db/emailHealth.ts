import { sql } from "kysely";
import { emailDomain } from "../domain/address.ts";
import {
  HEALTH_HOURS,
  type HealthFinding,
  type HealthLevel,
  type HealthWindow,
  isSlowed,
  SLOWED,
} from "../domain/email/health.ts";
import type { Db, Tx } from "./connect.ts";

/** A sender of e-mail with how it stands so far. */
export interface MailSenderHealth {
  sender_id: string;
  workspace_id: string;
  level: HealthLevel;
  level_since: Date | null;
  /** Campaigns that were started later wait. */
  holds_since: Date | null;
  figures: { findings?: HealthFinding[] };
  /** Null before the first time. */
  judged_at: Date | null;
}

/** What a sender `s` may send an hour at present, beside `h`, its row of email_sender_health if it has one. */
export const hourlyBudget = sql<number>`case when h.level in ('slow', 'stop')
  then ceil(s.max_per_hour * ${sql.lit(SLOWED)}::float8)::int else s.max_per_hour end`;

/** Senders about which there is something to judge: figures of the last week, or a level that may be left. */
export async function findSendersToJudge(db: Db): Promise<{ sender_id: string; workspace_id: string }[]> {
  const { rows } = await sql<{ sender_id: string; workspace_id: string }>`
    select s.id as sender_id, s.workspace_id from senders s
    where s.channel = 'email' and s.removed_at is null and (
      exists (select from email_domain_counts c where c.sender_id = s.id and c.hour > now() - interval '8 days')
      or exists (select from email_sender_health h where h.sender_id = s.id and h.level <> 'ok'))
    order by s.id`.execute(db);
  return rows;
}

/** How a sender stood when it was last judged; locked, so that two judges take turns. */
export async function lockHealth(tx: Tx, senderId: string): Promise<MailSenderHealth | undefined> {
  await sql`
    insert into email_sender_health (sender_id, workspace_id)
    select id, workspace_id from senders where id = ${senderId} and removed_at is null
    on conflict (sender_id) do nothing`.execute(tx);
  const { rows } = await sql<MailSenderHealth>`
    select sender_id, workspace_id, level, level_since, holds_since, figures, judged_at from email_sender_health
    where sender_id = ${senderId} for no key update`.execute(tx);
  return rows[0];
}

/** The same for whoever only looks: a sender that was never judged is at ok. */
export async function findHealth(db: Db, workspaceId: string, senderId: string): Promise<MailSenderHealth> {
  const row = await db
    .selectFrom("email_sender_health")
    .select(["sender_id", "workspace_id", "level", "level_since", "holds_since", "figures", "judged_at"])
    .where("workspace_id", "=", workspaceId)
    .where("sender_id", "=", senderId)
    .executeTakeFirst();
  if (row !== undefined) return row as MailSenderHealth;
  const never = { level_since: null, holds_since: null, figures: {}, judged_at: null };
  return { sender_id: senderId, workspace_id: workspaceId, level: "ok", ...never };
}

/** Domains with less than this in a window stand in its sum only. */
const LEAST = 20;

/** A sender's figures of each window: of all receiving domains together first, then of the larger ones. */
export async function findHealthWindows(db: Db, senderId: string): Promise<HealthWindow[]> {
  const { rows } = await sql<HealthWindow>`
    select w.hours, c.domain, sum(c.processed)::int as processed, sum(c.deferred)::int as deferred,
      sum(c.delivered)::int as delivered, sum(c.bounced)::int as bounced, sum(c.blocked)::int as blocked,
      sum(c.complained)::int as complained
    from unnest(${[...HEALTH_HOURS]}::int[]) w (hours)
    join email_domain_counts c on c.sender_id = ${senderId} and c.hour > now() - w.hours * interval '1 hour'
    group by grouping sets ((w.hours), (w.hours, c.domain))
    having c.domain is null or sum(c.processed + c.delivered + c.bounced + c.blocked) >= ${LEAST}
    order by w.hours, c.domain nulls first`.execute(db);
  return rows;
}

/** Writes how a sender stands; the moments of before stay where nothing has changed. */
export async function writeHealth(
  tx: Tx,
  before: MailSenderHealth,
  now: { level: HealthLevel; findings: readonly HealthFinding[] },
): Promise<void> {
  const holds = isSlowed(now.level);
  await sql`
    update email_sender_health set level = ${now.level}, figures = ${JSON.stringify({ findings: now.findings })},
      level_since = case when level = ${now.level} then level_since else clock_timestamp() end,
      holds_since = case when ${holds} then coalesce(holds_since, clock_timestamp()) end,
      judged_at = clock_timestamp()
    where sender_id = ${before.sender_id}`.execute(tx);
}

/** These senders with their addresses and levels. */
export function findStandings(db: Db, workspaceId: string, senderIds: readonly string[]) {
  return db
    .selectFrom("senders")
    .leftJoin("email_sender_health", "email_sender_health.sender_id", "senders.id")
    .select(["senders.address", "email_sender_health.level"])
    .where("senders.workspace_id", "=", workspaceId)
    .where("senders.id", "in", senderIds.length > 0 ? [...senderIds] : [NOBODY])
    .orderBy("senders.id")
    .execute();
}

/** The domains that a workspace sends e-mail from, each once. */
export async function findMailDomains(db: Db, workspaceId: string): Promise<string[]> {
  const senders = await db
    .selectFrom("senders")
    .select("address")
    .where("workspace_id", "=", workspaceId)
    .where("channel", "=", "email")
    .where("removed_at", "is", null)
    .execute();
  return [...new Set(senders.map(({ address }) => emailDomain(address)))];
}

const NOBODY = "00000000-0000-0000-0000-000000000000";
