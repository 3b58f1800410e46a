import type { CampaignLook, CanaryLook } from "../activities/index.ts";

const ORDER = [
  "queued",
  "sending",
  "uncertain",
  "accepted",
  "sent",
  "delivered",
  "read",
  "undelivered",
  "failed",
  "skipped",
  "cancelled",
] as const;

/** What an operator reads in Temporal UI: how the campaign stands, what it waits for, and what went wrong last. Markdown. */
export function campaignDetails(now: CampaignLook, at: Date): string {
  const { counts } = now;
  const lines = [
    `**${now.state}**${now.reason === null ? "" : ` (${now.reason})`}: ${doing(now)}`,
    "",
    "| state | messages |",
    "|---|---:|",
    ...ORDER.filter((state) => counts.by_state[state]).map(
      (state) => `| ${state} | ${counts.by_state[state]} |`,
    ),
    `| **audience** | **${counts.audience}** |`,
    "",
    `${counts.replied} replied · ${counts.per_minute} accepted in the last minute${etaOf(now)}`,
    ...canaryLines(now.canary),
    ...reasonLines("Held", counts.held),
    ...reasonLines("Not sent", counts.by_reason),
    ...(counts.last_error_code === null ? [] : ["", `Last provider error: ${counts.last_error_code}`]),
    ...now.idleSenders.map((sender) => `- sender ${sender}`),
    "",
    `_as of ${at.toISOString()}_`,
  ];
  return lines.join("\n");
}

function doing(now: CampaignLook): string {
  if (now.state === "scheduled") return `waits until ${now.startsAt}`;
  if (now.state === "paused") return "waits for somebody to resume it";
  if (now.state !== "running") return "has ended";
  if (!now.planned) return "plans its audience";
  const { queued = 0, uncertain = 0 } = now.counts.by_state;
  if (now.canary?.phase === "sending") return "has sent its canary ahead; the rest waits";
  if (now.canary?.phase === "held" || now.canary?.phase === "stopped")
    return "waits for somebody to decide about its canary";
  if (queued > 0) return `sends; the next message is due ${String(now.counts.next_due_at ?? "now")}`;
  return uncertain > 0 ? `waits to learn what became of ${uncertain} messages` : "waits for the last answers";
}

/** How the canary did, and what an operator can do about it. */
function canaryLines(canary: CanaryLook | null | undefined): string[] {
  if (canary == null) return [];
  const { phase, figures, reasons, judgeAt } = canary;
  const lines = ["", `**Canary: ${phase}**${reasons.length === 0 ? "" : `: ${reasons.join(", ")}`}`];
  if (figures !== null)
    lines.push(
      `${figures.picked} people: ${figures.sent} sent, ${figures.delivered} delivered, ${figures.failed} failed, ` +
        `${figures.opted_out} opted out, ${figures.open} open`,
    );
  if (judgeAt !== null) lines.push(`judged at ${judgeAt}`);
  if (phase === "held" || phase === "stopped")
    lines.push("Send the signal `canaryContinue` to let the rest go, or `cancel`.");
  return lines;
}

function etaOf(now: CampaignLook): string {
  const left = now.counts.by_state["queued"] ?? 0;
  if (now.state !== "running" || left === 0 || now.counts.per_minute === 0) return "";
  return ` · about ${Math.ceil(left / now.counts.per_minute)} min left at this rate`;
}

function reasonLines(title: string, reasons: Record<string, number>): string[] {
  const entries = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
  return entries.length === 0
    ? []
    : ["", `${title}: ${entries.map(([reason, n]) => `${reason} ${n}`).join(", ")}`];
}
