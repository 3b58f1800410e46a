import { type Insertable, sql } from "kysely";
import type { Db } from "./connect.ts";
import type { Alerts } from "./schema.ts";

/** Opens an alert; one that is open for the same cause stays the only one. */
export async function openAlert(tx: Db, alert: Insertable<Alerts>): Promise<void> {
  await tx
    .insertInto("alerts")
    .values(alert)
    .onConflict((conflict) =>
      conflict.columns(["workspace_id", "cause"]).where("resolved_at", "is", null).doNothing(),
    )
    .execute();
}

/** The cause is gone: by itself, or by the hand of whom the key belongs to. */
export async function resolveAlert(
  tx: Db,
  workspaceId: string,
  cause: string,
  keyId: string | null = null,
): Promise<void> {
  await tx
    .updateTable("alerts")
    .set({ resolved_at: sql`now()`, resolved_by: keyId })
    .where("workspace_id", "=", workspaceId)
    .where("cause", "=", cause)
    .where("resolved_at", "is", null)
    .execute();
}

export const ALERT_SEVERITIES = ["low", "medium", "high", "critical"] as const;

const shown = [
  "id",
  "alert_type",
  "severity",
  "cause",
  "subject_kind",
  "subject_id",
  "metric_value",
  "threshold_value",
  "suggestion",
  "detail",
  "created_at",
  "read_at",
  "resolved_at",
  "resolved_by",
] as const;

export interface AlertFilter {
  /** Those that are not resolved; with false, only those that are. */
  open?: boolean | undefined;
  alert_type?: string | undefined;
  severity?: string | undefined;
}

/** Newest first. */
export function listAlerts(
  db: Db,
  workspaceId: string,
  filter: AlertFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db.selectFrom("alerts").select(shown).where("workspace_id", "=", workspaceId);
  if (filter.open !== undefined) query = query.where("resolved_at", filter.open ? "is" : "is not", null);
  if (filter.alert_type !== undefined) query = query.where("alert_type", "=", filter.alert_type);
  if (filter.severity !== undefined) query = query.where("severity", "=", filter.severity);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** Somebody has seen it; the first time counts. Undefined: there is none. */
export function readAlert(tx: Db, workspaceId: string, id: string) {
  return tx
    .updateTable("alerts")
    .set({ read_at: sql`coalesce(read_at, now())` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .returning(shown)
    .executeTakeFirst();
}

/** Somebody has dealt with it, whose key is kept; the first one counts. Undefined: there is none. */
export function resolveAlertById(tx: Db, workspaceId: string, id: string, keyId: string) {
  return tx
    .updateTable("alerts")
    .set({
      read_at: sql`coalesce(read_at, now())`,
      resolved_at: sql`coalesce(resolved_at, now())`,
      resolved_by: sql`case when resolved_at is null then ${keyId}::uuid else resolved_by end`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .returning(shown)
    .executeTakeFirst();
}

/** The cause of the alert that nobody can tell what became of a message. */
export const uncertainCause = (messageId: string) => `uncertain:${messageId}`;

/** The same of a call that many messages went out with. */
export const uncertainCallCause = (callId: string) => `uncertain_call:${callId}`;

/** The provider has taken a sender out of service; `fix` is what the operator can do. */
export function senderStopped(workspaceId: string, senderId: string, fix: string | null): Insertable<Alerts> {
  return {
    workspace_id: workspaceId,
    alert_type: "sender_stopped",
    severity: "critical",
    cause: `sender_stopped:${senderId}`,
    subject_kind: "sender",
    subject_id: senderId,
    suggestion: fix,
  };
}
