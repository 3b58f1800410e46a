import { sql } from "kysely";
import type { Audience } from "./audiences.ts";
import type { CampaignRow } from "./campaigns.ts";
import type { Db } from "./connect.ts";

export interface MissingReference {
  what: "template" | "segment" | "list" | "contact" | "sender";
  field: string;
}

/** What a campaign names and this workspace does not have; templates and senders must be of its channel. */
export async function missingReferences(db: Db, campaign: CampaignRow): Promise<MissingReference[]> {
  const { exclude, ...include } = campaign.audience as Audience;
  const of = { workspaceId: campaign.workspace_id, channel: campaign.channel };
  const missing: MissingReference[] = [];
  const check = async (what: MissingReference["what"], field: string, ids: readonly string[]) => {
    const wanted = new Set(ids);
    if (wanted.size > 0 && (await countExisting(db, what, of, [...wanted])) < wanted.size)
      missing.push({ what, field });
  };
  await check("template", "template_id", campaign.template_id === null ? [] : [campaign.template_id]);
  await check("sender", "sender_ids", campaign.sender_ids);
  for (const [people, prefix] of [
    [include, ""],
    [exclude ?? {}, "exclude."],
  ] as const) {
    await check("list", `${prefix}list_ids`, people.list_ids ?? []);
    await check("segment", `${prefix}segment_id`, people.segment_id === undefined ? [] : [people.segment_id]);
    await check("contact", `${prefix}contact_ids`, people.contact_ids ?? []);
  }
  return missing;
}

const TABLES = {
  template: sql`templates where deleted_at is null`,
  segment: sql`segments where deleted_at is null`,
  list: sql`contact_lists where deleted_at is null`,
  contact: sql`contacts where erased_at is null`,
  sender: sql`senders where removed_at is null`,
} as const;

async function countExisting(
  db: Db,
  what: MissingReference["what"],
  of: { workspaceId: string; channel: string },
  ids: string[],
): Promise<number> {
  const ofChannel = what === "template" || what === "sender" ? sql`and channel = ${of.channel}` : sql``;
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${TABLES[what]} and workspace_id = ${of.workspaceId}
      and id = any(${ids}::uuid[]) ${ofChannel}`.execute(db);
  return rows[0]?.n ?? 0;
}
