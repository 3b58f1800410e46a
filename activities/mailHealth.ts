import { mailRateAlerts } from "./mailRateAlerts.ts";
import { openAlert, resolveAlert } from "../db/alerts.ts";
import { inTransaction, type Tx } from "../db/connect.ts";
import {
  findHealthWindows,
  findSendersToJudge,
  lockHealth,
  type MailSenderHealth,
  writeHealth,
} from "../db/emailHealth.ts";
import { stopSender } from "../db/ledger.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { type HealthVerdict, judgeMailHealth } from "../domain/email/health.ts";
import { wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

export interface MailHealthReport {
  senders: number;
  /** Those whose level is another than before. */
  changed: number;
  stopped: number;
}

export function mailHealthActivities({ db, kick }: Pick<ActivityDeps, "db" | "kick">) {
  return {
    /**
     * Judges every sender of e-mail by its figures, and does what follows: alerts, a quarter of its pace, campaigns that
     * wait, or the end of its service. Repeatable.
     */
    async judgeMailSenders(): Promise<MailHealthReport> {
      const report = { senders: 0, changed: 0, stopped: 0 };
      for (const { sender_id: senderId } of await findSendersToJudge(db)) {
        const judged = await inTransaction(db, (tx) => judgeSender(tx, senderId));
        if (judged === undefined) continue;
        report.senders += 1;
        if (judged.changed) report.changed += 1;
        if (judged.stopped) report.stopped += 1;
      }
      if (report.changed > 0) kick();
      return report;
    },
  };
}

async function judgeSender(
  tx: Tx,
  senderId: string,
): Promise<{ changed: boolean; stopped: boolean } | undefined> {
  const before = await lockHealth(tx, senderId);
  if (before === undefined) return undefined;
  const verdict = judgeMailHealth(before.level, await findHealthWindows(tx, senderId));
  const changed = verdict.level !== before.level;
  await writeHealth(tx, before, verdict);
  await tellRates(tx, before, verdict);
  // Once, as it comes to that: an operator who sets the sender active again has the last word.
  const stops = changed && verdict.level === "stop";
  const stopped = stops && (await stopSender(tx, senderId, stopReason(verdict)));
  // What waited at it may go, or goes at another pace.
  if (changed)
    await oweWake(tx, [wakeSender({ id: senderId, workspace_id: before.workspace_id, channel: "email" })]);
  return { changed, stopped };
}

const stopReason = ({ findings }: HealthVerdict) =>
  `complaint rate ${findings.find(({ metric }) => metric === "complaint_rate")?.value} %`;

/** One alert for each rate that is too high; one that has become more or less severe takes the place of the one before. */
async function tellRates(tx: Tx, sender: MailSenderHealth, verdict: HealthVerdict): Promise<void> {
  for (const { cause, alert, fresh } of mailRateAlerts(sender, verdict)) {
    if (alert === null || fresh) await resolveAlert(tx, sender.workspace_id, cause);
    if (alert !== null) await openAlert(tx, alert);
  }
}
