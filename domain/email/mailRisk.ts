import { riskOfText } from "../language/banRisk.ts";
import type { AuditedLink } from "./auditLinks.ts";

/** How likely filters take a mail for spam: 0–100, one decimal, with what speaks for it. */
export type MailRisk = { score: number; factors: string[] };

type Mail = { subject: string; html: string; text: string; links: readonly AuditedLink[] };

/** Of a mail that has this many images for each hundred characters of text, filters see little but images. */
const IMAGES_PER_100_CHARACTERS = 2;

/** Judges the words as any message's, and what only e-mail has. Each factor has its figure and its points. */
export function riskOfMail(mail: Mail): MailRisk {
  const words = riskOfText(`${mail.subject}\n${mail.text.replace(/\[?https?:\/\/\S+/g, "")}`);
  const own = factorsOf(mail);
  const points = own.reduce((sum, factor) => sum + factor.points, 0);
  return {
    score: Math.min(100, Math.round(10 * (words.risk_score * 0.6 + points)) / 10),
    factors: [...own.map(({ says, points: each }) => `${says} (+${each})`), ...words.factors],
  };
}

function factorsOf({ subject, html, text, links }: Mail): { says: string; points: number }[] {
  const factors: { says: string; points: number }[] = [];
  const add = (points: number, says: string) => factors.push({ points, says });
  const images = (html.match(/<img\b/gi) ?? []).length;
  const characters = text.replace(/\[?https?:\/\/\S+|\s+/g, "").length;
  if (text.trim() === "") add(25, "No text part: filters see an empty mail");
  else if (images > 0 && (100 * images) / characters > IMAGES_PER_100_CHARACTERS)
    add(20, `Little but images: ${images} for ${characters} characters of text`);
  const letters = subject.replace(/\P{L}/gu, "");
  if (letters.length >= 4 && letters === letters.toUpperCase() && letters !== letters.toLowerCase())
    add(15, "The subject is all capitals");
  const marks = (subject.match(/[!¡]/g) ?? []).length;
  if (marks > 1) add(5, `The subject has ${marks} exclamation marks`);
  if (/^(?:re|fwd?|rv)\s*:/i.test(subject)) add(15, "The subject pretends to be an answer");
  if (subject.length > 90) add(3, `The subject is long: ${subject.length} characters`);
  const bad = links.filter(({ problem }) => problem !== null && problem !== "no_text").length;
  if (bad > 0) add(Math.min(20, 5 * bad), `Links with a fault: ${bad} of ${links.length}`);
  const disguised = links.filter(({ url, text: shown }) => pretends(url, shown)).length;
  if (disguised > 0) add(20, `Links that show another address than theirs: ${disguised}`);
  if (/<(?:script|form|iframe|object|embed)\b/i.test(html))
    add(20, "Scripts, forms or frames, which mail programs remove");
  return factors;
}

/** `https://a.example` written on a link to another host. */
function pretends(url: string, shown: string): boolean {
  const host = /^(?:https?:\/\/|www\.)([a-z0-9.-]+)/i
    .exec(shown)?.[1]
    ?.replace(/^www\./, "")
    .toLowerCase();
  if (host === undefined || !URL.canParse(url)) return false;
  return new URL(url).hostname.replace(/^www\./, "") !== host;
}
