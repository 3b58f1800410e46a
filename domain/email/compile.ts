import { DomainError } from "../errors.ts";
import type { EmailWords } from "./content.ts";
import { footerHtml, footerText, footerWords } from "./footer.ts";
import { type Hole, MADE_VARIABLES, nameIn, type Part, type Variable } from "./parts.ts";
import { readParts } from "./read.ts";
import { textOfHtml } from "./text.ts";
import { escapeHtml, writeValue } from "./write.ts";

/** Values that are made when a mail is sent, one per message. */
export const LINKS = ["unsubscribe_url", "preferences_url"] as const;
export type LinkName = (typeof LINKS)[number];

/**
 * What stands behind a substitution tag: a variable, a piece of Liquid (one that only assigns has no
 * tag), or the text of what another tag stands for. Liquid of one `run` shares what it assigns.
 */
export type Slot =
  | { tag: string; variable: Variable }
  | { tag: string | null; run: number; source: string; holes: Hole[] }
  | { tag: string; text_of: string };

/** A mail as all get it, with tags such as `-s1-` where it depends on the person. Plain JSON. */
export type CompiledEmail = {
  subject: string;
  /** As HTML; it is in `html` as well, where no mail program shows it. */
  preheader: string | null;
  html: string;
  text: string;
  slots: Slot[];
};

export type CompileOptions = {
  /** As `languageFor` gave it: the footer speaks it, and the HTML says so. */
  language: string;
  /** Marketing must say how to leave and where its sender lives. */
  marketing: boolean;
  physical_address: string | null;
  /** How the client called the content. */
  field?: string;
};

/**
 * Compiles the words of one language, once for all who get them; `fillEmail` then makes one person's
 * values. Marketing without a way to leave gets a footer. Nothing in the words can run code.
 * @throws DomainError `validation` with field and position, or for marketing without an address.
 */
export function compileEmail(words: EmailWords, options: CompileOptions): CompiledEmail {
  const { language, marketing, physical_address: address, field = "email" } = options;
  const building = startBuilding(words, options);
  const subject = build(building, 0, readParts(words.subject, "line", `${field}.subject`));
  const preheader = words.preheader
    ? build(building, 1, readParts(words.preheader, "plain", `${field}.preheader`).map(inHtml))
    : null;
  if (marketing && !address?.trim()) demandAddress();

  let parts = readParts(words.html, "html", `${field}.html`);
  if (marketing && !leaves(parts)) {
    parts = readParts(withFooter(words.html, footerHtml(language)), "html", `${field}.html`);
  }
  const html = asDocument(untracked(build(building, 2, parts), building.slots), language);

  let text: string;
  if (words.text === undefined) text = textTwin(building, textOfHtml(html));
  else {
    let plain = readParts(words.text, "plain", `${field}.text`);
    if (marketing && !leaves(plain))
      plain = [...plain, ...readParts(`\n\n${footerText(language)}`, "plain", `${field}.text`)];
    text = build(building, 3, plain);
  }
  return {
    subject,
    preheader,
    html: preheader === null ? html : withPreheader(html, preheader),
    text,
    slots: building.slots,
  };
}

/** `said`: what variables of ours say to all alike. */
type Building = { letters: string; slots: Slot[]; known: Map<string, string>; said: Map<string, string> };

const LETTERS = "szqjkxyvwghuoiprltmncdbfaeSZQJKXYVWGHUOIPRLTMNCDBFAE".split("");

/** Tags that the words neither have by themselves nor come close to: no value can complete one. */
function startBuilding(words: EmailWords, { language, physical_address }: CompileOptions): Building {
  const { unsubscribe, preferences } = footerWords(language);
  const said = new Map([
    ["unsubscribe_text", unsubscribe],
    ["preferences_text", preferences],
  ]);
  if (physical_address?.trim()) said.set("physical_address", physical_address.trim());
  const all = [words.subject, words.preheader, words.html, words.text, ...said.values()].join("\n");
  const taken = (letters: string) => new RegExp(`-${letters}|${letters}\\d+-`).test(all);
  let letters = LETTERS.find((letter) => !taken(letter)) ?? "sq";
  while (taken(letters)) letters += "q";
  return { letters, slots: [], known: new Map(), said };
}

/** A skeleton: the plain parts with a tag for each of the others; the same value has the same tag. */
function build(building: Building, run: number, parts: readonly Part[]): string {
  const assigns = parts.some(
    (part) => typeof part === "object" && "source" in part && ASSIGN.test(part.source),
  );
  const skeleton = parts.map((part) => {
    if (typeof part === "string") return part;
    if ("name" in part) return variable(building, part);
    const slot = { run, source: part.source, holes: part.holes.map((hole) => within(building, hole)) };
    if (!part.source.startsWith("{% assign")) {
      return tagFor(building, assigns ? undefined : JSON.stringify(slot), (tag) => ({ tag, ...slot }));
    }
    building.slots.push({ tag: null, ...slot });
    return "";
  });
  return skeleton.join("");
}

