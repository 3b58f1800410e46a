import type { CallLook } from "../activities/index.ts";

/** What an operator reads of a call in Temporal UI. Markdown. */
export function callDetails(call: CallLook): string {
  const why = call.reason === null ? "" : `: ${call.reason}`;
  const failed = call.transcription === "failed";
  return [
    `**${call.transcription}**${why}`,
    "",
    "| | |",
    "|---|---:|",
    `| call | ${call.call} |`,
    `| recordings | ${call.recordings} |`,
    `| transcripts | ${call.transcripts} |`,
    ...(call.waitsFor === null ? [] : ["", `Waits for ${call.waitsFor}.`]),
    ...(failed ? ["", "Signal `retry` has it tried again."] : []),
  ].join("\n");
}
