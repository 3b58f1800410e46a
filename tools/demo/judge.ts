import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import type { Ask } from "../client.ts";
import { OPT_OUT_TEXTS } from "./stage.ts";

export interface Tables {
  audience: number;
  accepted: number;
  delivered: number;
  read: number;
  replied: number;
  failed: number;
  skipped: Record<string, number>;
  opted_out: number;
  senders_used: number;
}

export interface Ledger {
  accepted: number;
  recipients: number;
  twice: number;
  /** Attempts that the project calls accepted and the sandbox never saw. */
  missing: number;
}

export interface Of {
  workspaceId: string;
  campaignId: string;
}

/** What the project's own tables say of a campaign. */
export async function readTables(db: Db, { workspaceId, campaignId }: Of): Promise<Tables> {
  const { rows } = await sql<Tables>`
    select count(*) as audience,
      count(*) filter (where state in ('accepted', 'sent', 'delivered', 'read', 'undelivered') or accepted_at is not null) as accepted,
      count(*) filter (where state in ('delivered', 'read')) as delivered,
      count(*) filter (where state = 'read') as read,
      count(replied_at) as replied,
      count(*) filter (where state in ('failed', 'undelivered')) as failed,
      (select coalesce(jsonb_object_agg(reason, n), '{}') from (
        select reason, count(*) as n from messages
        where workspace_id = ${workspaceId} and campaign_id = ${campaignId} and state = 'skipped'
        group by reason order by reason) reasons) as skipped,
      (select count(distinct contact_id) from consents
        where workspace_id = ${workspaceId} and state = 'opted_out' and source in ('inbound_message', 'email_event', 'unsubscribe_link')) as opted_out,
      count(distinct sender_id) filter (where attempts > 0) as senders_used
    from messages where workspace_id = ${workspaceId} and campaign_id = ${campaignId}`.execute(db);
  return rows[0] as Tables;
}

interface AcceptedAttempt {
  provider_sid: string;
  receipt_state: string | null;
}

async function acceptedAttempts(db: Db, { workspaceId, campaignId }: Of): Promise<AcceptedAttempt[]> {
  const { rows } = await sql<AcceptedAttempt>`
    select a.provider_sid, a.receipt_state
    from messages m join attempts a on a.message_id = m.id
    where m.workspace_id = ${workspaceId} and m.campaign_id = ${campaignId} and a.provider_sid is not null`.execute(
    db,
  );
  return rows;
}

interface SandboxMessage {
  sid: string;
  direction: "inbound" | "outbound";
  from: string;
  body: string;
  /** The newest state that a receipt told and we acknowledged. */
  told: string;
}

async function sandboxMessages(sandbox: Ask, accountSid: string): Promise<SandboxMessage[]> {
  const all: SandboxMessage[] = [];
  for (let cursor: string | null = "0"; cursor !== null; ) {
    const page: { messages: SandboxMessage[]; next_cursor: string | null } = await sandbox(
      `GET /_sandbox/messages?account_sid=${accountSid}&limit=10000&cursor=${cursor}`,
    );
    all.push(...page.messages);
    cursor = page.next_cursor;
  }
  return all;
}

/** The sandbox's account of what happened beside the project's, and each point in which they differ. */
export async function judge(
  db: Db,
  sandbox: Ask,
  of: Of & { account: string },
): Promise<{ tables: Tables; ledger: Ledger; disagreements: string[] }> {
  const [tables, attempts, messages, counted] = await Promise.all([
    readTables(db, of),
    acceptedAttempts(db, of),
    sandboxMessages(sandbox, of.account),
    sandbox(`GET /_sandbox/ledger?account_sid=${of.account}`),
  ]);
  const out = new Map(messages.filter((one) => one.direction === "outbound").map((one) => [one.sid, one]));
  const inbound = messages.filter((one) => one.direction === "inbound");
  const missing = attempts.filter(({ provider_sid }) => !out.has(provider_sid)).length;
  const { accepted, recipients, twice } = counted;

  const differing = attempts.filter(({ provider_sid, receipt_state }) => {
    const told = out.get(provider_sid)?.told ?? "";
    return ["sent", "delivered", "read", "undelivered", "failed"].includes(told) && told !== receipt_state;
  }).length;
  const people = (some: SandboxMessage[]) => new Set(some.map((one) => one.from)).size;
  const disagreements = compare([
    ["messages taken by the sandbox, and attempts with its SID", out.size, attempts.length],
    ["messages that the sandbox never saw", 0, missing],
    ["acceptances in the ledger, and messages called accepted", accepted, tables.accepted],
    ["recipients in the ledger, and messages called accepted", recipients, tables.accepted],
    ["messages sent twice", 0, twice],
    ["messages whose last receipt is not what the attempt says", 0, differing],
    ["people who wrote back", people(inbound), tables.replied],
    [
      "people who asked to stop",
      people(inbound.filter((one) => OPT_OUT_TEXTS.includes(one.body))),
      tables.opted_out,
    ],
  ]);
  return { tables, ledger: { accepted, recipients, twice, missing }, disagreements };
}

export const compare = (pairs: [what: string, sandbox: number, tables: number][]) =>
  pairs
    .filter(([, one, other]) => one !== other)
    .map(([what, one, other]) => `${what}: ${one} against ${other}`);
