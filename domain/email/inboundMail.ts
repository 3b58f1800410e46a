/** Mails that people write, as SendGrid's Inbound Parse posts them: what is kept of each, and what it says. */
import { createHash } from "node:crypto";
import { canonicalEmail, emailDomain, parseEmail } from "../address.ts";
import type { InboundMessage, MailParts } from "../inboundMessage.ts";
import { type OptOutReading, readOptOut } from "../optOut.ts";
import { messageIds } from "./answerMail.ts";
import { isAutomatic, readHeaders } from "./headers.ts";
import { readReplyAddress } from "./replyAddress.ts";
import { replyText } from "./replyText.ts";

/** A form of Inbound Parse: its fields in the bytes that came, and what its files are. */
export interface MailForm {
  fields: ReadonlyMap<string, Buffer>;
  attachments: MailParts["attachments"];
}

/** What is stored of it. */
export type KeptMail = Record<string, string>;

/** Characters that are kept of each field. */
const KEPT: Readonly<Record<string, number>> = {
  headers: 30_000,
  envelope: 10_000,
  from: 1_000,
  to: 10_000,
  cc: 10_000,
  subject: 1_000,
  text: 100_000,
  html: 300_000,
  SPF: 100,
  dkim: 1_000,
  spam_score: 20,
};
const ATTACHMENTS = "attachments";
/** Ours: whose mail it is (a mail to two workspaces is one for each), and which conversation signed its address. */
const ID = "_id";
const CONVERSATION = "_conversation";

/**
 * What is kept of a form, decoded by the charsets that it names. HTML only where there is no text.
 * @param on.replyKey of domain/secrets.ts
 */
export function keptInbound(on: { workspaceId: string; replyKey: Uint8Array }, form: MailForm): KeptMail {
  const charsets = charsetsOf(form.fields.get("charsets"));
  const kept: KeptMail = {};
  for (const [name, most] of Object.entries(KEPT)) {
    const bytes = form.fields.get(name);
    if (bytes !== undefined) kept[name] = decoded(bytes, charsets[name]).replaceAll("\0", "").slice(0, most);
  }
  if (kept["text"]?.trim()) delete kept["html"];
  kept[ATTACHMENTS] = JSON.stringify(form.attachments);
  kept[ID] = idOf(on.workspaceId, kept);
  for (const address of recipientsOf(kept)) {
    const conversation = readReplyAddress(on.replyKey, on.workspaceId, address);
    if (conversation === undefined) continue;
    kept[CONVERSATION] = conversation;
    break;
  }
  return kept;
}

/** Two posts of one mail have one id: by its Message-ID, or where it has none by all that it says. */
function idOf(workspaceId: string, kept: KeptMail): string {
  const named = readHeaders(kept["headers"] ?? "").get("message-id");
  const whole = JSON.stringify([
    kept["from"],
    kept["to"],
    kept["subject"],
    kept["text"],
    kept["html"],
    kept["headers"],
  ]);
  return createHash("sha256")
    .update(`${workspaceId} ${named || whole}`)
    .digest("base64url");
}

export const inboundIdOf = (kept: KeptMail): string => kept[ID] ?? "";

/** A mail as it was stored. Undefined where it is from nobody: from no address, or a server's word on a delivery. */
export function readInboundMail(kept: KeptMail): InboundMessage | undefined {
  const from = mailboxOf(kept["from"] ?? "");
  if (from === undefined || /^(?:mailer-daemon|postmaster)@/.test(from.address)) return undefined;
  const headers = readHeaders(kept["headers"] ?? "");
  const recipients = recipientsOf(kept);
  const subject = (kept["subject"] ?? "").trim();
  return {
    channel: "email",
    from: from.address,
    to: recipients[0] ?? "",
    providerSid: inboundIdOf(kept),
    // Who has it all in the subject leaves the rest empty.
    body: replyText({ text: kept["text"] ?? "", html: kept["html"] ?? "" }) || ownSubject(subject),
    media: [],
    parts: {
      mail: {
        subject,
        attachments: JSON.parse(kept[ATTACHMENTS] ?? "[]") as MailParts["attachments"],
        spf: kept["SPF"] ?? "",
        dkim: kept["dkim"] ?? "",
        message_id: headers.get("message-id") ?? null,
        references: messageIds(headers.get("references")),
        to: recipients[0] ?? "",
        proven: isProven(from.address, kept["dkim"] ?? "") || isLetSend(from.address, kept),
      },
    },
    mail: {
      recipients,
      conversationId: kept[CONVERSATION] ?? null,
      answers: answersOf(headers),
      automatic: isAutomatic(headers, subject),
    },
    profileName: from.name,
    whatsappUserId: null,
    optOutType: null,
    sentAt: null,
    place: { country: null, region: null, numberZones: [], phoneType: null },
  };
}

