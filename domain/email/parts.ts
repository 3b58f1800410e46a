import { HTML_START, type HtmlState, joinStates, type Place, placeAt, readHtml } from "./place.ts";
import { badSource, type Token, tokensOf } from "./tokens.ts";

/** Where a value goes: `line` is a subject, `plain` a text part; the others are places of HTML. */
export type Target = Place | "line" | "plain";

/** One value of a person's. `optional`: nothing may stand there. */
export type Hole =
  | { name: string; fallback?: string; target: Target }
  | { expression: string; optional: boolean; target: Target };

export type Variable = Extract<Hole, { name: string }>;

/** A piece of Liquid with the values in it. */
export type Piece = { source: string; holes: Hole[]; begin: number };

/** What everybody gets as it is, or what depends on the person. */
export type Part = string | Variable | Piece;

/** Blocks and what divides them. */
const BLOCKS: Record<string, readonly string[]> = {
  if: ["elsif", "else"],
  unless: ["elsif", "else"],
  case: ["when", "else"],
  for: ["else"],
};
/** Values that are no contact's, however they are asked for. */
export const MADE_VARIABLES = new Set([
  "unsubscribe_url",
  "preferences_url",
  "physical_address",
  "unsubscribe_text",
  "preferences_text",
]);
const ALLOWED = "if, unless, case, for, assign, comment, raw";

type Open = { name: string; begin: number; start: HtmlState; ends: HtmlState[]; otherwise: boolean };
type Reading = { source: string; field: string; state: HtmlState | undefined };

/**
 * Reads a subject (`line`), a text (`plain`) or HTML into what all share and what depends on the
 * person. In HTML every value gets the place where it stands; the ways through a block must end in the
 * same place, or a value could be written for another one than it gets to.
 * @throws DomainError `validation` with the field, the position and what to write instead.
 */
export function partsOf(source: string, kind: "line" | "plain" | "html", field: string): Part[] {
  const reading: Reading = { source, field, state: kind === "html" ? { ...HTML_START } : undefined };
  const target = kind === "html" ? undefined : kind;
  const parts: Part[] = [];
  const open: Open[] = [];
  let liquid: Piece | undefined;

  for (const token of tokensOf(source, field)) {
    const read = token.kind === "tag" ? undefined : readToken(reading, token, target);
    if (token.kind === "tag") {
      liquid ??= { source: "", holes: [], begin: token.begin };
      readTag(reading, token, open);
      liquid.source += `{% ${token.inside} %}`;
      if (open.length === 0) {
        parts.push(liquid);
        liquid = undefined;
      }
    } else if (typeof read === "string") {
      if (liquid) liquid.source += literal(read);
      else parts.push(read);
    } else if (read) {
      if (liquid) liquid.source += holeIn(liquid.holes, read);
      else if ("name" in read) parts.push(read);
      else {
        const holes: Hole[] = [];
        parts.push({ source: holeIn(holes, read), holes, begin: token.begin });
      }
    }
  }
  const left = open.at(-1);
  if (left)
    throw badSource(source, left.begin, field, `has {% ${left.name} %} without its {% end${left.name} %}`);
  return parts;
}

/** What an expression asks for: `city` of `city | upcase`. */
export function nameIn(expression: string): string {
  return expression.split("|", 1)[0]?.trim() ?? "";
}

/** Plain text, or a value with its target. */
function readToken(
  reading: Reading,
  token: Exclude<Token, { kind: "tag" }>,
  fixed: "line" | "plain" | undefined,
): string | Hole {
  const { state, source, field } = reading;
  if (token.kind === "text" || (token.kind === "variable" && state?.at === "raw_text")) {
    if (state?.at !== "raw_text") refuseLoneBrace(reading, token);
    if (state) reading.state = readHtml(state, token.text);
    return token.text;
  }
  const target = fixed ?? (state && placeAt(state));
  if (target === undefined) {
    throw badSource(
      source,
      token.begin,
      field,
      "has a value where none is safe",
      'A value may stand in text, or between the quotes of an attribute such as href="…" or alt="…"; not in a style, a script, a tag or an attribute without quotes.',
    );
  }
  if (state?.at === "value") reading.state = { ...state, begun: true };
  if (token.kind === "output") {
    if (MADE_VARIABLES.has(token.inside)) return { name: token.inside, target };
    return { expression: token.inside, optional: /\|\s*default\s*:/.test(token.inside), target };
  }
  const fallback = token.fallback === undefined ? {} : { fallback: token.fallback };
  return { name: token.name, ...fallback, target };
}

/** Opens, divides or closes a block. */
function readTag(reading: Reading, token: Extract<Token, { kind: "tag" }>, open: Open[]): void {
  const { source, field } = reading;
  const state = reading.state ?? HTML_START;
  const block = open.at(-1);
  const { name, begin } = token;
  if (name === "assign") return;
  if (Object.hasOwn(BLOCKS, name)) {
    open.push({ name, begin, start: state, ends: [], otherwise: name === "for" });
    if (name === "for") open.at(-1)?.ends.push(state);
    return;
  }
  const divides = block !== undefined && (BLOCKS[block.name] ?? []).includes(name);
  const closes = block !== undefined && name === `end${block.name}`;
  if (!block || (!divides && !closes)) {
    throw badSource(
      source,
      begin,
      field,
      `has {% ${name} %}, which does not belong there`,
      `The tags of an e-mail are ${ALLOWED}; each block has its end, such as {% endif %}.`,
    );
  }
  block.ends.push(state);
  if (divides) {
    if (name === "else") block.otherwise = true;
    if (reading.state) reading.state = { ...block.start };
    return;
  }
  open.pop();
  if (!block.otherwise) block.ends.push(block.start);
  const joined = block.ends.reduce<HtmlState | undefined>(
    (before, end) => before && joinStates(before, end),
    block.ends[0],
  );
  if (!joined) {
    throw badSource(
      source,
      block.begin,
      field,
      `has {% ${block.name} %} whose ways end in different places of the HTML`,
      "Open and close a tag or a quote within the same branch.",
    );
  }
  if (reading.state) reading.state = { ...joined };
}

/** Braces belong to a style or a script, or to attributes that are nobody's text; elsewhere they are a slip. */
function refuseLoneBrace({ source, field, state }: Reading, { text, begin }: Token & { text: string }): void {
  let here = state;
  let from = 0;
  for (const { index } of text.matchAll(/[{}]/g)) {
    here = here && readHtml(here, text.slice(from, index));
    from = index;
    if (here && here.at !== "text" && !placeAt(here)?.startsWith("link")) continue;
    const fix = here && "Write {name} or {name|fallback}, and a literal brace as &#123; or &#125;.";
    throw badSource(source, begin + index, field, "has a brace that belongs to no variable", fix);
  }
}

const literal = (text: string) => (text.includes("{") ? `{% raw %}${text}{% endraw %}` : text);

/** A value within a piece of Liquid: the engine's own tag and filter write it (`engine.ts`). */
function holeIn(holes: Hole[], hole: Hole): string {
  holes.push(hole);
  const n = holes.length - 1;
  return "expression" in hole ? `{{ ${hole.expression} | _put: ${n} }}` : `{% _put ${n} %}`;
}
