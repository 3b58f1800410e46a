/** What Twilio's webhooks say, in our words. Forms as Twilio documents them; unknown fields are let be. */
import type { InboundParts } from "./inboundMessage.ts";
import { type AttemptState, attemptStateOfTwilio } from "./receipts.ts";

export type TwilioForm = Readonly<Record<string, string>>;

/** A status callback; undefined where its status is none that moves a message. */
export type StatusCallback = {
  providerSid: string;
  /** From the callback's own query; null where it carries none. */
  attempt: { messageId: string; n: number } | null;
  state: AttemptState;
  errorCode: string | null;
};

/** The field under which we keep the attempt that a callback's URL names, beside the form that came with it. */
export const ATTEMPT_FIELD = "_attempt";

/** When the provider had an inbound message that was taken from its list, not from its webhook. */
const SENT_FIELD = "_sent_at";

const ATTEMPT = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.(\d{1,4})$/;
const CHANNEL_PREFIX = /^whatsapp:/i;

export function readStatusCallback(form: TwilioForm): StatusCallback | undefined {
  const providerSid = form["MessageSid"] ?? form["SmsSid"];
  const state = attemptStateOfTwilio(form["MessageStatus"] ?? form["SmsStatus"] ?? "");
  if (!providerSid || state === undefined) return undefined;
  return {
    providerSid,
    attempt: readAttempt(form[ATTEMPT_FIELD]),
    state,
    errorCode: form["ErrorCode"] || null,
  };
}

/** `<message id>.<number of the attempt>`. */
export function readAttempt(text: string | undefined): { messageId: string; n: number } | null {
  const match = ATTEMPT.exec(text ?? "");
  return match ? { messageId: match[1] as string, n: Number(match[2]) } : null;
}

export type InboundForm = {
  providerSid: string;
  channel: "whatsapp" | "sms";
  /** E.164, or what names a WhatsApp user who hides their number. */
  from: string;
  to: string;
  /** The text, or that of the button that was pressed. */
  body: string;
  media: { url: string; type: string }[];
  parts: InboundParts | null;
  profileName: string | null;
  whatsappUserId: string | null;
  /** START, STOP or HELP where Twilio itself has recognised it. */
  optOutType: string | null;
  /** Null: just now. */
  sentAt: Date | null;
};

/** An inbound message; undefined where the form is none. */
export function readInboundForm(form: TwilioForm): InboundForm | undefined {
  const providerSid = form["MessageSid"] ?? form["SmsSid"];
  const { From: from, To: to } = form;
  if (!providerSid || !from || !to) return undefined;
  const count = Math.min(10, Number(form["NumMedia"] ?? 0) || 0);
  const media = Array.from({ length: count }, (_, i) => ({
    url: form[`MediaUrl${i}`] ?? "",
    type: form[`MediaContentType${i}`] ?? "application/octet-stream",
  }));
  return {
    providerSid,
    channel: CHANNEL_PREFIX.test(to) ? "whatsapp" : "sms",
    from: from.replace(CHANNEL_PREFIX, ""),
    to: to.replace(CHANNEL_PREFIX, ""),
    body: form["Body"] || form["ButtonText"] || "",
    media: media.filter((one) => one.url !== ""),
    parts: partsOf(form),
    profileName: form["ProfileName"] || null,
    whatsappUserId: form["ExternalUserId"] || null,
    optOutType: form["OptOutType"] || null,
    sentAt: form[SENT_FIELD] ? new Date(form[SENT_FIELD]) : null,
  };
}

function partsOf(form: TwilioForm): InboundParts | null {
  const parts: InboundParts = {};
  if (form["ButtonText"] || form["ButtonPayload"])
    parts.button = { text: form["ButtonText"] ?? "", payload: form["ButtonPayload"] || null };
  const [latitude, longitude] = [Number(form["Latitude"] || "none"), Number(form["Longitude"] || "none")];
  if (Number.isFinite(latitude) && Number.isFinite(longitude)) {
    const { Address: address, Label: label } = form;
    parts.location = { latitude, longitude, address: address || null, label: label || null };
  }
  if (form["OriginalRepliedMessageSid"]) parts.replied_to = form["OriginalRepliedMessageSid"];
  return Object.keys(parts).length > 0 ? parts : null;
}

/** The form that a message of Twilio's list would have come with; the list says less: no media, no profile, no button. */
export function listedInboundForm(message: {
  sid: string;
  from: string;
  to: string;
  body: string;
  sent_at: Date;
}): Record<string, string> {
  return {
    MessageSid: message.sid,
    From: message.from,
    To: message.to,
    Body: message.body,
    [SENT_FIELD]: message.sent_at.toISOString(),
  };
}
