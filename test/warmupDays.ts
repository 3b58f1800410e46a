import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** What a sender's messages of one moment came to. */
export interface WarmupTraffic {
  delivered?: number;
  /** Failed with this code. */
  failed?: { code: string; n: number };
  /** Taken, and no receipt yet. */
  open?: number;
  /** People who answered, and people who asked to stop. */
  replied?: number;
  optedOut?: number;
}

/** Writes what a sender sent at this moment and what came back, as the send path and the webhooks leave it. */
export async function writeTraffic(
  db: Db,
  of: { workspaceId: string; senderId: string; at: Date },
  { delivered = 0, failed, open = 0, replied = 0, optedOut = 0 }: WarmupTraffic,
): Promise<void> {
  const attempts = (n: number, receipt: string | null, code: string | null) =>
    sql`
    insert into attempts (message_id, n, workspace_id, sender_id, epoch, intended_at, settled_at, outcome, receipt_state, error_code)
    select gen_random_uuid(), 1, ${of.workspaceId}, ${of.senderId}, 1, ${of.at}, ${of.at}, 'accepted', ${receipt}, ${code}
    from generate_series(1, ${n}::int)`.execute(db);
  await attempts(delivered, "delivered", null);
  await attempts(open, null, null);
  if (failed !== undefined) await attempts(failed.n, "undelivered", failed.code);
  await sql`
    with people as (
      insert into contacts (workspace_id, identity)
      select ${of.workspaceId}::uuid, 'wa:' || gen_random_uuid() from generate_series(1, ${replied + optedOut}::int) returning id
    ), heard as (
      insert into messages (workspace_id, contact_id, sender_id, direction, channel, state, created_at)
      select ${of.workspaceId}::uuid, id, ${of.senderId}::uuid, 'in', 'whatsapp', 'received', ${of.at} from people
      returning id, contact_id
    ), turns as (
      select id, contact_id, row_number() over () as turn from heard
    )
    insert into consents (workspace_id, contact_id, channel, state, source, method, evidence)
    select ${of.workspaceId}::uuid, contact_id, 'whatsapp', 'opted_out', 'inbound_message', 'reply', jsonb_build_object('message_id', id)
    from turns where turn <= ${optedOut}`.execute(db);
}
