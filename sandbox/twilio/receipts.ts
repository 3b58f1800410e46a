import { errorMessageOf } from "./errors.ts";
import { isWhatsApp, type Message, type Status } from "./model.ts";
import { messageSid } from "./sid.ts";

/**
 * Fields of a status callback.
 * Source: https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
 */
export function receiptFields(
  message: Message,
  status: Status,
  code: number,
  run: string,
): Record<string, string> {
  const sid = messageSid(message, run);
  const fields: Record<string, string> = {
    MessageSid: sid,
    MessageStatus: status,
    SmsSid: sid,
    SmsStatus: status,
    To: message.to.value,
    From: message.from.value,
    AccountSid: message.account.sid,
    ApiVersion: "2010-04-01",
  };
  if (message.serviceSid !== null) fields["MessagingServiceSid"] = message.serviceSid;
  if (code !== 0) {
    fields["ErrorCode"] = String(code);
    fields["ErrorMessage"] = errorMessageOf(code) as string;
  }
  if (!isWhatsApp(message.to.value)) return fields;
  fields["ChannelPrefix"] = "whatsapp";
  fields["ChannelToAddress"] = message.to.value.slice("whatsapp:".length);
  fields["ChannelInstallSid"] = message.account.installSid;
  if (status === "delivered" || status === "read") fields["EventType"] = status.toUpperCase();
  return fields;
}
