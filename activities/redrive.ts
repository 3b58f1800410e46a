import { applyWebhookEvents } from "../db/applyWebhooks.ts";
import { openAlert } from "../db/alerts.ts";
import { inTransaction } from "../db/connect.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { takeUnapplied } from "../db/webhookEvents.ts";
import { wakesOf } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

const BATCH = 200;
/** A receipt may come before the create call has answered; from this try on it is worth an alert. */
const TRIES_BEFORE_ALERT = 8;

/** Applies stored webhooks whose effects had failed or whose message was not known yet. Returns how many it took. */
export async function redriveWebhooks(
  deps: Pick<ActivityDeps, "db" | "addressKey" | "retryMinuteMs" | "kick">,
): Promise<number> {
  const taken = await inTransaction(deps.db, async (tx) => {
    const events = await takeUnapplied(tx, BATCH);
    for (const [workspaceId, own] of Map.groupBy(events, (event) => event.workspace_id)) {
      await oweWake(tx, wakesOf(await applyWebhookEvents(tx, { workspaceId, ...deps }, own)));
      if (own.some((event) => event.tries === TRIES_BEFORE_ALERT)) {
        await openAlert(tx, {
          workspace_id: workspaceId,
          alert_type: "webhook_unapplied",
          severity: "medium",
          cause: "webhook_unapplied",
          suggestion:
            "Receipts or inbound messages name a message or number that is not known here. See docs/operations.md.",
        });
      }
    }
    return events.length;
  });
  if (taken > 0) deps.kick();
  return taken;
}
