import type { Ask } from "../client.ts";

/** A day of a warmup that has ended, as the API lists it. */
export interface Day {
  day: number;
  budget: number;
  started_at: string;
  ended_at: string | null;
  used: number;
  sent: number;
  delivered: number;
  failed: number;
  opted_out: number;
  blocked: number;
  replied: number;
  verdict: string | null;
  decision: string | null;
  reasons: string[];
}

interface Sent {
  from: string;
  accepted_at_ms: number;
}

/**
 * The sandbox's ledger beside the days: at no moment may a number have had more accepted than its days up to then had
 * allowed together, and what the days say they sent is what the sandbox took while they lasted.
 */
export async function judgeDays(
  sandbox: Ask,
  accountSid: string,
  numbers: readonly { address: string; days: readonly Day[] }[],
): Promise<{ ledger: { accepted: number; over_budget: number }; missing: string[] }> {
  const { messages } = await sandbox(
    `GET /_sandbox/messages?account_sid=${accountSid}&direction=outbound-api&limit=10000`,
  );
  const missing: string[] = [];
  let over = 0;
  for (const { address, days } of numbers) {
    const ends = Date.parse(days.at(-1)?.ended_at ?? "");
    const times = (messages as Sent[])
      .filter((one) => one.from === `whatsapp:${address}`)
      .map((one) => one.accepted_at_ms)
      .sort((a, b) => a - b);
    const allowedAt = (at: number) =>
      days.reduce((sum, day) => (Date.parse(day.started_at) <= at ? sum + day.budget : sum), 0);
    const during = times.filter((at) => at < ends);
    over += during.filter((at, i) => i + 1 > allowedAt(at)).length;
    const told = days.reduce((sum, day) => sum + day.sent, 0);
    if (told > times.length)
      missing.push(`The days tell of ${told} messages, the sandbox of ${times.length}`);
    // A call that was under way as the last day ended is the only one on which the two may differ.
    if (told < during.length)
      missing.push(`The days tell of ${told} messages, the sandbox took ${during.length}`);
  }
  if (over > 0) missing.push(`${over} messages were more than their days allowed`);
  return { ledger: { accepted: messages.length, over_budget: over }, missing };
}

/** For people. */
export function tableOfDays(days: readonly Day[]): string {
  return days
    .map((day, i) =>
      [
        `  ${String(i + 1).padStart(3)}  day ${String(day.day).padStart(2)}`,
        `${String(day.used).padStart(5)} of ${String(day.budget).padEnd(5)}`,
        `${String(day.delivered).padStart(4)} delivered, ${day.failed} failed, ${day.opted_out} opted out`.padEnd(
          44,
        ),
        `${day.decision?.replace("_", " ").padEnd(10)} ${day.reasons.join("; ")}`,
      ].join("  "),
    )
    .join("\n");
}
