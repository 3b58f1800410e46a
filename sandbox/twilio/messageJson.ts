import { errorMessageOf } from "./errors.ts";
import type { Message } from "./model.ts";
import { segmentsOf } from "./segments.ts";
import { statusName } from "./model.ts";
import { messageSid } from "./sid.ts";

let second = Number.NaN;
let text = "";

/** RFC 2822 in whole seconds; remembered, as most are asked for within the second that made them. */
export function rfc2822(ms: number): string {
  const whole = Math.floor(ms / 1000);
  if (whole !== second) {
    second = whole;
    text = new Date(whole * 1000).toUTCString().replace("GMT", "+0000");
  }
  return text;
}

/** A message as the REST API shows it. */
export function messageJson(message: Message, run: string): Record<string, unknown> {
  const sid = messageSid(message, run);
  const account = message.account.sid;
  const uri = `/2010-04-01/Accounts/${account}/Messages/${sid}`;
  return {
    body: message.redacted ? "" : message.body,
    num_segments: String(segmentsOf(message.body)),
    direction: message.inbound ? "inbound" : "outbound-api",
    from: message.from.value,
    to: message.to.value,
    date_updated: rfc2822(message.updatedAt),
    price: null,
    error_message: errorMessageOf(message.errorCode),
    uri: `${uri}.json`,
    account_sid: account,
    num_media: String(message.media),
    status: statusName(message),
    messaging_service_sid: message.serviceSid,
    sid,
    // Null until it has left, which is why a lookup after a doubtful create cannot filter by it.
    date_sent: message.inbound
      ? rfc2822(message.acceptedAt)
      : message.sentAt === 0
        ? null
        : rfc2822(message.sentAt),
    date_created: rfc2822(message.acceptedAt),
    error_code: message.errorCode === 0 ? null : message.errorCode,
    price_unit: "USD",
    api_version: "2010-04-01",
    subresource_uris: { media: `${uri}/Media.json` },
  };
}
