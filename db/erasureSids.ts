import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** A message of an erased person at the provider. */
export interface SidToErase {
  sid: string;
  /** Null where the sender is not known any more: then the workspace's default account is asked. */
  provider_account_id: string | null;
}

/** Writes down what the provider has of this person and has not been asked to give up; repeatable. */
export async function listSids(db: Db, erasure: { id: string; workspace_id: string; contact_id: string }) {
  await sql`
    insert into erasure_sids (erasure_id, sid, workspace_id, sender_id)
    select ${erasure.id}, sid, ${erasure.workspace_id}, sender_id from (
      select m.provider_sid as sid, m.sender_id from messages m where m.contact_id = ${erasure.contact_id}
      union all
      select a.provider_sid, a.sender_id from messages m join attempts a on a.message_id = m.id
      where m.contact_id = ${erasure.contact_id}
    ) known where sid is not null
    on conflict do nothing`.execute(db);
}

/** Those that are still to be asked for, by SID, from behind the last one that was seen. */
export async function nextSids(
  db: Db,
  erasureId: string,
  after: string,
  limit: number,
): Promise<SidToErase[]> {
  const { rows } = await sql<SidToErase>`
    select e.sid, s.provider_account_id from erasure_sids e left join senders s on s.id = e.sender_id
    where e.erasure_id = ${erasureId} and e.outcome is null and e.sid > ${after}
    order by e.sid limit ${limit}`.execute(db);
  return rows;
}

export async function settleSid(db: Db, erasureId: string, sid: string, outcome: "erased" | "absent") {
  await sql`update erasure_sids set outcome = ${outcome} where erasure_id = ${erasureId} and sid = ${sid}`.execute(
    db,
  );
}

/** What stands on the certificate about the provider. */
export interface ProviderCounts {
  erased: number;
  absent: number;
  remaining: number;
}

export async function countSids(db: Db, erasureId: string): Promise<ProviderCounts> {
  const { rows } = await sql<ProviderCounts>`
    select count(*) filter (where outcome = 'erased') as erased, count(*) filter (where outcome = 'absent') as absent,
      count(*) filter (where outcome is null) as remaining
    from erasure_sids where erasure_id = ${erasureId}`.execute(db);
  return rows[0] as ProviderCounts;
}

/** Writes the end of an erasure into its certificate; of what was asked for at the provider, the counts are enough. */
export async function closeErasure(
  db: Db,
  erasureId: string,
  end: { state: "completed" | "incomplete"; provider: ProviderCounts },
): Promise<void> {
  await sql`
    update erasures set state = ${end.state}, completed_at = now(), provider = ${JSON.stringify(end.provider)}
    where id = ${erasureId} and state = 'running'`.execute(db);
  await sql`delete from erasure_sids where erasure_id = ${erasureId}`.execute(db);
}
