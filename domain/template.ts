import { DomainError } from "./errors.ts";

export type TemplateVariable = { name: string; fallback?: string };
/** What a message is made of: plain text and variables, in order. */
export type Template = readonly (string | TemplateVariable)[];

type Values = Readonly<Record<string, unknown>>;
/** Where a variable's value is looked for, in this order; a blank one counts as none. */
export type TemplateValues = { contact: Values; attributes: Values; variables: Values };

export type Rendered = { ok: true; text: string } | { ok: false; missing: string[] };

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
/** Blanks too: attributes are called as their column in the file was, `{Fecha de compra}`. */
export const VARIABLE_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_. -]*$/u;

/**
 * Reads `Hola {name|amigo}, …`: `{name}` is a variable, `{name|text}` one with a fallback (which may be
 * empty: then nothing stands there), `{{` and `}}` are literal braces.
 * @throws DomainError `validation` for a lone brace or a name that is none, with its position.
 */
export function parseTemplate(text: string, field = "body"): Template {
  const parts: (string | TemplateVariable)[] = [];
  let literal = "";
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    literal += text.slice(end, token.index);
    end = token.index + token[0].length;
    if (token[0] === "{{" || token[0] === "}}") {
      literal += token[0].charAt(0);
      continue;
    }
    if (token[1] === undefined) throw badTemplate("has a brace without its counterpart", token.index, field);
    if (literal) parts.push(literal);
    literal = "";
    parts.push(parseVariable(token[1], token.index, field));
  }
  literal += text.slice(end);
  if (literal) parts.push(literal);
  return parts;
}

/** The variables of a template, each once by name and fallback, in order of appearance. */
export function variablesOf(template: Template): TemplateVariable[] {
  const seen = new Map<string, TemplateVariable>();
  for (const part of template)
    if (typeof part !== "string" && !seen.has(keyOf(part))) seen.set(keyOf(part), part);
  return [...seen.values()];
}

/** The finished text, or the names of what has neither value nor fallback: never a half-filled text. */
export function renderTemplate(template: Template, values: TemplateValues): Rendered {
  const missing = new Set<string>();
  const texts = template.map((part) => {
    if (typeof part === "string") return part;
    const value = lookUp(part.name, values) ?? part.fallback;
    if (value === undefined) missing.add(part.name);
    return value;
  });
  return missing.size > 0 ? { ok: false, missing: [...missing] } : { ok: true, text: texts.join("") };
}

/** A value as text; undefined where it is blank or nothing that can stand in a sentence. */
export function lookUp(name: string, { contact, attributes, variables }: TemplateValues): string | undefined {
  for (const source of [contact, attributes, variables]) {
    const value = Object.hasOwn(source, name) ? source[name] : undefined;
    const text = typeof value === "number" && !Number.isFinite(value) ? "" : textOf(value);
    if (text.replace(/[\s\p{Cf}]/gu, "") !== "") return text.trim();
  }
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}

/** A template as Twilio's Content API takes it. */
export type WhatsAppContent = {
  /** With `{{1}}`, `{{2}}` … in place of the variables. */
  body: string;
  /** What stands behind `{{1}}`, `{{2}}` …; the same name with another fallback is another number. */
  variables: TemplateVariable[];
  /** An example for each number, which the approval asks for. */
  samples: Record<string, string>;
  /** What the approval is known to refuse (Meta's template guidelines). */
  warnings: ("starts_with_variable" | "ends_with_variable" | "adjacent_variables")[];
};

/**
 * Numbers the variables of a template for WhatsApp.
 * @throws DomainError `unsupported` where its plain text has braces, which would read as variables there.
 */
export function toWhatsAppContent(template: Template, field = "body"): WhatsAppContent {
  if (template.some((part) => typeof part === "string" && /[{}]/.test(part))) {
    throw new DomainError("unsupported", "A WhatsApp template cannot have literal braces.", {
      field,
      fix: "Take the doubled braces out of the text.",
    });
  }
  const variables = variablesOf(template);
  const keys = variables.map(keyOf);
  const warnings: WhatsAppContent["warnings"] = [];
  if (isVariable(template[0])) warnings.push("starts_with_variable");
  if (isVariable(template.at(-1))) warnings.push("ends_with_variable");
  if (template.some((part, i) => isVariable(part) && isVariable(template[i + 1])))
    warnings.push("adjacent_variables");
  return {
    body: template
      .map((part) => (typeof part === "string" ? part : `{{${keys.indexOf(keyOf(part)) + 1}}}`))
      .join(""),
    variables,
    samples: Object.fromEntries(
      variables.map((variable, i) => [String(i + 1), variable.fallback || variable.name]),
    ),
    warnings,
  };
}

/**
 * The `contentVariables` of one message, as JSON text. WhatsApp takes no line breaks, tabs, runs of
 * blanks or empty values: blanks are drawn together, an empty value counts as missing.
 */
export function contentVariables(
  variables: readonly TemplateVariable[],
  values: TemplateValues,
): { ok: true; json: string } | { ok: false; missing: string[] } {
  const missing = new Set<string>();
  const numbered: Record<string, string> = {};
  for (const [i, variable] of variables.entries()) {
    const text = (lookUp(variable.name, values) ?? variable.fallback ?? "").replace(/\s+/g, " ").trim();
    if (text === "") missing.add(variable.name);
    numbered[String(i + 1)] = text;
  }
  return missing.size > 0
    ? { ok: false, missing: [...missing] }
    : { ok: true, json: JSON.stringify(numbered) };
}

function parseVariable(inside: string, position: number, field: string): TemplateVariable {
  const bar = inside.indexOf("|");
  const name = (bar < 0 ? inside : inside.slice(0, bar)).trim().normalize("NFC");
  if (!VARIABLE_NAME.test(name)) throw badTemplate("has a variable without a proper name", position, field);
  return bar < 0 ? { name } : { name, fallback: inside.slice(bar + 1).trim() };
}

function badTemplate(problem: string, position: number, field: string): DomainError {
  return new DomainError("validation", `The text ${problem}, at character ${position + 1}.`, {
    field,
    fix: "Write a variable as {name} or {name|fallback}, and a literal brace doubled: {{ or }}.",
    details: { position },
  });
}

function isVariable(part: string | TemplateVariable | undefined): boolean {
  return typeof part === "object";
}

function keyOf({ name, fallback }: TemplateVariable): string {
  return fallback === undefined ? name : `${name}|${fallback}`;
}
