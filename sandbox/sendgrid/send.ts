import { createHash } from "node:crypto";
import type { Sandbox } from "../sandbox.ts";
import type { MailBehaviour } from "./behaviours.ts";
import { type MailError, mailError, UNVERIFIED } from "./errors.ts";
import type { Attached, Fill, MailAccount, MailCall, MailTop } from "./model.ts";
import type { PersonEntry } from "./state.ts";
import { callErrors } from "./validate.ts";
import { isObject, type Json } from "./wellFormed.ts";

interface Asked {
  personalizations: Person[];
  from: { email: string; name?: string };
  reply_to?: { email: string; name?: string };
  subject?: string;
  content: { type: string; value: string }[];
  attachments?: {
    content: string;
    filename: string;
    type?: string;
    disposition?: string;
    content_id?: string;
  }[];
  headers?: Record<string, string>;
  sections?: Record<string, string>;
  categories?: string[];
  custom_args?: Record<string, string>;
  asm?: { group_id: number };
  ip_pool_name?: string;
  batch_id?: string;
  send_at?: number;
  mail_settings?: Record<string, { enable?: boolean }>;
  tracking_settings?: { open_tracking?: { enable?: boolean }; click_tracking?: { enable?: boolean } };
}

interface Person {
  to: { email: string; name?: string }[];
  cc?: { email: string; name?: string }[];
  bcc?: { email: string; name?: string }[];
  from?: { email: string; name?: string };
  subject?: string;
  headers?: Record<string, string>;
  substitutions?: Record<string, string>;
  custom_args?: Record<string, string>;
  send_at?: number;
}

export type Sent = { call: MailCall } | { valid: true } | { status: number; errors: MailError[] };

/**
 * POST /v3/mail/send: takes all rows of a call or none. `answered` says how the caller will be answered where that is
 * not a plain 202. `valid`: the call is in sandbox mode, so that nothing is sent.
 */
export function sendMail(
  sandbox: Sandbox,
  account: MailAccount,
  body: unknown,
  answered: string | undefined,
): Sent {
  const now = Date.now();
  const errors = callErrors(body, account, now);
  if (errors.length > 0) return { status: 400, errors };
  const asked = body as Asked;
  if (!isVerified(account, asked.from.email)) return { status: 403, errors: [UNVERIFIED] };
  const people = peopleOf(sandbox, account, asked);
  if (people.errors.length > 0) return { status: 400, errors: people.errors };
  if (asked.mail_settings?.["sandbox_mode"]?.enable === true) return { valid: true };
  const { mail: state, run } = sandbox.state;
  const c = state.calls.length;
  const id = createHash("sha1").update(`${run}|${c}`).digest("base64url").slice(0, 22);
  sandbox.record({
    k: "mail",
    n: state.mails.length,
    c,
    a: account.record.name,
    at: now,
    id,
    key: textKey(asked),
    v: topOf(sandbox, asked),
    b: people.behaviours,
    p: people.entries,
    ...(answered === undefined ? {} : { x: answered }),
  });
  const call = state.calls[c] as MailCall;
  sandbox.mail.watch(call);
  return { call };
}

function isVerified({ record }: MailAccount, email: string): boolean {
  const address = email.toLowerCase();
  return record.verified?.some((one) => address === one || address.endsWith(`@${one}`)) ?? true;
}

function peopleOf(
  sandbox: Sandbox,
  account: MailAccount,
  asked: Asked,
): { entries: PersonEntry[]; behaviours: MailBehaviour[]; errors: MailError[] } {
  const indices = new Map<MailBehaviour, number>();
  const entries: PersonEntry[] = [];
  const errors: MailError[] = [];
  for (const [index, person] of asked.personalizations.entries()) {
    const args = argsOf(asked.custom_args, person.custom_args);
    const values = valuesHash(person.substitutions);
    for (const kind of ["to", "cc", "bcc"] as const) {
      for (const [place, { email, name }] of (person[kind] ?? []).entries()) {
        const behaviour = sandbox.mailBehaviours.of(email, account.record.name, asked.from.email);
        if (behaviour.outcome === "refused") {
          const field = `personalizations.${index}.${kind}.${place}.email`;
          errors.push(
            mailError(behaviour.reason ?? "Does not contain a valid address.", field, "recipient-errors"),
          );
          continue;
        }
        const known = indices.get(behaviour) ?? indices.size;
        if (known === indices.size) indices.set(behaviour, known);
        const fill = fillOf(person, name, kind);
        const sendAt = person.send_at ?? asked.send_at;
        entries.push(
          sendAt === undefined
            ? [email, fill, args, known, values]
            : [email, fill, args, known, values, sendAt],
        );
      }
    }
  }
  return { entries, behaviours: [...indices.keys()], errors };
}

