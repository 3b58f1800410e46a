import { sql } from "kysely";
import { canonicalAddress } from "../domain/address.ts";
import type { InboundMessage } from "../domain/inboundMessage.ts";
import { settingsOf } from "../domain/settings.ts";
import type { Tx } from "./connect.ts";
import { insertContact } from "./contacts.ts";

/** The number written to, with what its workspace has set. */
export async function findNumberWritten(tx: Tx, workspaceId: string, message: InboundMessage) {
  const row = await tx
    .selectFrom("senders as s")
    .innerJoin("workspaces as w", "w.id", "s.workspace_id")
    .select(["s.id", "w.settings", "w.time_zone"])
    .select(sql<Date>`now()`.as("now"))
    .where("s.workspace_id", "=", workspaceId)
    .where("s.channel", "=", message.channel)
    .where("s.address", "=", canonicalAddress(message.channel, message.to))
    // What is written to a number that was removed still counts: a STOP above all.
    .orderBy("s.removed_at", (order) => order.desc().nullsFirst())
    .executeTakeFirst();
  return row === undefined ? undefined : { ...row, settings: settingsOf(row.settings) };
}

export type SenderWritten = NonNullable<Awaited<ReturnType<typeof findNumberWritten>>>;

/** Who writes from a number, or with WhatsApp's id of them; somebody new becomes a contact. */
export async function findOrAddCaller(
  tx: Tx,
  workspaceId: string,
  address: string,
  message: InboundMessage,
): Promise<string> {
  const byPhone = address.startsWith("+");
  const userId = message.whatsappUserId ?? (byPhone ? null : address);
  const identity = byPhone ? `tel:${address}` : `wa:${userId}`;
  const find = () =>
    tx
      .selectFrom("contacts")
      .select(["id", "whatsapp_user_id"])
      .where("workspace_id", "=", workspaceId)
      .where("erased_at", "is", null)
      .where((is) =>
        userId === null
          ? is("identity", "=", identity)
          : is.or([is("identity", "=", identity), is("whatsapp_user_id", "=", userId)]),
      )
      // By the number they write from, or else by who they are on WhatsApp.
      .orderBy(sql`identity = ${identity}`, "desc")
      .orderBy("id")
      .executeTakeFirst();
  const known = await find();
  if (known !== undefined) {
    if (userId !== null && known.whatsapp_user_id === null) await learnUserId(tx, known.id, userId);
    return known.id;
  }
  const added = await insertContact(tx, workspaceId, {
    ...(byPhone && { phone: address }),
    whatsapp_user_id: userId,
    name: message.profileName,
    country: message.place.country,
    region: message.place.region,
    number_zones: message.place.numberZones,
    phone_type: message.place.phoneType,
  });
  if (added !== undefined) return added.id;
  const other = await find();
  if (other === undefined) throw new Error("A contact that exists could not be found");
  return other.id;
}

/** From now on this person is known, too, where WhatsApp hides the number. */
async function learnUserId(tx: Tx, contactId: string, userId: string): Promise<void> {
  await tx.updateTable("contacts").set({ whatsapp_user_id: userId }).where("id", "=", contactId).execute();
}
