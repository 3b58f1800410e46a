import { sql } from "kysely";
import type { SentFigures } from "../domain/rates.ts";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { receivedIn, sentFigures, sentIn } from "./sentMessages.ts";

/** A sender of ours, and what it did in a span. */
export interface NumberFigures extends SentFigures {
  sender_id: string;
  number: string;
  channel: string;
  name: string | null;
  status: string;
  received: number;
}

export interface NumberRow {
  id: string;
  address: string;
  channel: string;
  name: string | null;
  status: string;
}

/** Numbers, not from-addresses, that are in use, in the order of their making. */
export function listNumbers(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number; channel?: string | undefined },
): Promise<NumberRow[]> {
  let query = numbers(db, workspaceId).where("removed_at", "is", null);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  if (page.channel !== undefined) query = query.where("channel", "=", page.channel);
  return query.orderBy("id").limit(page.limit).execute();
}

/** Those that are this number, one a channel, or that have this id; those that were removed too. */
export function findNumbers(db: Db, workspaceId: string, number: { id: string } | { address: string }) {
  const query = numbers(db, workspaceId).orderBy("id");
  return "id" in number
    ? query.where("id", "=", number.id).execute()
    : query.where("address", "=", number.address).execute();
}

const numbers = (db: Db, workspaceId: string) =>
  db
    .selectFrom("senders")
    .select(["id", "address", "channel", "name", "status"])
    .where("workspace_id", "=", workspaceId)
    .where("channel", "in", ["sms", "whatsapp"]);

const NOTHING = { sent: 0, delivered: 0, read: 0, replied: 0, failed: 0, received: 0 };

/** What these did in a span, in the order given. */
export async function readNumberFigures(
  db: Db,
  workspaceId: string,
  span: Span,
  rows: readonly NumberRow[],
): Promise<NumberFigures[]> {
  const filter = { senderIds: rows.map(({ id }) => id) };
  const gone = await sql<SentFigures & { sender_id: string }>`
    select sender_id, ${sentFigures} from (${sentIn(workspaceId, span, filter)}) m group by sender_id`.execute(
    db,
  );
  const come = await sql<{ sender_id: string; received: number }>`
    select sender_id, count(*)::int as received from (${receivedIn(workspaceId, span, filter)}) m
    group by sender_id`.execute(db);
  const sent = new Map(gone.rows.map((row) => [row.sender_id, row]));
  const received = new Map(come.rows.map((row) => [row.sender_id, row]));
  return rows.map(({ id, address, ...row }) => ({
    sender_id: id,
    number: address,
    ...row,
    ...NOTHING,
    ...sent.get(id),
    ...received.get(id),
  }));
}
