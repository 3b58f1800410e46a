import { expect, it } from "vitest";
import { campaignSummary } from "./campaignSummary.ts";

const campaign = { name: "Altos", channel: "whatsapp" };

it("campaignSummary · names the people where they were counted", () => {
  expect(campaignSummary(campaign, 2280)).toBe("Altos · 2280 people · whatsapp");
  expect(campaignSummary(campaign)).toBe("Altos · whatsapp");
});
