import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** What became of one step; the figures of messages are people, once each. */
export interface StepFunnel {
  step: number;
  /** Came to the step: their message was queued, or skipped with a reason. */
  reached: number;
  queued: number;
  skipped: Record<string, number>;
  cancelled: number;
  /** Accepted by the provider. */
  sent: number;
  delivered: number;
  read: number;
  replied: number;
  failed: number;
  /** On their way, and this is what they wait for. */
  waiting: number;
  /** Ended while they waited for it, by reason. */
  stopped: Record<string, number>;
}

/** Every step that somebody came to or waits for, of any version. Two scans: of the messages and of the enrollments. */
export async function readFunnel(db: Db, campaignId: string): Promise<Map<number, StepFunnel>> {
  const { rows: messages } = await sql<Omit<StepFunnel, "waiting" | "stopped">>`
    select step, sum(n)::int as reached, sum(n) filter (where state in ('queued', 'sending', 'uncertain'))::int as queued,
      coalesce(jsonb_object_agg(reason, n) filter (where state = 'skipped'), '{}') as skipped,
      coalesce(sum(n) filter (where state = 'cancelled'), 0)::int as cancelled, sum(accepted)::int as sent,
      sum(delivered)::int as delivered, sum(read)::int as read, sum(replied)::int as replied,
      coalesce(sum(n) filter (where state in ('failed', 'undelivered')), 0)::int as failed
    from (
      select step, state, case when state = 'skipped' then coalesce(reason, 'unknown') end as reason, count(*) as n,
        count(accepted_at) as accepted, count(delivered_at) as delivered, count(read_at) as read,
        count(replied_at) as replied
      from messages where campaign_id = ${campaignId} and step is not null group by 1, 2, 3
    ) by_state group by step`.execute(db);
  const { rows: people } = await sql<{ step: number; reason: string | null; n: number }>`
    select next_step as step, case when ended_at is not null then coalesce(reason, state) end as reason, count(*) as n
    from enrollments where campaign_id = ${campaignId} and next_step is not null
      and state in ('active', 'paused', 'stopped', 'cancelled') group by 1, 2`.execute(db);
  const funnel = new Map<number, StepFunnel>();
  for (const row of messages)
    funnel.set(row.step, { ...row, queued: row.queued ?? 0, waiting: 0, stopped: {} });
  for (const { step, reason, n } of people) {
    const at = funnel.get(step) ?? nothingOf(step);
    funnel.set(step, at);
    if (reason === null) at.waiting += n;
    else at.stopped[reason] = (at.stopped[reason] ?? 0) + n;
  }
  return funnel;
}

/** A step that nobody has come to. */
export const nothingOf = (step: number): StepFunnel => ({
  step,
  reached: 0,
  queued: 0,
  skipped: {},
  cancelled: 0,
  sent: 0,
  delivered: 0,
  read: 0,
  replied: 0,
  failed: 0,
  waiting: 0,
  stopped: {},
});
