import { sql } from "kysely";
import type { MailEventKind } from "../domain/email/mailEvent.ts";
import type { Db, Tx } from "./connect.ts";
import type { KnownMailEvent } from "./emailEvents.ts";

const COUNTED = [
  "processed",
  "deferred",
  "delivered",
  "bounced",
  "blocked",
  "dropped",
  "complained",
  "opened",
  "machine_opened",
  "clicked",
  "unsubscribed",
] as const;
type Counted = (typeof COUNTED)[number];

const HOUR_MS = 3_600_000;

interface Cell {
  senderId: string;
  domain: string;
  hour: Date;
  counts: Partial<Record<Counted, number>>;
}

/** Adds events to the figures of their sender, receiving domain and hour. Each event comes here once. */
export async function countMailEvents(
  tx: Tx,
  workspaceId: string,
  events: readonly KnownMailEvent[],
): Promise<void> {
  const cells = new Map<string, Cell>();
  for (const { kind, machine, at, domain, message } of events) {
    const counted = countedAs(kind, machine);
    if (counted === undefined || domain === null) continue;
    const hour = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;
    const key = `${message.sender_id} ${domain} ${hour}`;
    const cell = cells.get(key) ?? { senderId: message.sender_id, domain, hour: new Date(hour), counts: {} };
    cell.counts[counted] = (cell.counts[counted] ?? 0) + 1;
    cells.set(key, cell);
  }
  if (cells.size === 0) return;
  // In one order, so that two transactions never wait for each other.
  const rows = [...cells.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
  const columns = sql.join(COUNTED.map((name) => sql.ref(name)));
  const values = sql.join(COUNTED.map((name) => sql`${rows.map((row) => row.counts[name] ?? 0)}::int[]`));
  const sums = sql.join(
    COUNTED.map(
      (name) => sql`${sql.ref(name)} = email_domain_counts.${sql.ref(name)} + excluded.${sql.ref(name)}`,
    ),
  );
  await sql`
    insert into email_domain_counts (workspace_id, sender_id, domain, hour, ${columns})
    select ${workspaceId}::uuid, * from unnest(${rows.map((row) => row.senderId)}::uuid[],
      ${rows.map((row) => row.domain)}::text[], ${rows.map((row) => row.hour)}::timestamptz[], ${values})
    on conflict (sender_id, domain, hour) do update set ${sums}`.execute(tx);
}

function countedAs(kind: MailEventKind, machine: boolean): Counted | undefined {
  if (kind === "topic_declined") return "unsubscribed";
  if (kind === "topic_accepted") return undefined;
  return kind === "opened" && machine ? "machine_opened" : kind;
}

const KEPT_DAYS = 90;

/** Figures that no rate looks at any more. */
export async function deleteOldMailCounts(db: Db): Promise<number> {
  const gone = await sql`
    delete from email_domain_counts where hour < now() - ${KEPT_DAYS} * interval '1 day'`.execute(db);
  return Number(gone.numAffectedRows ?? 0);
}
