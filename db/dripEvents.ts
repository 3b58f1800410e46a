import { sql } from "kysely";
import type { Tx } from "./connect.ts";
import { enroll, stopEnrollments } from "./enrollments.ts";
import { findSequence } from "./sequences.ts";
import { databaseNow } from "./connect.ts";
import type { CampaignRow } from "./campaigns.ts";

/** Something that concerns a person, named by the business. */
export interface ContactEvent {
  workspaceId: string;
  contactId: string;
  name: string;
  timeZone: string;
}

/** The sequences that an event has changed something in. */
export interface EventEffect {
  enrolled: CampaignRow[];
  stopped: number;
}

/**
 * What an event means for sequences: those that it converts or brings to their goal end for this person, then those
 * that it enrolls into begin. Drafts and ended ones hear nothing. The caller holds the person's lock.
 */
export async function takeContactEvent(tx: Tx, event: ContactEvent): Promise<EventEffect> {
  const { workspaceId, contactId, name } = event;
  const campaigns = await listening(tx, workspaceId, name);
  const effect: EventEffect = { enrolled: [], stopped: 0 };
  for (const { converts, reaches, ...campaign } of campaigns) {
    const on = { workspaceId, contactId, campaignId: campaign.id };
    if (converts) effect.stopped += await stopEnrollments(tx, { ...on, event: "conversion" });
    if (reaches) effect.stopped += await stopEnrollments(tx, { ...on, event: "goal" });
  }
  for (const { enrolls, converts: _, reaches: __, ...campaign } of campaigns) {
    if (!enrolls) continue;
    const sequence = await findSequence(tx, workspaceId, campaign.id, "share");
    if (sequence === undefined) continue;
    const { enrolled } = await enroll(tx, sequence, {
      contactIds: [contactId],
      source: "event",
      now: await databaseNow(tx),
      timeZone: event.timeZone,
    });
    if (enrolled > 0) effect.enrolled.push(campaign);
  }
  return effect;
}

type Listening = CampaignRow & { enrolls: boolean; converts: boolean; reaches: boolean };

/** The campaigns that go on and name the event, kept from ending until the transaction does. */
async function listening(tx: Tx, workspaceId: string, name: string): Promise<Listening[]> {
  const { rows } = await sql<Listening>`
    select k.*, s.settings -> 'enroll_on' ? ${name} as enrolls, s.settings -> 'conversion_events' ? ${name} as converts,
      s.settings -> 'goal_events' ? ${name} as reaches
    from campaigns k join sequences s on s.campaign_id = k.id
    where k.workspace_id = ${workspaceId} and k.state in ('running', 'paused') and (s.settings -> 'enroll_on' ? ${name}
      or s.settings -> 'conversion_events' ? ${name} or s.settings -> 'goal_events' ? ${name})
    order by k.id for share of k`.execute(tx);
  return rows;
}
