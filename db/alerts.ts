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

/** The cause is gone. */
export async function resolveAlert(tx: Db, workspaceId: string, cause: string): Promise<void> {
  await tx
    .updateTable("alerts")
    .set({ resolved_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("cause", "=", cause)
    .where("resolved_at", "is", null)
    .execute();
}

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
