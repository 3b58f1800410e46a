import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

export interface WebhookEvent {
  id: string;
  workspace_id: string;
  provider: string;
  kind: string;
  payload: Record<string, string>;
  received_at: Date;
  tries: number;
}

export interface NewWebhookEvent {
  provider: "twilio" | "sendgrid";
  kind: "status" | "inbound" | "voice" | "call_status" | "recording" | "transcription" | "mail";
  /** What makes two deliveries the same event. */
  dedupeKey: string;
  payload: Record<string, string>;
}

/**
 * Stores events as they came; gives those that are new, with their ids, in no particular order. They stand as applied,
 * which the rest of this transaction has to make true (db/applyWebhooks.ts), or take back by `markUnapplied`. Written in
 * one order, so that two transactions with the same events wait for each other and do not lock each other out.
 */
export async function insertWebhookEvents(
  tx: Tx,
  workspaceId: string,
  events: readonly NewWebhookEvent[],
): Promise<WebhookEvent[]> {
  const { rows } = await sql<Stored>`
    insert into webhook_events (workspace_id, provider, kind, dedupe_key, payload, applied_at)
    select ${workspaceId}::uuid, u.provider, u.kind, u.dedupe_key, u.payload::jsonb, now()
    from unnest(${events.map((e) => e.provider)}::text[], ${events.map((e) => e.kind)}::text[],
      ${events.map((e) => e.dedupeKey)}::text[], ${events.map((e) => JSON.stringify(e.payload))}::text[])
      u (provider, kind, dedupe_key, payload)
    order by u.dedupe_key
    on conflict (workspace_id, provider, dedupe_key) do nothing
    returning id, provider, dedupe_key, received_at`.execute(tx);
  // What was stored is what was given: of two with one key, the first.
  const given = new Map(events.toReversed().map((event) => [keyOf(event.provider, event.dedupeKey), event]));
  return rows.flatMap(({ id, provider, dedupe_key, received_at }) => {
    const event = given.get(keyOf(provider, dedupe_key));
    if (event === undefined) return [];
    const { kind, payload } = event;
    return [{ id, workspace_id: workspaceId, provider, kind, payload, received_at, tries: 0 }];
  });
}

interface Stored {
  id: string;
  provider: string;
  dedupe_key: string;
  received_at: Date;
}

const keyOf = (provider: string, dedupeKey: string) => `${provider} ${dedupeKey}`;

/** Keeps an event whose effects failed, with why: a code or the name of an error, nothing of its content. */
export async function markUnapplied(tx: Tx, ids: readonly string[], why: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`update webhook_events set applied_at = null, tries = tries + 1, last_error = ${why}
    where id = any(${ids as string[]}::uuid[])`.execute(tx);
}

/**
 * The oldest events that wait to be applied, each to one process; later tries come after longer waits. They stand as
 * applied, as those that were just stored.
 */
export async function takeUnapplied(tx: Tx, limit: number): Promise<WebhookEvent[]> {
  const { rows } = await sql<WebhookEvent>`
    update webhook_events set applied_at = now(), last_error = null
    where id in (
      select id from webhook_events
      where applied_at is null and tries < 20
        and received_at < now() - least(power(2, tries), 600) * interval '1 second'
      order by received_at limit ${limit} for update skip locked)
    returning id, workspace_id, provider, kind, payload, received_at, tries`.execute(tx);
  return rows.sort((a, b) => a.received_at.getTime() - b.received_at.getTime());
}

/** How many wait, and how long the oldest has: for metrics and alerts. */
export async function unappliedBacklog(db: Db): Promise<{ events: number; oldest_seconds: number }> {
  const { rows } = await sql<{ events: number; oldest_seconds: number | null }>`
    select count(*) as events, extract(epoch from now() - min(received_at))::float8 as oldest_seconds
    from webhook_events where applied_at is null`.execute(db);
  return { events: rows[0]?.events ?? 0, oldest_seconds: rows[0]?.oldest_seconds ?? 0 };
}
