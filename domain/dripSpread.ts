/** Steps that came to be late together go out one after another, as they would have, not all at once. */

/** A step that is later than this has not merely waited for its turn: something stood still. */
export const LATE_MS = 15 * 60_000;
/** A few people need no hours: at most so long for each. */
const EACH_MS = 10_000;

/**
 * Over how many milliseconds `count` late steps are spread of which the first is `lateMs` late: as long as they have
 * waited, at most `mostMinutes`.
 */
export function spreadMs(count: number, lateMs: number, mostMinutes: number): number {
  return Math.max(0, Math.min(lateMs, mostMinutes * 60_000, count * EACH_MS));
}
