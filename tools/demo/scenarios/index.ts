import type { Scenario } from "../scenario.ts";

/** The scenarios by name, each loaded when it is asked for. The first one is what `npm run demo` shows. */
export const scenarios: Readonly<Record<string, () => Promise<Scenario>>> = {
  campaign: async () => (await import("./campaign.ts")).campaign,
  warmup: async () => (await import("./warmup.ts")).warmup,
  call: async () => (await import("./call.ts")).call,
  conversation: async () => (await import("./conversation.ts")).conversation,
  drip: async () => (await import("./drip.ts")).drip,
};
