import type { SliceReport } from "../activities/index.ts";

const WHY: Record<SliceReport["why"], string> = {
  idle: "has nothing to send",
  waiting: "waits until the next message is due",
  hour_budget: "has used up this hour's budget",
  day_budget: "has used up today's budget",
  stopped: "sending is stopped",
  paused: "is paused",
  sender_stopped: "was taken out of service by the provider; people new to it go to other senders",
  superseded: "another slice has taken over",
  removed: "was removed",
  time_up: "goes on at once",
};

/** What an operator reads of a sender in Temporal UI. Markdown. */
export function senderDetails(report: SliceReport, at: Date): string {
  const until =
    report.waitMs === null
      ? "until somebody wakes it"
      : `until ${new Date(at.getTime() + report.waitMs).toISOString()}`;
  return [
    `**${report.why}**: ${WHY[report.why]}, ${until}${report.reason === null ? "" : `: ${report.reason}`}`,
    "",
    "| | |",
    "|---|---:|",
    `| accepted in the last slice | ${report.sent} |`,
    `| used in the rolling hour | ${report.usedHour} |`,
    `| used today | ${report.usedDay} |`,
    `| budget left now | ${report.left ?? "?"} |`,
    `| rate now | ${Math.round((report.rateFactor ?? 1) * 100)} % of its full pace |`,
    `| next due | ${report.nextDueAt ?? "nothing"} |`,
    `| in doubt | ${report.doubtful} |`,
    ...(report.lastRefusal === null ? [] : ["", `Last refusal: ${report.lastRefusal}`]),
    "",
    `_as of ${at.toISOString()}_`,
  ].join("\n");
}