function argsOf(shared: Record<string, string> | undefined, own: Record<string, string> | undefined): string {
  if (!shared && !own) return "";
  return JSON.stringify(shared ? { ...shared, ...own } : own).slice(1, -1);
}

function fillOf(
  { subject, from, headers, substitutions }: Person,
  name: string | undefined,
  kind: string,
): string {
  const fill: Fill = {};
  if (name !== undefined) fill.name = name;
  if (kind !== "to") fill.kind = kind as "cc" | "bcc";
  if (subject !== undefined) fill.subject = subject;
  if (from !== undefined) fill.from = from;
  if (headers !== undefined) fill.headers = headers;
  if (substitutions !== undefined) fill.substitutions = substitutions;
  return JSON.stringify(fill);
}

const LINK = /https?:\/\/[^\s<>"')]+/g;

/** What the call says, but for its links: those may carry a token that is new each time. */
function textKey({ from, subject, content, sections, personalizations }: Asked): string {
  const hash = createHash("sha1").update(`${from.email}|${subject ?? personalizations[0]?.subject ?? ""}`);
  for (const { type, value } of content) hash.update(`|${type}|${value.replace(LINK, "")}`);
  if (sections) hash.update(JSON.stringify(sections).replace(LINK, ""));
  return hash.digest("base64url").slice(0, 16);
}

/** FNV-1a over the person's values, links apart. */
function valuesHash(values: Record<string, string> | undefined): number {
  let hash = 2_166_136_261;
  for (const tag in values) {
    const value = values[tag] as string;
    if (value.includes("://")) continue;
    const text = `${tag}|${value}|`;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619);
  }
  return hash >>> 0;
}

function topOf({ state }: Sandbox, asked: Asked): MailTop {
  const { settings } = state.mail;
  const { tracking_settings: tracking, mail_settings: given = {} } = asked;
  const { reply_to, subject, headers, sections, categories, asm, ip_pool_name, batch_id } = asked;
  return {
    from: asked.from,
    content: asked.content,
    attachments: (asked.attachments ?? []).map(attachedOf),
    open_tracking: tracking?.open_tracking?.enable ?? settings.open_tracking,
    click_tracking: tracking?.click_tracking?.enable ?? settings.click_tracking,
    bypass: Object.keys(given).filter((name) => name.startsWith("bypass_") && isOn(given[name])),
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(subject === undefined ? {} : { subject }),
    ...(headers === undefined ? {} : { headers }),
    ...(sections === undefined ? {} : { sections }),
    ...(categories === undefined ? {} : { categories }),
    ...(asm === undefined ? {} : { asm: { group_id: asm.group_id } }),
    ...(ip_pool_name === undefined ? {} : { ip_pool_name }),
    ...(batch_id === undefined ? {} : { batch_id }),
  };
}

function attachedOf({
  content,
  filename,
  type,
  disposition,
  content_id,
}: NonNullable<Asked["attachments"]>[number]): Attached {
  const file = Buffer.from(content, "base64");
  return {
    filename,
    type: type ?? "application/octet-stream",
    disposition: disposition ?? "attachment",
    bytes: file.length,
    sha256: createHash("sha256").update(file).digest("hex"),
    ...(content_id === undefined ? {} : { content_id }),
  };
}

const isOn = (setting: unknown): boolean => isObject(setting) && (setting as Json)["enable"] === true;
