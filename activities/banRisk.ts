import { heartbeat } from "@temporalio/activity";
import { openAlert, resolveAlert } from "../db/alerts.ts";
import { inTransaction } from "../db/connect.ts";
import { findSendersAtRisk, readSenderFigures, type SenderInSpan } from "../db/senderFigures.ts";
import { lockWatch, pauseCampaignsOf, riskAlert, riskCause, writeRisk } from "../db/senderRisks.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { riskOfSender } from "../domain/banRiskSender.ts";
import { nextWatch } from "../domain/banRiskWatch.ts";
import { wakeCampaign } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

export interface BanRiskReport {
  senders: number;
  /** Senders that were found critical just now. */
  braked: number;
  released: number;
  /** Campaigns that were paused. */
  paused: number;
}

const HOUR_MS = 3_600_000;
/** What a check looks back on. */
const SPAN_HOURS = 24;
const BATCH = 50;

/** `now` is for tests, where days pass in no time. */
export function banRiskActivities(deps: Pick<ActivityDeps, "db" | "kick">, now = () => new Date()) {
  return {
    /** Judges every sender that has sent of late; repeatable: what a check has done is there for the next. */
    async watchBanRisk(): Promise<BanRiskReport> {
      const to = now();
      const from = new Date(to.getTime() - SPAN_HOURS * HOUR_MS);
      const ids = await findSendersAtRisk(deps.db, from);
      const report: BanRiskReport = { senders: 0, braked: 0, released: 0, paused: 0 };
      for (let i = 0; i < ids.length; i += BATCH) {
        for (const sender of await readSenderFigures(deps.db, ids.slice(i, i + BATCH), { from, to })) {
          const { action, paused } = await watchSender(deps, sender, to);
          report.senders += 1;
          report.braked += action === "brake" ? 1 : 0;
          report.released += action === "release" ? 1 : 0;
          report.paused += paused;
        }
        heartbeat({ senders: report.senders });
      }
      if (report.paused > 0) deps.kick();
      return report;
    },
  };
}

/** One sender's check: its row, its alert and its campaigns change together or not at all. */
function watchSender({ db }: Pick<ActivityDeps, "db">, sender: SenderInSpan, now: Date) {
  const of = { workspaceId: sender.workspace_id, senderId: sender.sender_id };
  const risk = riskOfSender(sender.figures);
  return inTransaction(db, async (tx) => {
    const { action, ...watch } = nextWatch(await lockWatch(tx, of), risk.risk_score, now);
    await writeRisk(tx, of, risk, { ...watch, assessed_at: now });
    if (action === "release") await resolveAlert(tx, of.workspaceId, riskCause(of.senderId));
    if (action !== "brake" && action !== "hold") return { action, paused: 0 };
    const reason = `Ban risk ${Math.round(risk.risk_score)} of a sender: ${risk.factors.slice(0, 2).join("; ")}`;
    const campaigns = await pauseCampaignsOf(tx, of, reason);
    await openAlert(
      tx,
      riskAlert(
        of,
        risk,
        campaigns.map(({ id }) => id),
      ),
    );
    await oweWake(
      tx,
      campaigns.map((campaign) => wakeCampaign(campaign)),
    );
    return { action, paused: campaigns.length };
  });
}
