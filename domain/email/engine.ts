/** Liquid that can neither run code nor hang: a few tags and filters over a person's own values. */
import {
  AssertionError,
  Context,
  type Emitter,
  Liquid,
  ParseError,
  RenderError,
  type TagToken,
  type Template,
  TokenizationError,
} from "liquidjs";
import { lookUp, type TemplateValues } from "../template.ts";
import { type Hole, nameIn, type Target } from "./parts.ts";
import { writeValue } from "./write.ts";

const TAGS = new Set(["if", "unless", "case", "for", "assign", "raw"]);
/** Those of Shopify's that turn text, numbers, dates and lists into another form, each in linear time. */
const FILTERS = new Set(
  `abs append at_least at_most capitalize ceil compact concat date default divided_by downcase first floor
  join last lstrip map minus modulo plus prepend remove remove_first replace replace_first reverse round
  rstrip size slice sort sort_natural split squish strip strip_newlines sum times truncate truncatewords
  uniq upcase where`.split(/\s+/),
);
/** Characters of one piece of Liquid. */
const PARSE_LIMIT = 1_000_000;
/** Milliseconds after which one person's values are given up: far above what any mail needs. */
const RENDER_LIMIT = 2000;
/** Elements and characters that one person's values may make on the way. */
const MEMORY_LIMIT = 1_000_000;

/** What one person's values are put into: the holes of the piece at hand, and what was found missing. */
export type Filling = {
  values: TemplateValues;
  holes: readonly Hole[];
  /** What stands for a value that is known only when it is sent. */
  later: (hole: Hole) => string | undefined;
  /** Keeps a written value from reading as a tag. */
  guard: (value: string, target: Target) => string;
  missing: Set<string>;
};

const liquid = new Liquid({
  ownPropertyOnly: true,
  strictFilters: true,
  strictVariables: false,
  templates: {},
  timezoneOffset: 0,
  preserveTimezones: true,
  parseLimit: PARSE_LIMIT,
  renderLimit: RENDER_LIMIT,
  memoryLimit: MEMORY_LIMIT,
});
for (const name of Object.keys(liquid.tags)) if (!TAGS.has(name)) delete liquid.tags[name];
for (const name of Object.keys(liquid.filters)) if (!FILTERS.has(name)) delete liquid.filters[name];

/** `{% _put 3 %}`: `{name|fallback}` within a piece of Liquid. */
liquid.registerTag("_put", {
  parse(token: TagToken) {
    this["hole"] = Number(token.args);
  },
  render(context: Context, emitter: Emitter) {
    emitter.write(putVariable(fillingOf(context), Number(this["hole"])));
  },
});
/** `… | _put: 3`: what `{{ … }}` came to. */
liquid.registerFilter("_put", function (value: unknown, n: number) {
  const filling = fillingOf(this.context);
  const hole = filling.holes[n];
  if (!hole || !("expression" in hole)) throw new Error(`a piece of Liquid has no value ${n}`);
  const text = written(value);
  const put = text.trim() === "" ? undefined : writeValue(text, hole.target);
  if (put === undefined && !(hole.optional && text.trim() === ""))
    filling.missing.add(nameIn(hole.expression) || hole.expression);
  return put === undefined ? "" : filling.guard(put, hole.target);
});

/** Whether an error is the words': what they ask for does not exist, or takes too long or too much. */
export function isLiquidError(error: unknown): error is Error {
  return (
    RenderError.is(error) ||
    ParseError.is(error) ||
    TokenizationError.is(error) ||
    error instanceof AssertionError
  );
}

/** @throws what `isLiquidError` knows */
export function parseLiquid(source: string): Template[] {
  return liquid.parse(source);
}

/** One run of the pieces of a text, in their order: what `assign` set stays for the next. */
export function startLiquid(filling: Filling): (pieces: Template[], holes: readonly Hole[]) => string {
  const context = new Context(scopeOf(filling.values), liquid.options, { sync: true });
  context.setRegister("filling", filling);
  return (pieces, holes) => {
    filling.holes = holes;
    return String(liquid.renderSync(pieces, context));
  };
}

/** `{name|fallback}`, written at its target; noted as missing where it has neither. */
export function putVariable(filling: Filling, n: number): string {
  const hole = filling.holes[n];
  if (!hole || "expression" in hole) throw new Error(`a text has no variable ${n}`);
  const later = filling.later(hole);
  if (later !== undefined) return later;
  const value = lookUp(hole.name, filling.values);
  const put = value === undefined ? undefined : writeValue(value, hole.target);
  if (put !== undefined) return filling.guard(put, hole.target);
  const fallback = hole.fallback === "" ? "" : writeValue(hole.fallback ?? "", hole.target);
  if (hole.fallback === undefined || fallback === undefined) filling.missing.add(hole.name);
  return fallback ?? "";
}

function fillingOf(context: Context): Filling {
  return context.getRegister<Filling>("filling");
}

function written(value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  if (Array.isArray(value)) return value.map(written).filter(Boolean).join(", ");
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}

/** A contact's own values win, then its attributes, then the campaign's; a blank one counts as none. */
function scopeOf({ contact, attributes, variables }: TemplateValues): Record<string, unknown> {
  const scope = Object.create(null) as Record<string, unknown>;
  for (const source of [variables, attributes, contact])
    for (const [name, value] of Object.entries(source)) {
      const blank = value === null || value === undefined || (typeof value === "string" && !value.trim());
      if (!blank) scope[name] = value;
    }
  return scope;
}
