import { planOf } from "../behaviours.ts";
import type { Sandbox } from "../sandbox.ts";
import { approvalStatus, rendered } from "./contentModel.ts";
import { type Refusal, refusal } from "./errors.ts";
import { type Form, field, fields } from "./form.ts";
import { type Account, isWhatsApp, type Message, type Status, type Step, statusIndex } from "./model.ts";
import { namedSid } from "./namedSid.ts";

const BODY_LIMIT = 1600;
const MEDIA_LIMIT = 10;
const E164 = /^\+[1-9]\d{6,14}$/;
/** A number, a short code or an alphanumeric sender. */
const SMS_SENDER = /^(\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 ]{1,11})$/;
// WhatsApp users may hide their number: then an id of WhatsApp's own stands in its place.
const WHATSAPP_ID = /^whatsapp:(\+[1-9]\d{6,14}|[A-Za-z]{2}\.[A-Za-z0-9.]+)$/;
const MIN_SCHEDULE_MS = 300_000;
const MAX_SCHEDULE_MS = 35 * 86_400_000;

export type Created = { message: Message } | { refused: Refusal };

interface Draft {
  from: string;
  to: string;
  text: string;
  media: number;
  contentSid: string | undefined;
  serviceSid: string | undefined;
  callbackUrl: string | undefined;
  sendAt: number | undefined;
  /** The channel takes the message and then fails it with this code. */
  dooms: number;
}

/**
 * POST …/Messages.json: takes a message or refuses it as Twilio would; what becomes of it afterwards is planned here.
 * `answered` says how the caller will be answered where that is not a plain 201.
 */
export function createMessage(
  sandbox: Sandbox,
  account: Account,
  form: Form,
  answered: string | undefined,
): Created {
  const { state } = sandbox;
  const now = Date.now();
  const draft = draftOf(sandbox, account, form, now);
  if ("refused" in draft) return draft;
  const behaviour = sandbox.behaviours.of(draft.to, account.sid, draft.from);
  if (behaviour.outcome === "refused") {
    return { refused: refusal(behaviour.code ?? 21211, behaviour.http_status) };
  }
  const whatsApp = isWhatsApp(draft.to);
  const startsAt = draft.sendAt ?? now;
  const steps: Step[] =
    draft.dooms === 0
      ? planOf(behaviour, whatsApp, state.settings, startsAt, sandbox.random)
      : [{ at: startsAt + state.settings.sent_ms, status: "failed", code: draft.dooms }];
  const first: Status = draft.sendAt === undefined ? (draft.serviceSid ? "accepted" : "queued") : "scheduled";
  if (first !== "queued") steps.unshift({ at: startsAt, status: "queued" });
  const seq = state.messages.length;
  sandbox.record({
    k: "m",
    n: seq,
    a: account.sid,
    f: draft.from,
    t: draft.to,
    b: draft.text,
    at: now,
    st: statusIndex(first),
    p: steps,
    ...(answered === undefined ? {} : { x: answered }),
    ...(draft.media > 0 ? { e: draft.media } : {}),
    ...(draft.contentSid === undefined ? {} : { c: draft.contentSid }),
    ...(draft.serviceSid === undefined ? {} : { ms: draft.serviceSid }),
    ...(draft.callbackUrl === undefined ? {} : { cb: draft.callbackUrl }),
  });
  const message = state.messages[seq] as Message;
  sandbox.lifecycle.watch(message);
  return { message };
}

function draftOf(sandbox: Sandbox, account: Account, form: Form, now: number): Draft | { refused: Refusal } {
  const to = field(form, "To");
  const serviceSid = field(form, "MessagingServiceSid");
  const from = field(form, "From") ?? serviceSender(sandbox, account, serviceSid, to ?? "");
  if (to === undefined) return { refused: refusal(21604) };
  if (from === undefined) return { refused: refusal(21603) };
  const refused = addressRefusal(sandbox, account, from, to, serviceSid !== undefined);
  if (refused) return { refused };
  const callbackUrl = field(form, "StatusCallback");
  if (callbackUrl !== undefined && !isCallbackUrl(callbackUrl)) return { refused: refusal(21609) };
  const media = fields(form, "MediaUrl").length;
  if (media > MEDIA_LIMIT) return { refused: refusal(21623) };
  const sendAt = scheduled(form, serviceSid, now);
  if (typeof sendAt === "object") return { refused: sendAt };
  const written = textOf(sandbox, account, form, now);
  if ("refused" in written) return written;
  if (written.text.length > BODY_LIMIT) return { refused: refusal(21617) };
  const contentSid = field(form, "ContentSid");
  const open = windowOpen(sandbox, account, from, to, now);
  const dooms = isWhatsApp(to) && !open ? written.doomedOutside : written.dooms;
  return { from, to, text: written.text, media, contentSid, serviceSid, callbackUrl, sendAt, dooms };
}

