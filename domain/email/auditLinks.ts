import { Parser } from "htmlparser2";
import { SHORTENER } from "../language/banFactors.ts";

export const LINK_PROBLEMS = [
  "empty",
  "no_scheme",
  "malformed",
  "unsafe_scheme",
  "insecure",
  "local",
  "shortener",
  "no_text",
] as const;
export type LinkProblem = (typeof LINK_PROBLEMS)[number];

/** A link as somebody sees it in the mail; an image's text is its alt. */
export type AuditedLink = { url: string; text: string; problem: LinkProblem | null };

/** The links of an HTML text in their order, and what is wrong with each. Nothing is fetched. */
export function auditLinks(html: string): AuditedLink[] {
  const links: AuditedLink[] = [];
  let open: { url: string; text: string } | undefined;
  const parser = new Parser({
    onopentag: (name, { href, alt }) => {
      if (name === "a" && href !== undefined) open = { url: href.trim(), text: "" };
      else if (name === "img" && open) open.text += ` ${alt ?? ""}`;
    },
    ontext: (text) => {
      if (open) open.text += text;
    },
    onclosetag: (name) => {
      if (name !== "a" || !open) return;
      const text = open.text.replace(/\s+/g, " ").trim();
      links.push({ url: open.url, text, problem: problemOf(open.url, text) });
      open = undefined;
    },
  });
  parser.end(html);
  return links;
}

function problemOf(link: string, text: string): LinkProblem | null {
  if (link === "" || link === "#") return "empty";
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(link)?.[1]?.toLowerCase();
  if (scheme === undefined) return link.startsWith("<%asm_") ? null : "no_scheme";
  if (scheme === "mailto" || scheme === "tel" || scheme === "sms")
    return link.length > scheme.length + 1 ? textProblem(text) : "empty";
  if (scheme !== "http" && scheme !== "https") return "unsafe_scheme";
  if (!URL.canParse(link) || /\s/.test(link)) return "malformed";
  const { hostname } = new URL(link);
  if (isLocal(hostname)) return "local";
  if (!hostname.includes(".")) return "malformed";
  if (new RegExp(SHORTENER.source, "iu").test(hostname)) return "shortener";
  return scheme === "http" ? "insecure" : textProblem(text);
}

const textProblem = (text: string): LinkProblem | null => (text === "" ? "no_text" : null);

/** Names and addresses that lead nowhere from somebody's mail program. */
function isLocal(host: string): boolean {
  return (
    /^(?:localhost|.*\.(?:localhost|local|internal|test))$/.test(host) ||
    /^(?:127|10|0)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\./.test(host) ||
    host.startsWith("[")
  );
}
