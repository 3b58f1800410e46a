import type { DripLook } from "../activities/index.ts";

/** What an operator reads in Temporal UI: how a sequence stands, where its people are and what it waits for. Markdown. */
export function dripDetails(now: DripLook, counts: DripLook["counts"], at: Date): string {
  const lines = [
    `**${now.state}**${now.reason === null ? "" : ` (${now.reason})`}, steps of version ${now.version}: ${doing(now, at)}`,
    "",
    ...(counts === null ? [] : tables(counts)),
    "",
    `_as of ${at.toISOString()}_`,
  ];
  return lines.join("\n");
}

function doing(now: DripLook, at: Date): string {
  if (now.state === "scheduled") return `waits until ${now.startsAt}`;
  if (now.state === "paused") return "waits for somebody to resume it; steps that are late then are spread";
  if (now.state !== "running") return "has ended";
  if (now.blocked !== null) return `cannot send: ${now.blocked}`;
  if (now.waitMs === null) return "waits for messages on their way, or for somebody to be enrolled";
  return `the next step or look for newcomers is due ${new Date(at.getTime() + now.waitMs).toISOString()}`;
}

function tables({ by_state, by_reason, waiting }: NonNullable<DripLook["counts"]>): string[] {
  const rows = (of: Record<string, number>) => Object.entries(of).map(([key, n]) => `| ${key} | ${n} |`);
  const reasons = Object.entries(by_reason).map(([reason, n]) => `${reason} ${n}`);
  return [
    "| people | |",
    "|---|---:|",
    ...rows(by_state),
    "",
    "| waiting for step | people |",
    "|---|---:|",
    ...rows(waiting),
    ...(reasons.length === 0 ? [] : ["", `Ended early or paused: ${reasons.join(", ")}`]),
  ];
}
