/** Channels a message can travel on. */
export const CHANNELS = ["whatsapp", "sms", "email", "voice"] as const;
export type Channel = (typeof CHANNELS)[number];
/** Those that messages are written on: all but calls. */
export type MessageChannel = Exclude<Channel, "voice">;

const MEXICO_MOBILE = /^\+521(\d{10})$/;
const ARGENTINA_MOBILE = /^\+549(\d{10})$/;
const BRAZIL_MOBILE_WITHOUT_NINE = /^\+55(\d{2})([6-9]\d{7})$/;

/**
 * One spelling for numbers that reach the same person, for comparing only: what is dialled stays as
 * it was given. `+521…` (Mexico, before 2019) becomes `+52…`; `+549…` (Argentina, mobile) becomes
 * `+54…`; a Brazilian mobile without its ninth digit gets it, as older WhatsApp ids lack it.
 */
export function canonicalPhone(e164: string): string {
  return e164
    .replace(MEXICO_MOBILE, "+52$1")
    .replace(ARGENTINA_MOBILE, "+54$1")
    .replace(BRAZIL_MOBILE_WITHOUT_NINE, "+55$19$2");
}

export const EMAIL_REASONS = [
  "blank",
  "no_at_sign",
  "no_domain",
  "no_local_part",
  "invalid",
  "too_long",
] as const;
export type EmailReason = (typeof EMAIL_REASONS)[number];
export type ParsedEmail = { ok: true; email: string; canonical: string } | { ok: false; reason: EmailReason };

const NOTHING_GIVEN =
  /^(?:n\/?a|n\/?d|no|none|null|nan|undefined|x+|ninguno|nenhum|nada|pendiente|pendente|desconocido|unknown|(?:sin|sem|no tiene|n[aã]o tem|no|without) ?(?:correo|e-?mail|mail|tiene|aplica|registra)?(?: electr[oó]nico)?)$/u;
const LOCAL_PART = /^[^\s\p{C}@"(),:;<>[\\\]]+$/u;
const DOMAIN_LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

/**
 * Reads an e-mail address as people type it. Local parts outside ASCII (`íngrid@…`, RFC 6531) and
 * internationalised domains are valid; `sin correo` and its like say that there is none (`blank`).
 * Lengths as RFC 5321 4.5.3.1: 64 octets before the @, 254 in all.
 */
export function parseEmail(raw: string): ParsedEmail {
  const text = raw
    .normalize("NFC")
    .replace(/\p{Cf}/gu, "")
    .trim()
    .replace(/^mailto:/i, "");
  const lower = text.toLowerCase();
  if (!/[\p{L}\p{N}@]/u.test(text) || NOTHING_GIVEN.test(lower)) return { ok: false, reason: "blank" };
  const at = text.lastIndexOf("@");
  if (at < 0) return { ok: false, reason: "no_at_sign" };
  if (at === 0) return { ok: false, reason: "no_local_part" };
  if (at === text.length - 1) return { ok: false, reason: "no_domain" };

  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (octets(local) > 64 || octets(text) > 254) return { ok: false, reason: "too_long" };
  if (!isLocalPart(local) || !isDomain(domain)) return { ok: false, reason: "invalid" };
  return { ok: true, email: `${local}@${domain.toLowerCase()}`, canonical: canonicalEmail(text) };
}

/** One spelling of an address for comparing: trimmed, NFC, lower case in both halves. */
export function canonicalEmail(email: string): string {
  return email.trim().normalize("NFC").toLowerCase().normalize("NFC");
}

/** The domain of an e-mail address, in lower case: what stands after its last @. */
export function emailDomain(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

/**
 * The form in which addresses of a channel are compared, stored as unique and hashed. A `whatsapp:`
 * prefix goes; WhatsApp user ids, which are no numbers, stay as they are.
 */
export function canonicalAddress(channel: Channel, address: string): string {
  if (channel === "email") return canonicalEmail(address);
  return canonicalPhone(address.trim().replace(/^whatsapp:/i, ""));
}

function isLocalPart(local: string): boolean {
  return LOCAL_PART.test(local) && !local.startsWith(".") && !local.endsWith(".") && !local.includes("..");
}

function isDomain(domain: string): boolean {
  const labels = domain.split(".");
  return labels.every((label) => DOMAIN_LABEL.test(label)) && /\.[^.]*\p{L}[^.]*$/u.test(domain);
}

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}
