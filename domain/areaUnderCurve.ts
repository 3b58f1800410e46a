/** Of all pairs of one that is and one that is not, the share in which the former scores higher; a tie counts half. */
export function areaUnderCurve(scored: readonly { is: boolean; score: number }[]): number {
  const sorted = scored.toSorted((a, b) => a.score - b.score);
  const nots = scored.filter(({ is }) => !is).length;
  let below = 0;
  let won = 0;
  for (let from = 0; from < sorted.length; ) {
    const score = sorted[from]?.score;
    let to = from;
    while (to < sorted.length && sorted[to]?.score === score) to++;
    const same = sorted.slice(from, to);
    const not = same.filter(({ is }) => !is).length;
    won += (same.length - not) * (below + not / 2);
    below += not;
    from = to;
  }
  return won / (nots * (scored.length - nots));
}
