import type { Mail, MailStep } from "./model.ts";
import { firstLink } from "./render.ts";
import { statusOf } from "./state.ts";

const BROWSER =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const IP = "192.0.2.10";
/** A person's own address; of documentation (RFC 5737). */
const PERSON_IP = "203.0.113.7";
const NOWHERE = "https://example.com/";
const TOLD_AS: Record<string, string> = { blocked: "bounce", machine_open: "open" };

/** X-Message-Id first, as SendGrid's own: by it events can be told to belong to a call. */
export const messageIdOf = ({ call, seq }: Mail): string =>
  `${call.id}.recvd-sandbox-${call.index}-1-${call.at.toString(16).toUpperCase()}-${seq - call.firstMail}.0`;

/** Unique per mail and step, and the same each time it is told. */
export const eventIdOf = ({ seq }: Mail, index: number, run: string): string =>
  Buffer.from(`${index}-${seq}-${run}`).toString("base64url");

/**
 * One event as JSON text, custom arguments flattened into it.
 * Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 */
export function eventJson(mail: Mail, index: number, run: string): string {
  const step = mail.plan?.[index] as MailStep;
  const { top, id } = mail.call;
  const event = TOLD_AS[step.event ?? ""] ?? step.event;
  let json = `{"email":${JSON.stringify(mail.to.email)},"timestamp":${Math.floor(step.at / 1_000)},"event":"${event}"`;
  json += `,"sg_event_id":"${eventIdOf(mail, index, run)}","sg_message_id":"${messageIdOf(mail)}"`;
  // A bounce that comes later as a mail of its own has none: here all come at once.
  json += `,"smtp-id":"<${id}@geopod-ismtpd-sandbox>"`;
  if (top.categories) json += `,"category":${JSON.stringify(top.categories)}`;
  if (top.asm) json += `,"asm_group_id":${top.asm.group_id}`;
  const rest = JSON.stringify(fieldsOf(mail, step)).slice(1, -1);
  if (rest !== "") json += `,${rest}`;
  return mail.args === "" ? `${json}}` : `${json},${mail.args}}`;
}

function fieldsOf(mail: Mail, step: MailStep): Record<string, unknown> {
  const { top } = mail.call;
  const pool = top.ip_pool_name === undefined ? {} : { pool: { name: top.ip_pool_name, id: 1 } };
  const reason = step.reason ?? "";
  switch (step.event) {
    case "delivered":
      return { ip: IP, tls: 1, response: "250 2.0.0 OK", ...pool };
    case "deferred":
      return { ip: IP, tls: 0, response: reason, attempt: String(step.attempt ?? 1), ...pool };
    case "bounce":
    case "blocked":
      return {
        ip: IP,
        tls: 1,
        reason,
        status: statusOf(mail.behaviour, reason),
        type: step.event === "bounce" ? "bounce" : "blocked",
        bounce_classification: classOf(step.event, reason),
        ...pool,
      };
    case "dropped":
      return { reason };
    case "machine_open":
      return { ip: IP, useragent: PROXY, sg_content_type: "html", sg_machine_open: true };
    case "open":
      return { ip: PERSON_IP, useragent: BROWSER, sg_content_type: "html", sg_machine_open: false };
    case "click":
      return {
        ip: PERSON_IP,
        useragent: BROWSER,
        url: mail.behaviour.click_url ?? firstLink(mail) ?? NOWHERE,
        url_offset: { index: 0, type: "html" },
      };
    case "unsubscribe":
    case "group_unsubscribe":
      return { ip: PERSON_IP, useragent: BROWSER };
    default:
      return pool;
  }
}

/** Source: https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/bounce-and-block-classifications */
function classOf(event: "bounce" | "blocked", reason: string): string {
  if (event === "bounce") return "Invalid Address";
  if (/block list|reputation/i.test(reason)) return "Reputation";
  return /expired|lookup/i.test(reason) ? "Technical" : "Content";
}
