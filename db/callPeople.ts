import { canonicalAddress } from "../domain/address.ts";
import { parsePhone } from "../domain/phone.ts";
import { placeOfNumber } from "../domain/place.ts";
import type { Tx } from "./connect.ts";
import { insertContact } from "./contacts.ts";
import { startConversation } from "./conversations.ts";
import { lockContacts } from "./locks.ts";

/** Who is on a call: our number and its thread with the person. */
export interface CallParties {
  senderId: string | null;
  contactId: string | null;
  conversationId: string | null;
  /** Canonical; null where the person hides it. */
  address: string | null;
  ownAddress: string;
  /** Of the person or, where they have none on record, undefined; the country is that of their number. */
  language: string | null;
  country: string | null;
  /** The agent of the conversation, if they have a telephone. */
  agentId: string | null;
}

/** Finds the parties of a call by its pair of numbers; a new person and a new thread are made. */
export async function findParties(
  tx: Tx,
  workspaceId: string,
  pair: { person: string; own: string },
): Promise<CallParties> {
  const ownAddress = canonicalAddress("sms", pair.own);
  const sender = await tx
    .selectFrom("senders")
    .select(["id", "channel"])
    .where("workspace_id", "=", workspaceId)
    .where("channel", "in", ["sms", "whatsapp"])
    .where("address", "=", ownAddress)
    // A number that has both is called as the number that it is.
    .orderBy("removed_at", (order) => order.desc().nullsFirst())
    .orderBy("channel")
    .executeTakeFirst();
  const parties: CallParties = {
    senderId: sender?.id ?? null,
    contactId: null,
    conversationId: null,
    address: null,
    ownAddress,
    language: null,
    country: null,
    agentId: null,
  };
  const phone = callerOf(pair.person);
  if (phone === undefined) return parties;
  const person = await findOrAddCaller(tx, workspaceId, phone.canonical, phone.type);
  const found = {
    ...parties,
    contactId: person.id,
    address: phone.canonical,
    language: person.language,
    country: phone.country,
  };
  if (sender === undefined) return found;
  await lockContacts(tx, [person.id]);
  const thread = await startConversation(tx, workspaceId, {
    contactId: person.id,
    channel: sender.channel as "sms" | "whatsapp",
    address: phone.canonical,
    senderId: sender.id,
  });
  const agent = await findAgent(tx, workspaceId, thread.assignee_id);
  return { ...found, conversationId: thread.id, agentId: agent };
}

/** Numbers that stand for "anonymous", "restricted" and the like. Source: https://www.twilio.com/docs/voice/twiml#request-parameters */
const HIDDEN = new Set(["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"]);
const E164 = /^\+[1-9]\d{6,14}$/;

/** A number that no plan knows of is still somebody's. */
function callerOf(from: string): { canonical: string; country: string | null; type: string } | undefined {
  if (HIDDEN.has(from)) return undefined;
  const phone = parsePhone(from);
  if (phone.ok) return phone;
  return E164.test(from)
    ? { canonical: canonicalAddress("sms", from), country: null, type: "other" }
    : undefined;
}

async function findOrAddCaller(tx: Tx, workspaceId: string, phone: string, phoneType: string) {
  const find = () =>
    tx
      .selectFrom("contacts")
      .select(["id", "language"])
      .where("workspace_id", "=", workspaceId)
      .where("identity", "=", `tel:${phone}`)
      .executeTakeFirst();
  const known = await find();
  if (known !== undefined) return known;
  const place = placeOfNumber(phone);
  const added = await insertContact(tx, workspaceId, {
    phone,
    phone_type: phoneType,
    country: place.country,
    region: place.region ?? null,
    number_zones: [...place.time_zones],
  });
  const now = added ?? (await find());
  if (now === undefined) throw new Error("A contact that exists could not be found");
  return { id: now.id, language: now.language };
}

async function findAgent(tx: Tx, workspaceId: string, memberId: string | null): Promise<string | null> {
  if (memberId === null) return null;
  const agent = await tx
    .selectFrom("members")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", memberId)
    .where("removed_at", "is", null)
    .where("call_phone", "is not", null)
    .executeTakeFirst();
  return agent?.id ?? null;
}
