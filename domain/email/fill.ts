import type { Template } from "liquidjs";
import type { TemplateValues } from "../template.ts";
import { type CompiledEmail, isLink, type LinkName } from "./compile.ts";
import { type Filling, isLiquidError, parseLiquid, putVariable, startLiquid } from "./engine.ts";
import type { Hole, Target, Variable } from "./parts.ts";
import { textOfHtml } from "./text.ts";
import { writeValue } from "./write.ts";

/** Bytes of one person's tags and values in a call, SendGrid's limit, less what the links will take. */
export const MAX_VALUE_BYTES = 10_000 - 1_500;

/** One person's values by tag, and where they cannot be had, why not. */
export type FilledEmail =
  | { ok: true; values: Record<string, string> }
  | {
      ok: false;
      reason: "missing_variables" | "content_too_large" | "content_failed";
      /** Names, as the words call them. */
      missing: string[];
      /** As far as they could be had: to look at, not to send. */
      values: Record<string, string>;
    };

/**
 * One person's values of a compiled mail, as they stand in its HTML, subject and text. The links that
 * are made when it is sent come later, by `withLinks`. Cheap: what can be prepared is, once per
 * compiled mail (the same object).
 */
export function fillEmail(compiled: CompiledEmail, person: TemplateValues): FilledEmail {
  const { slots, later, guard, keepTags } = prepare(compiled);
  const filling: Filling = { values: person, holes: [], later, guard, missing: new Set() };
  const runs = new Map<number, ReturnType<typeof startLiquid>>();
  const values: Record<string, string> = {};
  try {
    for (const slot of slots) {
      if ("of" in slot) {
        const html = values[slot.of];
        if (html !== undefined) values[slot.tag] = keepTags(textOfValue(html));
        continue;
      }
      filling.holes = slot.holes;
      const value = "pieces" in slot ? runOf(slot.run)(slot.pieces, slot.holes) : putVariable(filling, 0);
      if (slot.tag !== null) values[slot.tag] = value;
    }
  } catch (error) {
    if (!isLiquidError(error)) throw error;
    return { ok: false, reason: "content_failed", missing: [...filling.missing], values };
  }
  if (filling.missing.size > 0)
    return { ok: false, reason: "missing_variables", missing: [...filling.missing], values };
  return bytesOf(values) > MAX_VALUE_BYTES
    ? { ok: false, reason: "content_too_large", missing: [], values }
    : { ok: true, values };

  function runOf(run: number): ReturnType<typeof startLiquid> {
    const known = runs.get(run) ?? startLiquid(filling);
    runs.set(run, known);
    return known;
  }
}

/** The values of a call: what `fillEmail` made, with the links of this very message. */
export function withLinks(
  compiled: CompiledEmail,
  values: Readonly<Record<string, string>>,
  links: Readonly<Record<LinkName, string>>,
): Record<string, string> {
  const { links: slots, linkTags } = prepare(compiled);
  if (slots.size === 0) return { ...values };
  const link = (tag: string) => {
    const slot = slots.get(tag);
    return slot ? (slot.target ? (writeValue(links[slot.name], slot.target) ?? "") : links[slot.name]) : tag;
  };
  const whole: Record<string, string> = {};
  for (const [tag, value] of Object.entries(values)) whole[tag] = value.replace(linkTags, link);
  for (const tag of slots.keys()) whole[tag] = link(tag);
  return whole;
}

/** The mail as one person gets it: what the provider makes of it and these values. */
export function applyValues(
  compiled: CompiledEmail,
  values: Readonly<Record<string, string>>,
): { subject: string; preheader: string | null; html: string; text: string } {
  const { tags } = prepare(compiled);
  const put = (skeleton: string) => skeleton.replace(tags, (tag) => values[tag] ?? tag);
  return {
    subject: put(compiled.subject),
    preheader: compiled.preheader === null ? null : put(compiled.preheader),
    html: put(compiled.html),
    text: put(compiled.text),
  };
}

type Prepared = {
  slots: (
    | { tag: string; holes: [Variable] }
    | { tag: string | null; run: number; pieces: Template[]; holes: Hole[] }
    | { tag: string; of: string }
  )[];
  /** The tags of links; without a target, in a text that was made from HTML. */
  links: Map<string, { name: LinkName; target: Target | undefined }>;
  tags: RegExp;
  linkTags: RegExp;
  later: Filling["later"];
  guard: Filling["guard"];
  keepTags: (text: string) => string;
};
const known = new WeakMap<CompiledEmail, Prepared>();

function prepare(compiled: CompiledEmail): Prepared {
  const cached = known.get(compiled);
  if (cached) return cached;
  const letters = /[a-z]+/i.exec(compiled.slots.find(({ tag }) => tag !== null)?.tag ?? "s")?.[0] ?? "s";
  const links: Prepared["links"] = new Map();
  const linkOf = new Map<string, string>();
  const slots: Prepared["slots"] = [];
  for (const slot of compiled.slots) {
    if ("text_of" in slot) {
      const link = links.get(slot.text_of);
      if (link) links.set(slot.tag, { name: link.name, target: undefined });
      else slots.push({ tag: slot.tag, of: slot.text_of });
    } else if ("variable" in slot) {
      const { name, target } = slot.variable;
      if (isLink(name)) {
        links.set(slot.tag, { name, target });
        linkOf.set(`${name} ${target}`, slot.tag);
      } else slots.push({ tag: slot.tag, holes: [slot.variable] });
    } else slots.push({ ...slot, pieces: parseLiquid(slot.source) });
  }
  // What reads as a tag, or as half of one that what stands beside it would complete.
  const tagLike = new RegExp(`-(?=[${letters}]*$|${letters}\\d*(?:-|$))`, "g");
  const linkTags = new RegExp([...links.keys()].join("|") || "(?!)", "g");
  const guard: Filling["guard"] = (value, target) =>
    value.replace(tagLike, target === "html" ? "&#45;" : target.startsWith("link") ? "%2D" : "\u2011");
  const prepared: Prepared = {
    slots,
    links,
    tags: new RegExp(`-${letters}\\d+-`, "g"),
    linkTags,
    later: (hole) => ("name" in hole ? linkOf.get(`${hole.name} ${hole.target}`) : undefined),
    guard,
    keepTags: (text) =>
      text.replace(tagLike, (dash, at: number) => {
        linkTags.lastIndex = Math.max(0, at);
        return linkTags.exec(text)?.index === at ? dash : "\u2011";
      }),
  };
  known.set(compiled, prepared);
  return prepared;
}

const ENTITY: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#45": "-" };

/** What stands on lines of its own. */
const BLOCK = /<(?:p|div|table|tr|ul|ol|li|h\d|blockquote|section)\b/i;

/** What a value says without HTML: a written value has but our own entities, a piece of HTML is read. */
function textOfValue(value: string): string {
  if (!/<|&(?!amp;|lt;|gt;|quot;|#39;|#45;)/.test(value)) {
    return value.replace(/&(amp|lt|gt|quot|#39|#45);/g, (_, name: string) => ENTITY[name] ?? "");
  }
  const text = textOfHtml(/^\s*<li\b/i.test(value) ? `<ul>${value}</ul>` : value);
  if (BLOCK.test(value)) return text;
  const blank = (found: boolean) => (found ? " " : "");
  return blank(/^\s/.test(value)) + text + blank(/\s$/.test(value));
}

function bytesOf(values: Record<string, string>): number {
  let bytes = 0;
  for (const [tag, value] of Object.entries(values)) bytes += tag.length + Buffer.byteLength(value);
  return bytes;
}
