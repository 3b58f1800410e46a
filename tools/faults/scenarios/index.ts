import type { Scenario } from "../scenario.ts";

/** By the name that --scenario takes; the first is what runs where none is named. */
export const scenarios: Record<string, () => Promise<Scenario>> = {
  campaign: async () => (await import("./campaign.ts")).campaign,
  outage: async () => (await import("./outage.ts")).outage,
  call: async () => (await import("./call.ts")).call,
  conversation: async () => (await import("./conversation.ts")).conversation,
  drip: async () => (await import("./drip.ts")).drip,
};
