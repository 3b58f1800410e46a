import { type Judged, judge } from "./measure.ts";
import { printTables } from "./evaluate.ts";
import { modelWithout } from "./train.ts";
import { GROUPS, repliesOf } from "./sources.ts";

/** Prints the tables of docs/language.md for the replies of writers, read by a model that never saw any of theirs. */
export function crossValidate(errors: boolean): void {
  const judged: Judged[] = GROUPS.flatMap((group) => judge(repliesOf(group), modelWithout(group)));
  printTables("left out", judged, errors);
}
