import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { isAsTold, type SandboxMessage } from "./asTold.ts";

export interface Verdict {
  accepted: number;
  delivered: number;
  failed: number;
  uncertain: number;
  /** Of those, the ones of which nobody can know. */
  unknowable: number;
  /** By the sandbox's own ledger. */
  twice: number;
  /** People whom the rows call sent and the sandbox never saw, or who have no row at all. */
  lost: number;
  /** People with neither an accepted attempt nor a reason that an independent query arrives at too. */
  unexplained: number;
  /** Rows whose state is not what the sandbox last told. */
  states_wrong: number;
}

/** A row that the verdict counts against the program: ids and states, for whoever looks into it. */
export interface Finding {
  message_id: string | null;
  what: "lost" | "unexplained" | "states_wrong";
  state: string | null;
  reason: string | null;
  attempts: AttemptRow[];
  seen: { sid: string; told: string | null; status: string }[];
}

interface AttemptRow {
  n: number;
  outcome: string;
  receipt_state: string | null;
  settled_by: string | null;
  provider_sid: string | null;
  error_code: string | null;
  intended_at: string;
  settled_at: string | null;
}

export interface JudgedRow {
  id: string;
  address: string | null;
  state: string;
  reason: string | null;
  /** By which the sandbox knows its accepted attempts. */
  sids: string[];
  attempts: AttemptRow[];
  holds_true: boolean;
}

/** What is the channel's own in judging. */
export interface Terms {
  /** The ids of a message's accepted attempts at the sandbox, of `m`. */
  sids: RawBuilder<string[]>;
  /** What a skip's reason claims of `m` and its contact `c`, asked of other tables than the rule asked. */
  claims: Record<string, RawBuilder<boolean>>;
  /** Whether nobody can know what became of it. */
  mayBeUncertain(row: JudgedRow): boolean;
}

const SENT = new Set(["accepted", "sent", "delivered", "read", "undelivered", "failed"]);

/** What can be claimed on every channel. */
export const CLAIMS = {
  opted_out: sql<boolean>`(select state from consents where contact_id = c.id order by at desc, id desc limit 1) = 'opted_out'`,
  no_consent: sql<boolean>`not exists (select from consents where contact_id = c.id)`,
};

/** Receipts and the provider's list settle every doubt about messages to phones. */
const PHONE: Terms = {
  sids: sql`coalesce((select array_agg(a.provider_sid order by a.n) filter (where a.provider_sid is not null)
    from attempts a where a.message_id = m.id), '{}')`,
  claims: {
    ...CLAIMS,
    suppressed: sql`exists (select from suppressions s where s.workspace_id = m.workspace_id and s.address = c.phone and s.lifted_at is null)`,
    landline: sql`c.phone_type = 'landline'`,
    no_address: sql`c.phone is null`,
  },
  mayBeUncertain: () => false,
};

/** Compares rows and sandbox: the sandbox is the judge of what was accepted, how often, and of what it told. */
export async function judgeCampaign(
  db: Db,
  of: { campaignId: string; listId: string },
  ledger: { twice: number },
  messages: readonly SandboxMessage[],
  terms: Terms = PHONE,
): Promise<{ verdict: Verdict; findings: Finding[] }> {
  const claims = sql.join(
    Object.entries(terms.claims).map(([reason, holds]) => sql`when m.reason = ${reason} then ${holds}`),
    sql` `,
  );
  const { rows } = await sql<JudgedRow>`
    select m.id, m.address, m.state, m.reason,
      ${terms.sids} as sids,
      coalesce((select jsonb_agg(jsonb_build_object('n', a.n, 'outcome', a.outcome, 'receipt_state', a.receipt_state,
          'settled_by', a.settled_by, 'provider_sid', a.provider_sid, 'error_code', a.error_code,
          'intended_at', a.intended_at, 'settled_at', a.settled_at) order by a.n)
        from attempts a where a.message_id = m.id), '[]') as attempts,
      case ${claims} else false end as holds_true
    from contact_list_members l join contacts c on c.id = l.contact_id
    left join messages m on m.contact_id = c.id and m.campaign_id = ${of.campaignId}
    where l.list_id = ${of.listId}`.execute(db);
  const bySid = new Map(messages.map((message) => [message.sid, message]));
  const verdict: Verdict = {
    accepted: messages.length,
    delivered: 0,
    failed: 0,
    uncertain: 0,
    unknowable: 0,
    twice: ledger.twice,
    lost: 0,
    unexplained: 0,
    states_wrong: 0,
  };
  const findings: Finding[] = [];
  for (const row of rows) {
    if (row.state === "delivered" || row.state === "read") verdict.delivered += 1;
    if (row.state === "failed" || row.state === "undelivered") verdict.failed += 1;
    if (row.state === "uncertain") verdict.uncertain += 1;
    const seen = row.sids.flatMap((sid) => bySid.get(sid) ?? []);
    const count = (what: Finding["what"]) => {
      verdict[what] += 1;
      const told = seen.map((message) => ({ sid: message.sid, told: message.told, status: message.status }));
      const { id, state, reason, attempts } = row;
      findings.push({ message_id: id, what, state, reason, attempts, seen: told });
    };
    if (row.id === null || (row.sids.length > 0 && seen.length === 0)) count("lost");
    if (row.state === "uncertain" && terms.mayBeUncertain(row)) {
      verdict.unknowable += 1;
      continue;
    }
    if (!isExplained(row, seen.length > 0)) count("unexplained");
    if (!standsAsTold(row, seen)) count("states_wrong");
  }
  return { verdict, findings };
}

function isExplained(row: JudgedRow, wasSeen: boolean): boolean {
  if (wasSeen) return true;
  if (row.state === "failed") return row.reason !== null;
  return (row.state === "skipped" || row.state === "cancelled") && row.holds_true;
}

/** A row without a message at the sandbox must not claim one; one that waits has not ended. */
function standsAsTold({ state }: JudgedRow, seen: readonly SandboxMessage[]): boolean {
  if (state === "queued" || state === "sending") return false;
  if (seen.length === 0) return !SENT.has(state) || state === "failed";
  return isAsTold(state, seen);
}
