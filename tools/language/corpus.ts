import { readFileSync } from "node:fs";
import { URGENCIES, type Urgency } from "../../domain/language/labels.ts";
import type { Language } from "../../domain/language/language.ts";
import { seededRandom } from "./random.ts";

/** One reply with what it means. */
export type Labelled = {
  text: string;
  language: Language;
  intent: string;
  sentiment: string;
  optIn: boolean;
  /** Only in test data. */
  urgency?: Urgency;
  /** Only where a set marks them: no opt-out, but meant by its writer to look like one. */
  hard?: boolean;
  /** The line it was made from: what comes of one line stays together when data is split. */
  line: number;
};

const FILES: Readonly<Record<Language, string>> = { en: "english", es: "spanish", pt: "portuguese" };

/**
 * Reads a data file. `# intent sentiment [in] [urgency] [hard]` opens a group; below it is one reply a line. In training
 * data `(a|b)` stands for either, `<name>` for one of the words after `@name`, and these nest.
 */
export function readCorpus(folder: string, language: Language, each: "templates" | "plain"): Labelled[] {
  const text = readFileSync(`${folder}/${FILES[language]}.txt`, "utf8");
  const slots = new Map<string, string>();
  const replies: Labelled[] = [];
  const marks = /^# .*\bhard$/m.test(text);
  let group = {
    intent: "",
    sentiment: "",
    optIn: false,
    hard: false,
    urgency: undefined as Urgency | undefined,
  };
  for (const [number, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const slot = each === "templates" && /^@(\w+) (.*)$/.exec(line);
    const head = /^# (\w+) (\w+)(?: (.*))?$/.exec(line);
    if (slot) slots.set(`<${slot[1]}>`, `(${slot[2]})`);
    else if (head) {
      const flags = head[3]?.split(" ") ?? [];
      group = {
        intent: head[1] ?? "",
        sentiment: head[2] ?? "",
        optIn: flags.includes("in") || flags.includes("opt_in"),
        hard: flags.includes("hard"),
        urgency: URGENCIES.find((one) => flags.includes(one)),
      };
    } else {
      const texts = each === "plain" ? [line] : expand(filled(line, slots), number);
      const { urgency, hard, ...labels } = group;
      for (const one of texts)
        replies.push({
          ...labels,
          ...(urgency && { urgency }),
          ...(marks && { hard }),
          text: one,
          language,
          line: number,
        });
    }
  }
  return replies;
}

function filled(line: string, slots: ReadonlyMap<string, string>): string {
  return line.replace(/<\w+>/g, (slot) => slots.get(slot) ?? slot);
}

type Part = string | Part[][];

/** A template as parts: a text, or alternatives of parts. */
function parse(template: string): Part[] {
  let at = 0;
  const sequence = (depth: number): Part[] => {
    const parts: Part[] = [];
    while (at < template.length) {
      const sign = template[at];
      if (depth > 0 && (sign === "|" || sign === ")")) break;
      if (sign === "(") {
        at += 1;
        const either = [sequence(depth + 1)];
        while (template[at] === "|") {
          at += 1;
          either.push(sequence(depth + 1));
        }
        at += 1;
        parts.push(either);
      } else {
        const end = /[(|)]/.exec(template.slice(at + 1));
        const stop = end ? at + 1 + end.index : template.length;
        parts.push(template.slice(at, stop));
        at = stop;
      }
    }
    return parts;
  };
  return sequence(0);
}

const MOST = 40;

/** Enough texts of a template that each alternative of each choice occurs; the same ones in every run. */
function expand(template: string, seed: number): string[] {
  const parts = parse(template);
  const random = seededRandom(seed + template.length * 7919);
  const turns = new Map<Part, number[]>();
  const pick = (either: Part[][]): Part[] => {
    let order = turns.get(either);
    if (!order?.length) {
      order = either.map((_, i) => i).sort(() => random() - 0.5);
      turns.set(either, order);
    }
    return either[order.pop() ?? 0] ?? [];
  };
  const write = (sequence: Part[]): string =>
    sequence.map((part) => (typeof part === "string" ? part : write(pick(part)))).join("");
  const widest = Math.max(1, ...parts.map(widthOf));
  const wanted = Math.min(MOST, widest === 1 ? 1 : Math.max(12, Math.ceil(widest * 1.3)));
  return [...new Set(Array.from({ length: wanted }, () => write(parts).replace(/ {2,}/g, " ").trim()))];
}

function widthOf(part: Part): number {
  return typeof part === "string" ? 1 : Math.max(part.length, ...part.flat().map(widthOf));
}
