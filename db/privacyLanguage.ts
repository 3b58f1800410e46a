import type { TablePrivacy } from "./privacyWays.ts";

/** Language work: figures of calls, nothing of what was said. */
export const languageTables = {
  ai_calls: {
    holds: "Calls of language models: when, for what, tokens and cost. Nothing of what was said.",
    retention: { own: "90 days" },
    keeps:
      "id workspace_id at feature prompt provider model outcome input_tokens cache_write_tokens cache_read_tokens output_tokens cost_micros milliseconds",
  },
  ai_usage: {
    holds: "The same by day, in sums.",
    keeps:
      "workspace_id day provider model feature calls failed unpriced input_tokens cache_write_tokens cache_read_tokens output_tokens cost_micros",
  },
} as const satisfies Record<string, TablePrivacy>;
