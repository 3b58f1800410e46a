import type { ConversationReport } from "../activities/index.ts";

const STATE: Record<ConversationReport["state"], string> = {
  burst: "the person is writing",
  open: "somebody here has to answer",
  queued: "waits for somebody to take it",
  assigned: "is with a person of ours",
  pending: "waits for the person",
  closed: "is closed",
  blocked: "is blocked",
  gone: "does not exist any more",
};

/** What an operator reads of a conversation in Temporal UI. Markdown. */
export function conversationDetails(report: ConversationReport, at: Date): string {
  const last =
    report.lastOutcome === null
      ? "nothing yet"
      : report.lastOutcome + (report.lastReason === null ? "" : ` (${report.lastReason})`);
  return [
    `**${report.state}**: ${STATE[report.state]}`,
    "",
    "| | |",
    "|---|---|",
    `| last burst | ${last} |`,
    `| understood as | ${report.intent ?? "?"}, ${report.sentiment ?? "?"}, ${report.urgency ?? "?"} urgency |`,
    `| automatic answers today | ${report.answersToday} |`,
    `| with people since | ${report.handedOffAt ?? "not"}${report.handoffReason === null ? "" : ` (${report.handoffReason})`} |`,
    `| answer due by | ${report.answerDueAt ?? "none is"}${report.escalated ? ", **overdue: told**" : ""} |`,
    `| closes by itself at | ${report.closesAt ?? "not"} |`,
    "",
    `_as of ${at.toISOString()}_`,
  ].join("\n");
}
