import { openAlert, uncertainCallCause } from "../db/alerts.ts";
import { inTransaction } from "../db/connect.ts";
import { type DoubtfulCall, endCall, findDoubtfulCalls } from "../db/emailCalls.ts";
import type { SenderRow } from "../db/senders.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { settingsOf } from "../domain/settings.ts";
import { wakeCampaign, wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";
import type { SettleReport } from "./settling.ts";

const PAGE = 200;
const HOUR_MS = 3_600_000;
/** SendGrid promises to cancel until 10 minutes before a batch goes out. */
const CANCEL_LEAD_MS = 10 * 60_000 + 30_000;
/** Until a provider that did not answer is asked again. */
const AGAIN_MS = 10_000;
const LONGEST_WAIT_MS = 30 * 60_000;

/**
 * Looks after the calls of a sender of e-mail whose end nobody knows. No provider of e-mail lists what it has taken, so
 * events settle them; what no event has settled within the workspace's hours waits for an operator, and is never sent
 * again by itself. Where its content asks for it, a call in doubt is cancelled and its people go again.
 */
export async function settleMailCalls(deps: ActivityDeps, sender: SenderRow): Promise<SettleReport> {
  const report: SettleReport = { accepted: 0, notSent: 0, doubtful: 0, waitMs: null };
  const calls = await findDoubtfulCalls(deps.db, sender.id, PAGE);
  const workspace = await findWorkspace(deps.db, sender.workspace_id);
  if (calls.length === 0 || workspace === undefined) return report;
  const doubtMs = settingsOf(workspace.settings).email.doubt_hours * HOUR_MS;
  const waits: number[] = [];
  for (const call of calls) {
    const undone = await undo(deps, sender, call);
    if (undone === "done") {
      report.notSent += call.rows;
      continue;
    }
    report.doubtful += call.rows;
    if (undone === "later") waits.push(AGAIN_MS);
    else if (call.age_ms < doubtMs) waits.push(doubtMs - call.age_ms);
    else await askOperator(deps, sender, call);
  }
  // Those that wait for an operator need no further look: what is said of them is acted on at once.
  if (waits.length > 0) report.waitMs = Math.min(LONGEST_WAIT_MS, Math.max(500, Math.min(...waits)));
  if (report.notSent > 0) deps.kick();
  return report;
}

/** Makes sure that a call comes to nothing, where that can be: then its people go again. */
async function undo(
  deps: ActivityDeps,
  sender: SenderRow,
  call: DoubtfulCall,
): Promise<"done" | "later" | "never"> {
  if (!call.repeatable) return "never";
  if (call.batch_id === null) {
    // The batch is committed before the call, and the call has a deadline: this one was never made.
    if (call.age_ms < deps.graceMs) return "later";
    await goesAgain(deps, sender, call, "deadline");
    return "done";
  }
  if ((call.leaves_in_ms ?? 0) < CANCEL_LEAD_MS) return "never";
  const provider = await deps.mailOf(sender.workspace_id, sender.provider_account_id);
  try {
    await provider.cancelBatch(call.batch_id);
  } catch (error) {
    deps.log.warn({ call_id: call.id, why: (error as Error).message }, "a call could not be cancelled");
    return "later";
  }
  await goesAgain(deps, sender, call, "cancelled");
  return "done";
}

function goesAgain(
  deps: ActivityDeps,
  sender: SenderRow,
  { id }: DoubtfulCall,
  settledBy: "deadline" | "cancelled",
): Promise<void> {
  const workspaceId = sender.workspace_id;
  return inTransaction(deps.db, async (tx) => {
    const campaigns = await endCall(tx, { id, workspaceId, outcome: "not_sent", settledBy });
    if (campaigns === undefined) return;
    await oweWake(tx, [wakeSender(sender), ...campaigns.map((one) => wakeCampaign(one))]);
  });
}

function askOperator(deps: ActivityDeps, sender: SenderRow, call: DoubtfulCall): Promise<void> {
  return openAlert(deps.db, {
    workspace_id: sender.workspace_id,
    alert_type: "uncertain_call",
    severity: "high",
    cause: uncertainCallCause(call.id),
    subject_kind: "email_call",
    subject_id: call.id,
    metric_value: call.rows,
    suggestion:
      "Look at the provider's activity around the time of the call, then settle it as sent or not sent.",
  });
}
