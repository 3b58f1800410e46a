import type { MailBehaviour } from "./behaviours.ts";
import type { MailStep } from "./model.ts";
import type { MailSettings } from "./settings.ts";

const REASONS = {
  bounce: "550 5.1.1 The email account that you tried to reach does not exist.",
  blocked: "550 5.7.1 Message rejected: the sending IP is on a block list.",
  dropped: "Invalid",
  deferred: "451 4.7.1 Greylisting in action, please come back later",
  expired: "unable to get mx info: failed to get IPs from PTR record: lookup expired",
} as const;

/** What will happen to a mail that is processed from `now` (epoch ms) on, in order of time. */
export function mailPlanOf(
  behaviour: MailBehaviour,
  settings: MailSettings,
  now: number,
  random: () => number,
): MailStep[] {
  const stretched = (ms: number): number => Math.round(ms * (1 + settings.spread * (2 * random() - 1)));
  const { outcome } = behaviour;
  const processed: MailStep = { at: now + stretched(settings.processed_ms), event: "processed" };
  const reason = behaviour.reason ?? REASONS[outcome as keyof typeof REASONS];
  if (outcome === "dropped") return [{ ...processed, event: "dropped", reason }];
  const steps = [processed];
  let at = Math.max(processed.at, now + (behaviour.delivered_after_ms ?? stretched(settings.delivered_ms)));
  const puts = behaviour.deferrals ?? (outcome === "deferred" ? 1 : outcome === "expired" ? 2 : 0);
  for (let attempt = 1; attempt <= puts; attempt++) {
    steps.push({ at, event: "deferred", reason: behaviour.reason ?? REASONS.deferred, attempt });
    at += stretched(settings.deferral_ms);
  }
  if (outcome === "bounce" || outcome === "blocked" || outcome === "expired") {
    steps.push({ at, event: outcome === "bounce" ? "bounce" : "blocked", reason });
    return steps;
  }
  steps.push({ at, event: "delivered" });
  if (outcome === "silent") return steps.map((step) => ({ ...step, quiet: true }));
  return [...steps, ...engagementOf(behaviour, settings, now, at, stretched)];
}

function engagementOf(
  behaviour: MailBehaviour,
  settings: MailSettings,
  now: number,
  delivered: number,
  stretched: (ms: number) => number,
): MailStep[] {
  const steps: MailStep[] = [];
  if (behaviour.machine_open) steps.push({ at: delivered + 1, event: "machine_open" });
  let last = delivered;
  const then = (ms: number, step: Omit<MailStep, "at">): void => {
    last = Math.max(last, now + ms);
    steps.push({ at: last, ...step });
  };
  if (behaviour.outcome !== "delivered") {
    then(behaviour.open_after_ms ?? stretched(settings.open_ms), { event: "open" });
    for (let more = 1; more < (behaviour.opens ?? 1); more++)
      then(stretched(settings.open_ms), { event: "open" });
  }
  if (behaviour.outcome === "click") then(stretched(settings.click_ms), { event: "click" });
  const complains = stretched(settings.complain_ms);
  if (behaviour.spamreport) then(complains, { event: "spamreport" });
  if (behaviour.unsubscribe) then(complains, { event: "unsubscribe" });
  if (behaviour.group_unsubscribe) then(complains, { event: "group_unsubscribe" });
  if (behaviour.one_click) then(complains, { act: "one_click" });
  if (behaviour.reply) {
    // Counted from the opening, so that a late one is answered late as well.
    const after = behaviour.reply.after_ms ?? stretched(settings.reply_ms);
    then(Math.max(last - now, 0) + after, { act: "reply" });
  }
  return steps.sort((one, other) => one.at - other.at);
}
