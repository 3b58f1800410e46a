/** Texts of blocks as they go into MJML: escaped, with marks in place of what the person decides. */
import { DomainError } from "../errors.ts";
import type { Theme } from "./blocks.ts";
import { readParts } from "./read.ts";
import { checkRichText } from "./richText.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { escapeHtml } from "./write.ts";

/** `marked` grows: what stands behind the marks, in their order. */
export type Ink = { theme: Theme; marked: string[] };

/** Of the private use area: in no text, and nothing to MJML. */
const MARK = /\uE000(\d+)\uE001/g;
const SCHEME = /^(?:https?:\/\/|mailto:|tel:|sms:)/i;
const SHOWN = /^(?:https?:\/\/|cid:)/i;

export function mark({ marked }: Ink, source: string): string {
  return `\uE000${marked.push(source) - 1}\uE001`;
}

/** Puts back what the marks stand for. */
export function unmark(html: string, { marked }: Ink): string {
  return html.replace(MARK, (_, n: string) => marked[Number(n)] ?? "");
}

/** Plain text, for an element or an attribute. */
export function plain(ink: Ink, text: string, field: string): string {
  readParts(text, "plain", field);
  return inked(ink, text, field, escapeHtml);
}

/** Plain text with paragraphs and line breaks. */
export function paragraphs(ink: Ink, text: string, field: string): string {
  const written = plain(ink, text, field)
    .trim()
    .split(/\n{2,}/);
  return written.map((one) => `<p>${one.replaceAll("\n", "<br/>")}</p>`).join("");
}

export function rich(ink: Ink, html: string, field: string): string {
  readParts(html, "html", field);
  checkRichText(
    inked({ ...ink, marked: [] }, html, field, (text) => text),
    field,
  );
  return inked(ink, html, field, (text) => text);
}

/** @throws DomainError `validation` where it can lead nowhere. */
export const link = (ink: Ink, text: string, field: string): string =>
  address(ink, text, field, SCHEME, "Begin it with https://, mailto: or tel:");

/**
 * The address of a picture: on the web, or attached.
 * @throws DomainError `validation` where nothing can be shown.
 */
export const shown = (ink: Ink, text: string, field: string): string =>
  address(ink, text, field, SHOWN, "Begin it with https://, or with cid: where it is attached");

function address(ink: Ink, text: string, field: string, scheme: RegExp, begin: string): string {
  const [first] = readParts(text.trim(), "plain", field);
  if (typeof first === "string" && !scheme.test(first)) {
    throw new DomainError("validation", "An address of a block has no scheme that fits.", {
      field,
      fix: `${begin}, or with a variable that has a whole address.`,
    });
  }
  return plain(ink, text.trim(), field);
}

function inked(ink: Ink, text: string, field: string, write: (text: string) => string): string {
  return tokensOf(text, field)
    .map((token) =>
      token.kind === "text" ? write(token.text.replace(/[\uE000\uE001]/g, "")) : mark(ink, sourceOf(token)),
    )
    .join("");
}

function sourceOf(token: Exclude<Token, { kind: "text" }>): string {
  if (token.kind === "variable") return token.text;
  return token.kind === "output" ? `{{ ${token.inside} }}` : `{% ${token.inside} %}`;
}