/** A Messaging Service picks a number of the account; always the same one for a recipient. */
function serviceSender(
  sandbox: Sandbox,
  account: Account,
  serviceSid: string | undefined,
  to: string,
): string | undefined {
  if (serviceSid === undefined) return undefined;
  const pool = [...sandbox.state.numbers.values()].filter(
    (number) => number.account_sid === account.sid && isWhatsApp(number.address) === isWhatsApp(to),
  );
  const pick = Number.parseInt(namedSid("", to).slice(0, 8), 16) % Math.max(pool.length, 1);
  return pool[pick]?.address ?? (isWhatsApp(to) ? "whatsapp:+15005550006" : "+15005550006");
}

function addressRefusal(
  { state }: Sandbox,
  account: Account,
  from: string,
  to: string,
  byService: boolean,
): Refusal | undefined {
  const whatsApp = isWhatsApp(to);
  if (!(whatsApp ? WHATSAPP_ID : E164).test(to))
    return refusal(21211, 400, `Invalid 'To' Phone Number: ${masked(to)}`);
  if (isWhatsApp(from) !== whatsApp) return refusal(21910);
  if (!(whatsApp ? WHATSAPP_ID : SMS_SENDER).test(from)) return refusal(whatsApp ? 63007 : 21212);
  if (state.settings.strict_numbers && !byService && !state.numbers.has(`${account.sid}|${from}`)) {
    return refusal(whatsApp ? 63007 : 21606);
  }
  if (account.pairOf(from, to)?.optedOut) return refusal(21610);
  return undefined;
}

/** As Twilio's own messages show it: the end is hidden. */
const masked = (address: string): string => `${address.slice(0, -4)}XXXX`;

/** Twilio refuses what is no URL, and host names with an underscore. */
function isCallbackUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  return !/^https?:\/\/[^/?#]*_/i.test(text);
}

function scheduled(form: Form, serviceSid: string | undefined, now: number): number | undefined | Refusal {
  const given = field(form, "SendAt");
  if (given === undefined || field(form, "ScheduleType") !== "fixed") return undefined;
  if (serviceSid === undefined) return refusal(35118);
  const at = Date.parse(given);
  if (!(at >= now + MIN_SCHEDULE_MS && at <= now + MAX_SCHEDULE_MS)) return refusal(35111);
  return at;
}

function windowOpen(
  { state }: Sandbox,
  account: Account,
  business: string,
  person: string,
  now: number,
): boolean {
  if (!state.settings.enforce_window) return true;
  const wroteAt = account.pairOf(business, person)?.wroteAt ?? 0;
  return wroteAt > 0 && now - wroteAt < state.settings.window_ms;
}

/** The text, with the code that dooms it outside the 24-hour window, and everywhere; 0 for none. */
interface Written {
  text: string;
  doomedOutside: number;
  dooms: number;
}

function textOf(sandbox: Sandbox, account: Account, form: Form, now: number): Written | { refused: Refusal } {
  const contentSid = field(form, "ContentSid");
  if (contentSid === undefined) {
    const text = field(form, "Body") ?? "";
    if (text === "" && form.get("MediaUrl") === undefined) return { refused: refusal(21602) };
    return { text, doomedOutside: 63016, dooms: 0 };
  }
  const content = sandbox.state.contents.get(contentSid);
  if (!content || content.account_sid !== account.sid) return { refused: refusal(21655) };
  const variables = variablesOf(field(form, "ContentVariables"));
  if (!variables) return { refused: refusal(21656) };
  const { text, missing } = rendered(content, variables);
  const dooms = missing.length > 0 ? 63028 : 0;
  const status = approvalStatus(content, now);
  return { text, doomedOutside: status === "approved" ? dooms : (UNUSABLE[status] ?? 63016), dooms };
}

const UNUSABLE: Record<string, number> = { rejected: 63040, paused: 63041, disabled: 63042 };

function variablesOf(json: string | undefined): Record<string, string> | undefined {
  if (json === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const named = Object.entries(parsed);
  return named.every(([, value]) => typeof value === "string") ? Object.fromEntries(named) : undefined;
}