function variable(building: Building, hole: Variable): string {
  const said = building.said.get(hole.name);
  if (said !== undefined) return writeValue(said, hole.target) ?? "";
  if (hole.name === "physical_address") demandAddress();
  return tagFor(building, JSON.stringify(hole), (tag) => ({ tag, variable: hole }));
}

/** A value within a piece of Liquid. A link's has a tag of its own, which stands there until it is sent. */
function within(building: Building, hole: Hole): Hole {
  if (!("name" in hole)) return hole;
  if (isLink(hole.name) || hole.name === "physical_address") variable(building, hole);
  const said = building.said.get(hole.name);
  return said === undefined ? hole : { ...hole, fallback: said };
}

function tagFor(building: Building, key: string | undefined, slot: (tag: string) => Slot): string {
  const known = key === undefined ? undefined : building.known.get(key);
  if (known !== undefined) return known;
  const tag = `-${building.letters}${building.slots.length + 1}-`;
  building.slots.push(slot(tag));
  if (key !== undefined) building.known.set(key, tag);
  return tag;
}

/** The text that was made from HTML: its tags stand for what theirs say without HTML. */
function textTwin(building: Building, text: string): string {
  return text.replaceAll(new RegExp(`-${building.letters}\\d+-`, "g"), (of) =>
    tagFor(building, `text of ${of}`, (tag) => ({ tag, text_of: of })),
  );
}

/** The names that a mail asks a person for, in order; those of ours are not among them. */
export function namesIn({ slots }: CompiledEmail): string[] {
  const holes = slots.flatMap((slot) =>
    "variable" in slot ? [slot.variable] : "holes" in slot ? slot.holes : [],
  );
  const names = holes.map((hole) => ("name" in hole ? hole.name : nameIn(hole.expression)));
  return [...new Set(names)].filter((name) => name !== "" && !MADE_VARIABLES.has(name));
}

export function isLink(name: string): name is LinkName {
  return (LINKS as readonly string[]).includes(name);
}

const ASSIGN = /\{% assign\b/;

/**
 * Who leaves has not clicked on what the mail is about, so SendGrid is not to count it.
 * Source: https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/click-tracking-html-best-practices
 */
function untracked(html: string, slots: readonly Slot[]): string {
  const tags = slots.flatMap((slot) =>
    "variable" in slot && isLink(slot.variable.name) ? [RegExp.escape(slot.tag)] : [],
  );
  if (tags.length === 0) return html;
  const anchor = new RegExp(
    `<a\\b(?=[^<>]*\\shref=["'](?:${tags.join("|")})["'])(?![^<>]*clicktracking)`,
    "gi",
  );
  return html.replace(anchor, "$& clicktracking=off");
}

/** Whether one of the parts leads to the page where one leaves. */
function leaves(parts: readonly Part[]): boolean {
  return parts.some((part) => {
    if (typeof part === "string") return /<%asm_(?:group|global)_unsubscribe/.test(part);
    const holes = "holes" in part ? part.holes : [part];
    return holes.some((hole) => "name" in hole && hole.name === "unsubscribe_url");
  });
}

function demandAddress(): never {
  throw new DomainError(
    "validation",
    "This e-mail must name its sender's physical address, and the workspace has none.",
    {
      field: "settings.email.physical_address",
      fix: "Set settings.email.physical_address of the workspace.",
    },
  );
}

/** A preheader is written as text and stands in HTML. */
function inHtml(part: Part): Part {
  if (typeof part === "string") return escapeHtml(part);
  if (!("source" in part)) return { ...part, target: "html" };
  return { ...part, holes: part.holes.map((hole) => ({ ...hole, target: "html" as const })) };
}

function withFooter(html: string, footer: string): string {
  const end = html.toLowerCase().lastIndexOf("</body");
  return end < 0 ? html + footer : html.slice(0, end) + footer + html.slice(end);
}

const BODY = /<body(?:"[^"]*"|'[^']*'|[^'">])*>/i;
/** Keeps an inbox from showing what comes after a short preheader. */
const PADDING = "&#847;&zwnj;&nbsp;".repeat(90);

function withPreheader(html: string, preheader: string): string {
  const hidden = `<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;mso-hide:all">${preheader}${PADDING}</div>`;
  return html.replace(BODY, (body) => body + hidden);
}

/** A fragment gets what a mail program needs to know of it: its character set, width and language. */
export function asDocument(html: string, language: string): string {
  const lang = escapeHtml(language.replace("_", "-"));
  if (BODY.test(html)) return html.replaceAll(' lang="und"', ` lang="${lang}"`);
  return (
    `<!doctype html><html lang="${lang}"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"></head><body>${html}</body></html>`
  );
}