/** Characters of a mail that an opt-out is looked for in: who wants out says it soon. */
const LOOKED_AT = 2_000;
const ANSWERING = /^\s*(?:re|rv|aw|fwd?|enc|res)\s*:/i;
/** The subject of an answer is ours. */
const ownSubject = (subject: string): string => (ANSWERING.test(subject) ? "" : subject);
const NOTHING: OptOutReading = { opt_out: false, opt_in: false, words: [], scope: "all" };

/**
 * Whether a mail asks to be left alone, by its subject or its text; what a program writes counts only by its subject. A wish to be written to again holds where the mail is proven to come from there:
 * anybody can write any address into a mail.
 */
export function readMailOptOut({ body, parts, mail, from }: InboundMessage): OptOutReading {
  const bySubject = readOptOut(ownSubject(parts?.mail?.subject ?? ""));
  if (bySubject.opt_out) return bySubject;
  if (mail?.automatic === true) return NOTHING;
  const byText = readOptOut(body.slice(0, LOOKED_AT));
  if (byText.opt_out) return byText;
  const asksIn = byText.opt_in ? byText : bySubject;
  return asksIn.opt_in && isProven(from, parts?.mail?.dkim ?? "") ? asksIn : NOTHING;
}

/** Whether the domain of the address has signed: `{@example.com : pass}`. */
function isProven(from: string, dkim: string): boolean {
  const domain = emailDomain(from);
  return [...dkim.matchAll(/@([^\s:{},]+)\s*:\s*pass\b/gi)].some(
    ([, signer]) => signer?.toLowerCase() === domain,
  );
}

/** Whether the domain of the address is the one that let the server send which handed the mail over. */
function isLetSend(from: string, kept: KeptMail): boolean {
  const { from: by } = objectOf(kept["envelope"]);
  return (
    kept["SPF"]?.toLowerCase() === "pass" && typeof by === "string" && emailDomain(by) === emailDomain(from)
  );
}

/** `"Ana Díaz" <ana@example.com>`, or the address alone. */
function mailboxOf(text: string): { address: string; name: string | null } | undefined {
  const inBrackets = /<([^<>]*)>\s*$/.exec(text);
  const parsed = parseEmail(inBrackets?.[1] ?? text);
  if (!parsed.ok) return undefined;
  const name =
    inBrackets === null
      ? ""
      : text
          .slice(0, inBrackets.index)
          .trim()
          .replace(/^"(.*)"$/, "$1")
          .trim();
  return { address: parsed.canonical, name: name === "" || name.includes("@") ? null : name.slice(0, 200) };
}

/** By the envelope, which knows blind copies and forwards; then by what the mail says. */
function recipientsOf(kept: KeptMail): string[] {
  const named = [...envelopeOf(kept["envelope"]), kept["to"] ?? "", kept["cc"] ?? ""].join(" ");
  return [...new Set(named.match(/[^\s<>,;:"']+@[^\s<>,;:"']+/g)?.map(canonicalEmail))].slice(0, 100);
}

function envelopeOf(text: string | undefined): string[] {
  const { to } = objectOf(text);
  return Array.isArray(to) ? to.filter((one) => typeof one === "string") : [];
}

/** SendGrid's Message-ID begins with the id that its API has answered with, which the events go on. */
function answersOf(headers: ReadonlyMap<string, string>): string[] {
  const nearest = headers.get("in-reply-to") ?? "";
  const before = (headers.get("references") ?? "").match(/<[^<>]+>/g)?.toReversed() ?? [];
  const ids = [nearest, ...before].flatMap((id) => /^<?([^@<>\s]+)@/.exec(id)?.[1] ?? []);
  return [...new Set(ids.map((id) => id.replace(/\.(?:recvd|filter)[^@]*$/, "")))].slice(0, 20);
}

function charsetsOf(bytes: Buffer | undefined): Record<string, unknown> {
  return objectOf(bytes?.toString("utf8"));
}

function objectOf(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A field that cannot be read says nothing.
    return {};
  }
}

/** In the charset that is named; UTF-8 where none is, or one that nobody knows. */
function decoded(bytes: Buffer, charset: unknown): string {
  try {
    return new TextDecoder(typeof charset === "string" ? charset : "utf-8").decode(bytes);
  } catch {
    return bytes.toString("utf8");
  }
}
