import { type Judged, judge } from "./measure.ts";
import { printTables } from "./evaluate.ts";
import { modelWithout } from "./train.ts";
import { repliesOf, WRITERS } from "./sources.ts";

/** Prints the tables of docs/language.md for each writer's replies, read by a model that never saw any of that writer's. */
export function crossValidate(errors: boolean): void {
  const judged: Judged[] = WRITERS.flatMap((writer) => judge(repliesOf(writer), modelWithout(writer)));
  printTables("left out", judged, errors);
}
