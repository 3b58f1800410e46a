import { factorsOf } from "../../domain/language/banFactors.ts";
import { levelOf, RISK_LEVELS, scoreOf } from "../../domain/language/banRisk.ts";
import { crossValidated, readCollection } from "./trainSpam.ts";

type Scored = { spam: boolean; score: number };

/** Of all pairs of a spam and a ham, the share in which the spam scores higher; a tie counts half. */
export function areaUnderCurve(scored: readonly Scored[]): number {
  const sorted = scored.toSorted((a, b) => a.score - b.score);
  const hams = scored.filter(({ spam }) => !spam).length;
  let below = 0;
  let won = 0;
  for (let from = 0; from < sorted.length; ) {
    const score = sorted[from]?.score;
    const tied = sorted.slice(from).findIndex((one) => one.score !== score);
    const same = sorted.slice(from, tied < 0 ? undefined : from + tied);
    const ham = same.filter(({ spam }) => !spam).length;
    won += (same.length - ham) * (below + ham / 2);
    below += ham;
    from += same.length;
  }
  return won / (hams * (scored.length - hams));
}

/** Prints what docs/language.md says of the ban risk: each text judged by a model that has not seen it. */
export function crossValidateSpam(path: string): void {
  const judged = crossValidated(readCollection(path));
  const scored = judged.map(({ text, spam, chance }) => ({
    spam,
    score: scoreOf(chance, factorsOf(text, chance)),
  }));
  const model = judged.map(({ spam, chance }) => ({ spam, score: chance }));
  print(`AUC: score ${areaUnderCurve(scored).toFixed(4)}, model alone ${areaUnderCurve(model).toFixed(4)}`);
  for (const level of ["medium", "high", "critical"] as const) {
    const reached = ({ score }: Scored) => RISK_LEVELS.indexOf(levelOf(score)) >= RISK_LEVELS.indexOf(level);
    const share = (wanted: boolean) => {
      const of = scored.filter(({ spam }) => spam === wanted);
      return ((100 * of.filter(reached).length) / of.length).toFixed(2);
    };
    print(`${level} or more: ${share(false)} % of ham, ${share(true)} % of spam`);
  }
}

const print = (line: string) => process.stdout.write(`${line}\n`);
