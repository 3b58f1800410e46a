import { sql } from "kysely";
import type { InboundMessage, MailPlace } from "../domain/inboundMessage.ts";
import { settingsOf } from "../domain/settings.ts";
import type { Tx } from "./connect.ts";
import { insertContact } from "./contacts.ts";
import type { SenderWritten } from "./inboundPhone.ts";

/** Where a mail belongs. */
export interface MailRoute {
  sender: SenderWritten;
  /** Whose thread with this sender that is, or whom the mail went to that is answered. */
  contactId: string | null;
  /** Our message that is answered, where it says so and went to the address that answers. */
  answeredId: string | null;
}

/**
 * The sender whose conversation has signed the address that was written to; else the one that was written to, by its own
 * address or its reply_to, or the one of the mail that is answered. Of several with one address (one for each pool) the
 * one that has a thread with this person, else the one that is answered.
 */
export async function findMailRoute(
  tx: Tx,
  workspaceId: string,
  { from, mail }: { from: string; mail: MailPlace },
): Promise<MailRoute | undefined> {
  const { rows } = await sql<{
    id: string;
    settings: unknown;
    time_zone: string;
    now: Date;
    contact_id: string | null;
    answered_id: string | null;
  }>`
    with signed as (
      select sender_id from conversations
      where workspace_id = ${workspaceId} and id = ${mail.conversationId}::uuid and channel = 'email'
    ), answered as (
      select m.id, m.sender_id, m.contact_id
      from email_calls c join attempts a on a.call_id = c.id join messages m on m.id = a.message_id
      where c.workspace_id = ${workspaceId} and c.x_message_id = any(${mail.answers}::text[])
        and m.workspace_id = ${workspaceId} and lower(m.address) = ${from}
      order by array_position(${mail.answers}::text[], c.x_message_id), m.id desc limit 1
    )
    select s.id, w.settings, w.time_zone, now() as now, answered.id as answered_id,
      coalesce(thread.contact_id, answered.contact_id) as contact_id
    from senders s join workspaces w on w.id = s.workspace_id
    left join answered on true
    left join signed on true
    left join conversations thread on thread.workspace_id = s.workspace_id and thread.channel = 'email'
      and thread.address = ${from} and thread.sender_id = s.id
    cross join lateral (select s.address = any(${mail.recipients}::text[])
      or coalesce(s.reply_to = any(${mail.recipients}::text[]), false) as written) named
    where s.workspace_id = ${workspaceId} and s.channel = 'email'
      and (written or s.id in (answered.sender_id, signed.sender_id))
    order by s.id = signed.sender_id desc nulls last, written desc, thread.updated_at desc nulls last,
      s.id = answered.sender_id desc nulls last, s.removed_at desc nulls first, s.id
    limit 1`.execute(tx);
  const row = rows[0];
  if (row === undefined) return undefined;
  const { contact_id: contactId, answered_id: answeredId, settings, ...sender } = row;
  return { sender: { ...sender, settings: settingsOf(settings) }, contactId, answeredId };
}

/**
 * Who writes from an address: the person of the thread or of the mail that is answered, else whom the address names, else
 * whoever has had it longest, as families share one. Somebody new becomes a contact.
 */
export async function findOrAddWriter(
  tx: Tx,
  workspaceId: string,
  { from: email, profileName: name }: InboundMessage,
  expected: string | null,
): Promise<string> {
  const identity = `mailto:${email}`;
  const find = () =>
    tx
      .selectFrom("contacts")
      .select("id")
      .where("workspace_id", "=", workspaceId)
      .where("erased_at", "is", null)
      .where((is) =>
        is.or([
          is("identity", "=", identity),
          is("email", "=", email),
          ...(expected === null ? [] : [is("id", "=", expected)]),
        ]),
      )
      .orderBy(sql`id = ${expected}::uuid`, (order) => order.desc().nullsLast())
      .orderBy(sql`identity = ${identity}`, "desc")
      .orderBy("id")
      .executeTakeFirst();
  const known = (await find()) ?? (await insertContact(tx, workspaceId, { email, name })) ?? (await find());
  if (known === undefined) throw new Error("A contact that exists could not be found");
  return known.id;
}
