import { sql } from "kysely";
import type { UnsubscribeLink } from "../domain/email/unsubscribeToken.ts";
import type { Db, Tx } from "./connect.ts";
import { cancelTopics } from "./emailTopics.ts";
import { addressHash, type Cancelled, findSuppressed } from "./suppressions.ts";
import type { Recipient } from "./unsubscribes.ts";

/** Whom a link in an e-mail is for, with what they have chosen so far. */
export interface Subscriber extends Recipient {
  message: { id: string; campaign_id: string | null; sender_id: string; contact_id: string };
  workspaceName: string;
  /** Theirs, as far as it is known; any tag. */
  language: string | null;
  declined: string[];
  maxPerWeek: number | null;
}

/** Undefined where the message is not there, or its person was erased. */
export async function findSubscriber(
  db: Db,
  { workspaceId, messageId }: UnsubscribeLink,
): Promise<Subscriber | undefined> {
  const { rows } = await sql<{
    contact_id: string;
    campaign_id: string | null;
    sender_id: string;
    address: string;
    contact_ids: string[];
    workspace_name: string;
    language: string | null;
    declined: string[] | null;
    max_per_week: number | null;
  }>`
    select m.contact_id, m.campaign_id, m.sender_id, m.address, w.name as workspace_name, p.declined, p.max_per_week,
      coalesce(p.language, c.language) as language,
      array(select id from contacts where workspace_id = m.workspace_id and email = m.address
        union select m.contact_id) as contact_ids
    from messages m join workspaces w on w.id = m.workspace_id join contacts c on c.id = m.contact_id
    left join email_preferences p on p.contact_id = m.contact_id
    where m.id = ${messageId} and m.workspace_id = ${workspaceId} and m.channel = 'email' and m.direction = 'out'
      and m.address is not null`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { contact_id, campaign_id, sender_id } = row;
  return {
    workspaceId,
    message: { id: messageId, campaign_id, sender_id, contact_id },
    address: row.address,
    contactIds: row.contact_ids,
    workspaceName: row.workspace_name,
    language: row.language,
    declined: row.declined ?? [],
    maxPerWeek: row.max_per_week,
  };
}

/**
 * Whether marketing still goes to a person: `off` is their own word, which they may take back; `barred` holds for
 * another reason (a complaint, an address that takes no mail).
 */
export async function standingOf(
  db: Db,
  addressKey: Buffer,
  { workspaceId, address, message }: Subscriber,
): Promise<"on" | "off" | "barred"> {
  const hash = addressHash(addressKey, address);
  const suppression = (await findSuppressed(db, workspaceId, "email", [hash])).get(hash.toString("hex"));
  if (suppression === "unsubscribed" || suppression === "opted_out") return "off";
  if (suppression !== undefined) return "barred";
  const { rows } = await sql<{ state: string }>`
    select state from consents where contact_id = ${message.contact_id} and channel = 'email'
      and purpose in ('marketing', 'all') order by at desc, id desc limit 1`.execute(db);
  return rows[0]?.state === "opted_out" ? "off" : "on";
}

export interface Preferences {
  /** Ids of topics. */
  declined: string[];
  maxPerWeek: number | null;
  /** Null: as before. */
  language: "en" | "es" | "pt" | null;
}

/** What these people want from now on; what is queued of the topics that they decline is cancelled. The caller holds their locks. */
export async function savePreferences(
  tx: Tx,
  recipient: Recipient,
  { declined, maxPerWeek, language }: Preferences,
): Promise<Cancelled> {
  await sql`
    insert into email_preferences (contact_id, workspace_id, declined, max_per_week, language)
    select id, ${recipient.workspaceId}, ${declined}::uuid[], ${maxPerWeek}::smallint, ${language}::text
    from unnest(${recipient.contactIds}::uuid[]) u (id) order by id
    on conflict (contact_id) do update set declined = excluded.declined, max_per_week = excluded.max_per_week,
      language = coalesce(excluded.language, email_preferences.language), updated_at = now()`.execute(tx);
  return cancelTopics(tx, recipient, declined);
}
