import { join } from "node:path";
import { root } from "./home.ts";

export type Count = { passed: number; failed: number; skipped: number };

/** Where `npm test` leaves its figures for .ci/run. */
export const countFile = join(root, "coverage", "count.json");

/** The closing line of a run. */
export function tally({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
