import type { WarmupLook } from "../activities/index.ts";

/** What an operator reads of a warmup in Temporal UI: the day, what it allows, and what became of the days before. Markdown. */
export function warmupDetails(now: WarmupLook, at: Date): string {
  return [
    `**${now.state}**${now.reason === null ? "" : ` (${now.reason})`}: ${doing(now)}`,
    ...(now.past.length === 0 ? [] : ["", ...historyOf(now)]),
    "",
    `_as of ${at.toISOString()}_`,
  ].join("\n");
}

function doing(now: WarmupLook): string {
  const { state, day, ladder } = now;
  const budget = ladder[day - 1] ?? 0;
  if (state === "running")
    return `day ${day} of ${ladder.length}, ${budget} messages; judged at ${now.dayEndsAt}. ${now.usedToday} of them have gone out`;
  if (state === "paused") return `stays at day ${day} of ${ladder.length}, ${budget} messages a day`;
  if (state === "completed")
    return `has been through all ${ladder.length} days; the sender goes by its own limits`;
  if (state === "stopped") return "the sender goes by its own limits";
  if (state === "failed") return "the sender is paused; an alert says what to do";
  return "the sender is gone";
}

function historyOf({ past }: WarmupLook): string[] {
  return [
    "| date | day | budget | used | verdict | decision | why |",
    "|---|---:|---:|---:|---|---|---|",
    ...past.map(
      (one) =>
        `| ${one.date} | ${one.day} | ${one.budget} | ${one.used} | ${one.verdict ?? "–"} | ${one.decision} | ${one.reasons.join("; ")} |`,
    ),
  ];
}
