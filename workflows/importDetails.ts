import type { ImportReport } from "../activities/index.ts";

const PHASES: Record<ImportReport["phase"], string> = {
  rows: "reads the rows",
  refusals: "records who said no",
  consents: "records who said yes",
  ended: "has nothing left to do",
};

/** What an operator reads of an import in Temporal UI. Markdown. */
export function importDetails(report: ImportReport): string {
  const figures: [string, number][] = [
    ["rows", report.rows],
    ["created", report.created],
    ["updated", report.updated],
    ["unchanged", report.unchanged],
    ["duplicates", report.duplicates],
    ["rejected", report.rejected],
    ["opted in", report.optedIn],
    ["opted out", report.optedOut],
    ...Object.entries(report.warnings),
  ];
  return [
    `**${report.state}**${report.dryRun ? " (dry run)" : ""}: ${PHASES[report.phase]}, ${report.percent} %`,
    "",
    "| | |",
    "|---|---:|",
    ...figures.map(([name, count]) => `| ${name} | ${count} |`),
  ].join("\n");
}
