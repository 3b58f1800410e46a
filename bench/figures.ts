/** One figure of one case over all rounds. A figure with a goal fails the run where its median misses it. */
export interface BenchResult {
  case: string;
  metric: string;
  unit: string;
  min: number;
  median: number;
  max: number;
  goal: number | null;
}

/** What a module bench/<name>.ts gets; it exports `bench(context)`. */
export interface BenchContext {
  rounds: number;
  /** Rows, messages …: what `--size` says, else the module's own. */
  size(otherwise: number): number;
  /** A migrated database in a cold server of its own; both go when the run ends. */
  database(): Promise<{ url: string; pid: number }>;
  /** Says how it goes, on stderr. */
  say(line: string): void;
}

/** Folds the rounds of one figure. */
export function figure(
  name: string,
  metric: string,
  unit: string,
  rounds: number[],
  goal: number | null = null,
): BenchResult {
  const sorted = rounds.toSorted((a, b) => a - b);
  const at = (share: number) => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { case: name, metric, unit, min: at(0), median: at(0.5), max: at(1), goal };
}

/** Large figures to a tenth, small ones (milliseconds of CPU) to a thousandth. */
const rounded = (value: number) =>
  Math.abs(value) >= 10 ? Math.round(value * 10) / 10 : Math.round(value * 1000) / 1000;
