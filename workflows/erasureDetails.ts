import type { ErasureReport } from "../activities/index.ts";

const FIRST_MS = 5_000;
const LONGEST_MS = 3_600_000;
/** The looks that three days have room for: a provider lets go of a message when it has arrived or expired. */
export const ROUNDS = 82;

/** After 5, 10, 20 … seconds, then every hour. */
export const nextLookMs = (round: number) => Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(round, 20));

const WHY = {
  running: "waits for what is at work with the person still",
  completed: "nothing names the person any more",
  incomplete: "something is left; an alert says what to do",
};

/** What an operator reads of an erasure in Temporal UI. Markdown. */
export function erasureDetails(
  state: keyof typeof WHY,
  report: ErasureReport,
  nextLook: Date | null,
): string {
  const until = nextLook === null ? "" : `, looks again at ${nextLook.toISOString()}`;
  return [
    `**${state}**: ${WHY[state]}${until}`,
    "",
    "| | |",
    "|---|---:|",
    `| at work here | ${report.busy} |`,
    `| erased at the provider | ${report.provider.erased} |`,
    `| not there any more | ${report.provider.absent} |`,
    `| still at the provider | ${report.provider.remaining} |`,
  ].join("\n");
}
