/** The head of a campaign's run in Temporal UI: its own title, how many people if they were counted, the channel. */
export function campaignSummary(campaign: { name: string; channel: string }, people?: number): string {
  const parts = [campaign.name, people === undefined ? undefined : `${people} people`, campaign.channel];
  return parts.filter((part) => part !== undefined).join(" · ");
}
