/** When a sender's campaigns are paused for its ban risk, and when the watch is over: without flapping. */

/** From here on campaigns are paused. */
export const PAUSES_FROM = 80;
/** Below this a sender that was braked is calm. */
export const CALM_BELOW = 50;
/** It has to stay calm for so long … */
export const CALM_MS = 2 * 3_600_000;
/** … and no brake ends sooner. */
export const BRAKED_MS = 6 * 3_600_000;

export const WATCH_STATES = ["watched", "braked"] as const;
export type WatchState = (typeof WATCH_STATES)[number];

export type Watch = {
  state: WatchState;
  braked_at: Date | null;
  calm_since: Date | null;
  /** Until then an operator wants nothing to be paused. */
  override_until: Date | null;
};

export type WatchStep = Omit<Watch, "override_until"> & {
  /** `brake` opens the alert and pauses, `hold` pauses what was started since, `release` ends the alert. */
  action: "brake" | "hold" | "release" | "none";
};

export const UNWATCHED: Watch = { state: "watched", braked_at: null, calm_since: null, override_until: null };

/**
 * What follows from a score. Brakes at 80 and lets go below 50 only, after two calm hours and six braked ones: what lies
 * between changes nothing. Letting go resumes no campaign: that is a person's to do.
 */
export function nextWatch(watch: Watch, score: number, now: Date): WatchStep {
  const { state, braked_at, calm_since, override_until } = watch;
  const overridden = override_until !== null && override_until > now;
  const stays = (action: WatchStep["action"], calm: Date | null): WatchStep => ({
    state,
    braked_at,
    calm_since: calm,
    action,
  });
  if (state === "watched")
    return score >= PAUSES_FROM && !overridden
      ? { state: "braked", braked_at: now, calm_since: null, action: "brake" }
      : stays("none", null);
  if (score >= CALM_BELOW) return stays(score >= PAUSES_FROM && !overridden ? "hold" : "none", null);
  const since = calm_since ?? now;
  const over = (from: Date | null, ms: number) => from === null || now.getTime() - from.getTime() >= ms;
  return over(since, CALM_MS) && over(braked_at, BRAKED_MS)
    ? { state: "watched", braked_at: null, calm_since: null, action: "release" }
    : stays("none", since);
}
