import type { Insertable } from "kysely";
import type { HealthFinding, HealthLevel, HealthVerdict } from "../domain/email/health.ts";
import type { Alerts } from "../db/schema.ts";

const SEVERITY = { ok: "low", warn: "medium", slow: "high", stop: "critical" } as const;

const DO: Readonly<Record<HealthLevel, string>> = {
  ok: "Nothing: the rate is falling.",
  warn: "Look at the text, and at where its people's consent comes from, before more of it goes out.",
  slow: "It sends at a quarter of its pace and campaigns that are started now wait. Leave out people who have not opened for months.",
  stop: 'It is out of service. Find out who complains and why; then PATCH /v1/senders/{id} {"status": "active"}.',
};

interface RateAlert {
  cause: string;
  /** Null: there is nothing to alert of. */
  alert: Insertable<Alerts> | null;
  /** An open one of the same cause says something else. */
  fresh: boolean;
}

/** The alerts of a sender that has just been judged, one for each rate; `sender` is how it stood before. */
export function mailRateAlerts(
  sender: { sender_id: string; workspace_id: string; level: HealthLevel },
  { level, findings }: HealthVerdict,
): RateAlert[] {
  const of = (metric: HealthFinding["metric"]) => findings.find((finding) => finding.metric === metric);
  const row = (metric: HealthFinding["metric"], severity: string, suggestion: string): RateAlert => {
    const cause = `${metric}:${sender.sender_id}`;
    const finding = of(metric);
    if (finding === undefined) return { cause, alert: null, fresh: false };
    const alert = {
      workspace_id: sender.workspace_id,
      alert_type: `high_${metric}`,
      severity,
      cause,
      subject_kind: "sender",
      subject_id: sender.sender_id,
      metric_value: finding.value,
      threshold_value: finding.limit,
      suggestion,
      detail: JSON.stringify({ hours: finding.hours, domain: finding.domain }),
    };
    return { cause, alert, fresh: false };
  };
  const complaints = row("complaint_rate", SEVERITY[level], DO[level]);
  // Left, but not by enough to leave the level: the alert that is open stays.
  const kept = complaints.alert === null && level !== "ok" && level === sender.level;
  return [
    ...(kept ? [] : [{ ...complaints, fresh: level !== sender.level }]),
    row(
      "bounce_rate",
      "medium",
      "Addresses are old or were made up: write to those who have read or clicked lately, and check where new ones come from.",
    ),
    row(
      "deferral_rate",
      "low",
      "A receiving server asks to go slower: lower max_per_hour of the sender, or let it warm up.",
    ),
  ];
}
