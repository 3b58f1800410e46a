/** Events of SendGrid: what is kept of each, and what it says. */
import { emailDomain } from "../address.ts";
import type { AttemptState } from "../receipts.ts";
import { CLIENT_CLASSES, type ClientClass, clientClassOf } from "./clientClass.ts";
import { linkOf } from "./link.ts";

/** What can happen to an e-mail, in our words. */
export const MAIL_EVENT_KINDS = [
  "processed",
  "deferred",
  "delivered",
  "bounced",
  "blocked",
  "dropped",
  "opened",
  "clicked",
  "complained",
  "unsubscribed",
  "topic_declined",
  "topic_accepted",
] as const;
export type MailEventKind = (typeof MAIL_EVENT_KINDS)[number];

export interface MailEvent {
  kind: MailEventKind;
  messageId: string;
  n: number;
  at: Date;
  /** An open by a program that fetches pictures for everybody. */
  machine: boolean;
  /** A status of SMTP (5.1.1), a class of bounces or a reason for not sending, as one word each; null where none is told. */
  reason: string | null;
  /** As `linkOf` gives it. */
  link: string | null;
  client: ClientClass | null;
  /** The part of the recipient's address behind the @. */
  domain: string | null;
  /** SendGrid's unsubscribe group. */
  groupId: number | null;
}

/** What is stored of an event: nothing that says who the recipient is. */
export type KeptMailEvent = Record<string, string>;

const KINDS: Readonly<Record<string, MailEventKind>> = {
  processed: "processed",
  deferred: "deferred",
  delivered: "delivered",
  bounce: "bounced",
  dropped: "dropped",
  open: "opened",
  click: "clicked",
  spamreport: "complained",
  unsubscribe: "unsubscribed",
  group_unsubscribe: "topic_declined",
  group_resubscribe: "topic_accepted",
};

/** What each event proves of the attempt whose ids it carries; an open by a machine proves delivery only. */
const PROVES: Readonly<Record<MailEventKind, AttemptState>> = {
  processed: "accepted",
  deferred: "accepted",
  delivered: "delivered",
  bounced: "undelivered",
  blocked: "undelivered",
  dropped: "failed",
  opened: "read",
  clicked: "read",
  complained: "delivered",
  unsubscribed: "delivered",
  topic_declined: "delivered",
  topic_accepted: "delivered",
};

export const attemptStateOfMail = ({ kind, machine }: Pick<MailEvent, "kind" | "machine">): AttemptState =>
  machine ? "delivered" : PROVES[kind];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

/**
 * What is kept of an event as SendGrid posts it: ids, times, codes, and of the link, the program and the address only
 * what `linkOf`, `clientClassOf` and the domain tell. Of one that is not known here, its ids. Undefined where it has no
 * id of its own.
 * Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 */
export function keptOf(event: unknown): KeptMailEvent | undefined {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return undefined;
  const given = event as Record<string, unknown>;
  const id = text(given["sg_event_id"]);
  if (id === "" || id.length > 200) return undefined;
  const name = text(given["event"]).slice(0, 50);
  const kept: KeptMailEvent = { event: name, sg_event_id: id };
  const keep = (field: string, value: string | null) => {
    if (value !== null && value !== "") kept[field] = value;
  };
  keep("timestamp", text(given["timestamp"]).slice(0, 20));
  for (const field of ["workspace", "message"]) {
    const value = text(given[field]);
    keep(field, UUID.test(value) ? value : null);
  }
  keep("n", /^\d{1,4}$/.test(text(given["n"])) ? text(given["n"]) : null);
  if (!Object.hasOwn(KINDS, name)) return kept;
  keep("type", text(given["type"]).slice(0, 20));
  keep("reason", reasonOf(given));
  keep("asm_group_id", /^\d{1,9}$/.test(text(given["asm_group_id"])) ? text(given["asm_group_id"]) : null);
  keep("domain", domainOf(text(given["email"])));
  if (name === "open" || name === "click") keep("client", clientClassOf(text(given["useragent"]), name));
  if (name === "open" && text(given["sg_machine_open"]) === "true") kept["machine"] = "true";
  if (name === "click") keep("link", linkOf(text(given["url"])));
  return kept;
}

/** A kept event; undefined where it is none that is known here, or belongs to no attempt of ours. */
export function readMailEvent(kept: KeptMailEvent): MailEvent | undefined {
  const name = kept["event"] ?? "";
  const { message: messageId, n } = kept;
  const known = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (known === undefined || messageId === undefined || n === undefined) return undefined;
  return {
    kind: known === "bounced" ? bounceOf(kept) : known,
    messageId,
    n: Number(n),
    at: new Date(Number(kept["timestamp"] ?? 0) * 1_000),
    machine: kept["machine"] === "true",
    reason: kept["reason"] ?? null,
    link: kept["link"] ?? null,
    client: CLIENT_CLASSES.find((one) => one === kept["client"]) ?? null,
    domain: kept["domain"] ?? null,
    groupId: kept["asm_group_id"] === undefined ? null : Number(kept["asm_group_id"]),
  };
}

/** Hard where the address itself is refused for good; whatever else a server did not take may go another time. */
const bounceOf = ({ type, reason }: KeptMailEvent): MailEventKind =>
  type === "bounce" && reason?.startsWith("4.") !== true ? "bounced" : "blocked";

const STATUS = /\b[245]\.\d{1,3}\.\d{1,3}\b/;
const REPLY = /^\s*(\d{3})\b/;

/** A server's reply may quote the address, so only its codes are kept; reasons for not sending are words of SendGrid's own. */
function reasonOf(given: Record<string, unknown>): string | null {
  const said = text(given["reason"]) || text(given["response"]);
  const code = STATUS.exec(text(given["status"]))?.[0] ?? STATUS.exec(said)?.[0] ?? REPLY.exec(said)?.[1];
  if (text(given["event"]) === "dropped") return slug(said);
  const kind = slug(text(given["bounce_classification"]));
  return [code, kind].filter(Boolean).join(" ") || null;
}

const WORDS = new Set([
  "bounced_address",
  "unsubscribed_address",
  "spam_reporting_address",
  "invalid",
  "invalid_smtpapi_header",
  "spam_content",
  "recipient_list_over_package_quota",
  "invalid_address",
  "technical",
  "technical_failure",
  "content",
  "reputation",
  "frequency_or_volume_too_high",
  "mailbox_unavailable",
  "unclassified",
]);

/** Known phrases as one word; a phrase that is not known may say anything. */
function slug(said: string): string | null {
  const word = said
    .toLowerCase()
    .replace(/\(.*\)/, "")
    .replaceAll(/[^a-z]+/g, "_")
    .replaceAll(/^_|_$/g, "");
  if (word === "") return null;
  return WORDS.has(word) ? word : "other";
}

function domainOf(address: string): string | null {
  const domain = emailDomain(address);
  return address.includes("@") && domain !== "" && domain.length <= 255 ? domain : null;
}
