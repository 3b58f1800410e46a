import { fileURLToPath } from "node:url";
import { INTENTS, SENTIMENTS } from "../../domain/language/labels.ts";
import { LANGUAGES } from "../../domain/language/language.ts";
import { readCorpus } from "./corpus.ts";
import { type Figures, figuresOf, type Judged, judge, perLabel, reliability } from "./measure.ts";

/** Sets of replies under domain/language that are not trained on: docs/language.md says what each is for. */
export const SETS = ["held-out", "first-look", "unseen", "stranger"] as const;
export type TestSet = (typeof SETS)[number];

/** A test set, read and judged. */
export function judgedSet(set: TestSet): Judged[] {
  const folder = fileURLToPath(new URL(`../../domain/language/${set}`, import.meta.url));
  return LANGUAGES.flatMap((language) => judge(readCorpus(folder, language, "plain")));
}

const percent = (share: number) => (Number.isNaN(share) ? "–" : (100 * share).toFixed(1));

/** Prints docs/language.md's tables of one set; `errors` also lists what went wrong in it. */
export function evaluate(set: TestSet, errors: boolean): void {
  printTables(set, judgedSet(set), errors);
}

export function printTables(name: string, judged: readonly Judged[], errors: boolean): void {
  const columns = [
    { name, figures: figuresOf(judged) },
    ...LANGUAGES.map((language) => ({
      name: language,
      figures: figuresOf(judged.filter((one) => one.language === language)),
    })),
  ];
  print(`| | ${columns.map(({ name }) => name).join(" | ")} |`);
  print(`|---|${columns.map(() => "---:|").join("")}`);
  for (const key of Object.keys(columns[0]?.figures ?? {}) as (keyof Figures)[]) {
    const cells = columns.map(({ figures }) =>
      ["replies", "optOuts", "hardNegatives"].includes(key) ? String(figures[key]) : percent(figures[key]),
    );
    print(`| ${key} | ${cells.join(" | ")} |`);
  }
  print("\nlabel, replies, recall, precision, F1");
  const intents = perLabel(
    judged,
    INTENTS,
    ({ intent }) => intent,
    ({ reading }) => reading.intent,
  );
  const feelings = perLabel(
    judged,
    SENTIMENTS,
    ({ sentiment }) => sentiment,
    ({ reading }) => reading.sentiment,
  );
  for (const { label, count, recall, precision, f1 } of [...intents, ...feelings])
    print(`| ${label} | ${count} | ${percent(recall)} | ${percent(precision)} | ${percent(f1)} |`);
  print("\nconfidence, replies, mean confidence, right");
  for (const { band, replies, said, right } of reliability(judged))
    print(`| ${band} | ${replies} | ${said.toFixed(0)} | ${right.toFixed(0)} |`);
  if (errors) for (const one of judged) printFault(one);
}

function printFault({ text, intent, sentiment, urgency, optIn, reading }: Judged): void {
  const faults = [
    ...(intent === reading.intent ? [] : [`${intent}→${reading.intent} (${reading.confidence})`]),
    ...(sentiment === reading.sentiment ? [] : [`${sentiment}→${reading.sentiment}`]),
    ...(urgency === reading.urgency ? [] : [`${urgency}→${reading.urgency}`]),
    ...(optIn === reading.opt_in ? [] : [`opt_in ${optIn}→${reading.opt_in}`]),
  ];
  if (faults.length > 0) print(`${text}  ·  ${faults.join(", ")}`);
}

const print = (line: string) => process.stdout.write(`${line}\n`);
