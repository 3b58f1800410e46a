import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import type { Ask } from "../client.ts";
import { attemptOf, mailState, type SandboxMail, sandboxMails } from "../sandboxMail.ts";
import { compare, type Ledger, type Of, readTables, type Tables } from "./judge.ts";

interface AcceptedMail {
  attempt: string;
  address: string;
  receipt_state: string | null;
}

/** What people did, by the tables: people, each once. */
interface Acts {
  opened: number;
  clicked: number;
  bounced: number;
  complained: number;
}

/** The sandbox's account of a campaign of e-mail beside the project's, and each point in which they differ. */
export async function judgeMail(
  db: Db,
  sandbox: Ask,
  of: Of & { account: string },
): Promise<{ tables: Tables; ledger: Ledger; disagreements: string[] }> {
  const [tables, attempts, acts, silenced, mails, counted] = await Promise.all([
    readTables(db, of),
    acceptedMails(db, of),
    readActs(db, of),
    optedOutAddresses(db, of),
    sandboxMails(sandbox, of.account),
    sandbox(`GET /_sandbox/mail/ledger?account=${of.account}`),
  ]);
  const seen = new Map(mails.map((mail) => [attemptOf(mail), mail]));
  const missing = attempts.filter(({ attempt }) => !seen.has(attempt)).length;
  const { accepted, recipients, twice } = counted;
  const differing = attempts.filter(({ attempt, receipt_state }) => {
    const state = mailState(seen.get(attempt)?.told ?? []);
    return state !== "accepted" && state !== receipt_state;
  }).length;
  const told = (...events: string[]) => mails.filter((mail) => events.some((one) => mail.told.includes(one)));
  const left = [...told("unsubscribe", "spamreport"), ...mails.filter((mail) => mail.one_clicked)];
  const disagreements = compare([
    ["mails taken by the sandbox, and accepted attempts", seen.size, attempts.length],
    ["mails that the sandbox never saw", 0, missing],
    ["acceptances in the ledger, and messages called accepted", accepted, tables.accepted],
    ["recipients in the ledger, and addresses of accepted messages", recipients, addressesOf(attempts)],
    ["mails sent twice", 0, twice],
    ["mails whose events are not what the attempt says", 0, differing],
    ["people who opened", told("open").length, acts.opened],
    ["people who clicked", told("click").length, acts.clicked],
    ["bounces and blocks", told("bounce", "blocked").length, acts.bounced],
    ["complaints", told("spamreport").length, acts.complained],
    ["addresses that asked to be left alone", peopleOf(left), silenced],
  ]);
  return { tables, ledger: { accepted, recipients, twice, missing }, disagreements };
}

const addressesOf = (attempts: readonly AcceptedMail[]) => new Set(attempts.map((one) => one.address)).size;
const peopleOf = (mails: readonly SandboxMail[]) => new Set(mails.map((one) => one.to)).size;

async function acceptedMails(db: Db, { workspaceId, campaignId }: Of): Promise<AcceptedMail[]> {
  const { rows } = await sql<AcceptedMail>`
    select m.id || '.' || a.n as attempt, m.address, a.receipt_state
    from messages m join attempts a on a.message_id = m.id
    where m.workspace_id = ${workspaceId} and m.campaign_id = ${campaignId} and a.outcome = 'accepted'`.execute(
    db,
  );
  return rows;
}

async function readActs(db: Db, { workspaceId, campaignId }: Of): Promise<Acts> {
  const { rows } = await sql<Acts>`
    select count(distinct message_id) filter (where kind = 'opened' and not machine)::int as opened,
      count(distinct message_id) filter (where kind = 'clicked')::int as clicked,
      count(distinct message_id) filter (where kind in ('bounced', 'blocked'))::int as bounced,
      count(distinct message_id) filter (where kind = 'complained')::int as complained
    from email_events where workspace_id = ${workspaceId} and campaign_id = ${campaignId}`.execute(db);
  return rows[0] as Acts;
}

/** Several people may be written to at one address. */
async function optedOutAddresses(db: Db, { workspaceId }: Of): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct c.email)::int as n from consents o join contacts c on c.id = o.contact_id
    where o.workspace_id = ${workspaceId} and o.channel = 'email' and o.state = 'opted_out'
      and o.source in ('email_event', 'unsubscribe_link')`.execute(db);
  return rows[0]?.n ?? 0;
}
