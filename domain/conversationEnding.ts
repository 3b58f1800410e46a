/** What came of a conversation, once it is over. */

export const ENDINGS = ["resolved", "escalated", "abandoned", "fallback"] as const;
export type Ending = (typeof ENDINGS)[number];

export interface EndingFacts {
  /** People had it. */
  handed_off: boolean;
  /** The person had written something that nobody has answered. */
  awaiting: boolean;
  /** What became of the last burst (conversation_bursts); null where there was none. */
  last: { outcome: string; reason: string | null; intent: string | null } | null;
  /** Whether somebody of ours has written since. */
  person_since: boolean;
}

/** Intents whose fixed answer says that somebody will see to it: on its own it answers nothing. */
const PUT_OFF: ReadonlySet<string> = new Set([
  "interested",
  "pricing",
  "question",
  "booking",
  "human_request",
  "complaint",
]);

/**
 * `escalated`: people had to take it, and answered. `abandoned`: somebody waited until the end, for people or the machine.
 * `fallback`: the last word was an away text or a promise to come back, and nobody did. `resolved`: all else.
 */
export function endingOf({ handed_off, awaiting, last, person_since }: EndingFacts): Ending {
  if (!person_since) {
    if (last?.outcome === "away") return "fallback";
    if (last?.outcome === "answered" && last.reason === "classification" && PUT_OFF.has(last.intent ?? ""))
      return "fallback";
  }
  if (awaiting) return "abandoned";
  return handed_off ? "escalated" : "resolved";
}
