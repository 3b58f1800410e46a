import { wordOf } from "./keywords.ts";
import { isWhatsApp, type Message } from "./model.ts";
import { segmentsOf } from "./segments.ts";
import { messageSid } from "./sid.ts";

/** What a person sends; addresses carry their channel prefix. */
export interface Inbound {
  from: string;
  to: string;
  body: string;
  media?: { url: string; content_type: string }[] | undefined;
  button?: { text: string; payload: string } | undefined;
  profile_name?: string | undefined;
  opt_out_type?: "STOP" | "START" | "HELP" | undefined;
  external_user_id?: string | undefined;
  replied_message_sid?: string | undefined;
}

/** Fields of an inbound message's webhook. Source: https://www.twilio.com/docs/messaging/guides/webhook-request */
export function inboundFields(
  message: Message,
  said: Inbound,
  run: string,
  advancedOptOut: boolean,
): Record<string, string> {
  const sid = messageSid(message, run);
  const fields: Record<string, string> = {
    MessageSid: sid,
    SmsSid: sid,
    SmsMessageSid: sid,
    SmsStatus: "received",
    AccountSid: message.account.sid,
    ApiVersion: "2010-04-01",
    From: said.from,
    To: said.to,
    Body: said.body,
    NumSegments: String(segmentsOf(said.body)),
    NumMedia: String(said.media?.length ?? 0),
  };
  for (const [index, medium] of (said.media ?? []).entries()) {
    fields[`MediaUrl${index}`] = medium.url;
    fields[`MediaContentType${index}`] = medium.content_type;
  }
  const optOut = said.opt_out_type ?? (advancedOptOut ? wordOf(said.body) : undefined);
  if (optOut) fields["OptOutType"] = optOut;
  return { ...fields, ...(isWhatsApp(said.from) ? whatsAppFields(said) : PLACES) };
}

// Sent with every SMS, often empty: an empty value is signed like any other.
const PLACES = {
  FromCountry: "",
  FromState: "",
  FromCity: "",
  FromZip: "",
  ToCountry: "",
  ToState: "",
  ToCity: "",
  ToZip: "",
};

function whatsAppFields(said: Inbound): Record<string, string> {
  const number = said.from.slice("whatsapp:".length);
  const fields: Record<string, string> = {
    ProfileName: said.profile_name ?? "Sandbox",
    MessageType: said.button ? "button" : said.media?.length ? "image" : "text",
    ReferralNumMedia: "0",
    ChannelMetadata: JSON.stringify({ type: "whatsapp", data: {} }),
  };
  // A person may hide the phone: then an id of WhatsApp's own stands in From, and WaId is absent.
  if (number.startsWith("+")) fields["WaId"] = number.slice(1);
  if (said.external_user_id) fields["ExternalUserId"] = said.external_user_id;
  if (said.button) {
    fields["ButtonText"] = said.button.text;
    fields["ButtonPayload"] = said.button.payload;
  }
  if (said.replied_message_sid) fields["OriginalRepliedMessageSid"] = said.replied_message_sid;
  return fields;
}
