import { DomainError } from "../errors.ts";
import { VARIABLE_NAME } from "../template.ts";

/** What a text is made of before anybody asks where in the HTML it stands. `begin` is an offset. */
export type Token =
  | { kind: "text"; text: string; begin: number }
  | { kind: "variable"; name: string; fallback: string | undefined; text: string; begin: number }
  | { kind: "output"; inside: string; begin: number }
  | { kind: "tag"; name: string; inside: string; begin: number };

const OPENING = /\{\{-?|\{%-?|\{|\}/g;
const VARIABLE = /\{([^{}|]*)(?:\|([^{}]*))?\}/y;
const QUOTED = /"[^"]*"|'[^']*'/g;
const END_RAW = /\{%-?\s*endraw\s*-?%\}/g;
const END_COMMENT = /\{%-?\s*endcomment\s*-?%\}/g;

/**
 * Splits a text into plain text, `{name|fallback}`, `{{ output }}` and `{% tag %}`. `{% raw %}` is plain
 * text here, `{% comment %}` is gone, and dashes (`{%-`) have taken their blanks. A brace that is
 * none of these is plain text: whether it may be is the caller's to say.
 * @throws DomainError `validation` where a construct does not end.
 */
export function tokensOf(source: string, field: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trim = false;
  const literal = (until: number, trimEnd = false) => {
    let text = source.slice(at, until);
    const begin = at + (trim ? text.length - text.trimStart().length : 0);
    if (trim) text = text.trimStart();
    if (trimEnd) text = text.trimEnd();
    if (text !== "") tokens.push({ kind: "text", text, begin });
    trim = false;
  };

  OPENING.lastIndex = 0;
  for (let found = OPENING.exec(source); found; found = OPENING.exec(source)) {
    const begin = found.index;
    const opening = found[0];
    if (!opening.startsWith("{{") && !opening.startsWith("{%")) {
      const variable = opening === "{" ? variableAt(source, begin) : undefined;
      if (variable === undefined) continue;
      literal(begin);
      tokens.push(variable);
      at = begin + variable.text.length;
    } else {
      const closing = opening.startsWith("{{") ? "}}" : "%}";
      const end = source.indexOf(closing, begin + opening.length);
      if (end < 0) throw badSource(source, begin, field, `has ${opening} without its ${closing}`);
      literal(begin, opening.endsWith("-"));
      const inside = source
        .slice(begin + opening.length, end)
        .replace(/-$/, "")
        .trim();
      if (/["']/.test(inside.replace(QUOTED, "")))
        throw badSource(
          source,
          begin,
          field,
          `has ${opening} with a quote that does not end before ${closing}`,
        );
      trim = source.charAt(end - 1) === "-";
      at = end + 2;
      if (closing === "}}") tokens.push({ kind: "output", inside, begin });
      else {
        const name = /^\w*/.exec(inside)?.[0] ?? "";
        if (name === "raw" || name === "comment") at = skip(name, begin);
        else tokens.push({ kind: "tag", name, inside, begin });
      }
    }
    OPENING.lastIndex = at;
  }
  literal(source.length);
  return tokens;

  function skip(name: "raw" | "comment", begin: number): number {
    const ending = name === "raw" ? END_RAW : END_COMMENT;
    ending.lastIndex = at;
    const end = ending.exec(source);
    if (!end) throw badSource(source, begin, field, `has {% ${name} %} without its {% end${name} %}`);
    if (name === "raw" && end.index > at)
      tokens.push({ kind: "text", text: source.slice(at, end.index), begin: at });
    trim = end[0].endsWith("-%}");
    return end.index + end[0].length;
  }
}

/** Refuses what is wrong with a text, with its line and column. */
export function badSource(
  source: string,
  position: number,
  field: string,
  problem: string,
  fix = "Write a variable as {name} or {name|fallback}, logic as Liquid: {% if city %}…{% endif %}.",
): DomainError {
  const before = source.slice(0, position).split("\n");
  const place = { position, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  return new DomainError(
    "validation",
    `The text ${problem}, at character ${position + 1} (line ${place.line}, column ${place.column}).`,
    { field, fix, details: place },
  );
}

function variableAt(source: string, begin: number): Extract<Token, { kind: "variable" }> | undefined {
  VARIABLE.lastIndex = begin;
  const found = VARIABLE.exec(source);
  const name = found?.[1]?.trim().normalize("NFC") ?? "";
  if (!found || !VARIABLE_NAME.test(name)) return undefined;
  return { kind: "variable", name, fallback: found[2]?.trim(), text: found[0], begin };
}
