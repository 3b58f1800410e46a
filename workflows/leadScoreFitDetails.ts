import type { FitReport } from "../activities/index.ts";

const WHY: Record<string, string> = {
  requested: "waits to be fitted",
  proposed: "these weights rank better than the usual ones; an admin applies or drops them",
  accepted: "these weights are in use",
  dropped: "these weights are not used",
  too_few: "too few people of whom enough is known have bought",
  no_better: "the usual weights rank as well",
  gone: "the workspace is not there any more",
};

/** What an operator reads of a fit in Temporal UI; `scored`: people scored anew since the decision. Markdown. */
export function fitDetails(report: FitReport | null, scored: number | null): string {
  if (report === null) return "**running**: reads people as they were before they bought";
  const { state } = report;
  return [
    `**${state}**: ${WHY[state] ?? state}`,
    "",
    "| | |",
    "|---|---:|",
    `| people, of them bought | ${report.people ?? "–"}, ${report.converted ?? "–"} |`,
    `| held out, of them bought | ${report.held_out ?? "–"}, ${report.held_out_converted ?? "–"} |`,
    `| area under the curve, usual | ${report.auc_default?.toFixed(3) ?? "–"} |`,
    `| area under the curve, fitted | ${report.auc_fitted?.toFixed(3) ?? "–"} |`,
    ...(scored === null ? [] : [`| scored anew | ${scored} |`]),
  ].join("\n");
}
