import { sql } from "kysely";
import { roomsOf, upcomingBudgets, type WarmupOutlook } from "../domain/warmup.ts";
import type { Db } from "./connect.ts";

/**
 * How many more messages each of these senders can take today and on the days after, while it warms up; those that do not
 * are missing. What waits for it counts, whoever it is for.
 */
export async function findRooms(
  db: Db,
  workspaceId: string,
  senderIds: readonly string[],
): Promise<Map<string, { rooms: number[] }>> {
  if (senderIds.length === 0) return new Map();
  const { rows } = await sql<WarmupOutlook & { id: string; used: number; waiting: number }>`
    select s.id, w.state, w.ladder, w.day, s.max_per_day, s.warmup_day_limit as limit, used.n as used, waiting.n as waiting
    from senders s join warmups w on w.sender_id = s.id join workspaces k on k.id = s.workspace_id
    cross join lateral (select coalesce(sum(u.used), 0) as n from sender_minutes u
      where u.sender_id = s.id and u.minute >= date_trunc('day', now(), k.time_zone)) used
    cross join lateral (select count(*) as n from messages m where m.sender_id = s.id and m.due_at is not null) waiting
    where s.workspace_id = ${workspaceId} and s.id = any(${senderIds as string[]}::uuid[])
      and s.warmup_day_limit is not null`.execute(db);
  return new Map(
    rows.map(({ id, used, waiting, ...outlook }) => [
      id,
      { rooms: roomsOf(upcomingBudgets(outlook), used, waiting) },
    ]),
  );
}
