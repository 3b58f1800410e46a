import { COMPLAINT_LIMITS } from "./email/health.ts";

/** The answer to "why did this person (not) get it", as one sentence. Nothing personal is in it. */

export type Explained = {
  state: string;
  reason: string | null;
  /** What the rule said when it held or skipped the message. */
  detail: Readonly<Record<string, unknown>> | null;
  error_code: string | null;
  due_at: Date | null;
  attempts: number;
};

/** Where somebody stands in a drip sequence. */
export type ExplainedEnrollment = {
  state: string;
  reason: string | null;
  next_step: number | null;
  due_at: Date | null;
};

export function explainEnrollment({ state, reason, next_step, due_at }: ExplainedEnrollment): string {
  if (state === "completed")
    return reason === null ? "Went through all steps." : `Came to the end: ${reason}.`;
  if (state === "active") return `Waits for step ${next_step}, due ${due_at?.toISOString() ?? "now"}.`;
  if (state === "paused") return `Paused before step ${next_step}: ${reason ?? "by hand"}.`;
  return `${capital(state)} before step ${next_step}: ${reason ?? "by hand"}.`;
}

const ENDINGS: Readonly<Record<string, string>> = {
  sending: "is being sent at this moment",
  uncertain: "may or may not have been taken by the provider, which is being asked",
  accepted: "was accepted by the provider",
  sent: "was sent; whether it arrived is not known yet",
  delivered: "was delivered",
  read: "was delivered and read",
};

/** What waits for something other than an hour. */
const WAITS: Readonly<Record<string, string>> = {
  canary: "for the verdict on the canary of its campaign",
  enrollment_paused: "until its person is resumed in the sequence",
  sender_health: `until its sender starts campaigns again: more than ${COMPLAINT_LIMITS.slow} % of its e-mail was complained about`,
};

export function explainState(message: Explained): string {
  const { state } = message;
  if (state === "skipped") return `Not sent: ${named(message, "skipped")}.`;
  if (state === "cancelled") return `Cancelled before it was sent: ${message.reason ?? "by the provider"}.`;
  if (state === "failed" || state === "undelivered") return `${capital(state)}: ${ending(message)}.`;
  const wait = state === "queued" ? WAITS[message.reason ?? ""] : undefined;
  if (wait !== undefined) return `Waits ${wait}.`;
  if (state === "queued") return `Waits until ${message.due_at?.toISOString() ?? "its turn"}${why(message)}.`;
  return `The message ${ENDINGS[state] ?? `is ${state}`}${tries(message)}.`;
}

function named({ reason, detail }: Explained, key: "skipped" | "held"): string {
  const said = detail?.[key];
  return typeof said === "string" && said !== reason ? `${reason} (${said})` : String(reason);
}

function why(message: Explained): string {
  return message.reason === null ? "" : `: ${named(message, "held")}`;
}

function ending({ reason, error_code }: Explained): string {
  return `${reason ?? "the provider gave no reason"}${error_code === null ? "" : `, provider code ${error_code}`}`;
}

function tries({ attempts }: Explained): string {
  return attempts > 1 ? ` at attempt ${attempts}` : "";
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
