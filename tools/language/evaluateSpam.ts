import { areaUnderCurve } from "../../domain/areaUnderCurve.ts";
import { factorsOf } from "../../domain/language/banFactors.ts";
import { levelOf, RISK_LEVELS, scoreOf } from "../../domain/language/banRisk.ts";
import { crossValidated, readCollection } from "./trainSpam.ts";

type Scored = { spam: boolean; score: number };

/** Prints what docs/language.md says of the ban risk: each text judged by a model that has not seen it. */
export function crossValidateSpam(path: string): void {
  const judged = crossValidated(readCollection(path));
  const scored = judged.map(({ text, spam, chance }) => ({
    spam,
    score: scoreOf(chance, factorsOf(text, chance)),
  }));
  const model = judged.map(({ spam, chance }) => ({ spam, score: chance }));
  const curve = (of: readonly Scored[]) =>
    areaUnderCurve(of.map(({ spam, score }) => ({ is: spam, score }))).toFixed(4);
  print(`AUC: score ${curve(scored)}, model alone ${curve(model)}`);
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
