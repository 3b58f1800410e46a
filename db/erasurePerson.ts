import { type RawBuilder, sql } from "kysely";
import type { Channel } from "../domain/address.ts";
import type { Db } from "./connect.ts";
import { privacy } from "./privacy.ts";
import type { Way } from "./privacyWays.ts";
import { addressHash } from "./suppressions.ts";

/** By what a person's rows are found. Once their row in contacts is empty, keys and hashes are all that is left. */
export interface Person {
  workspaceId: string;
  contactId: string;
  /** Theirs alone, now or earlier, canonical: an e-mail that somebody else goes on using is not among them. */
  addresses: string[];
  hashes: Buffer[];
  /** What free text is searched for, in the spelling of `unspelled`. */
  needles: string[];
}

/** Whom the contact row and what hangs on it name; of somebody who has been emptied, the keys alone. */
export async function findPerson(
  db: Db,
  addressKey: Buffer,
  workspaceId: string,
  contactId: string,
): Promise<Person> {
  const { rows } = await sql<{ name: string | null; addresses: string[] }>`
    select c.name, array(
      select distinct address from (
        select unnest(array[c.phone, c.email, c.whatsapp_user_id]) as address
        union all select address from messages where contact_id = c.id
        union all select address from conversations where contact_id = c.id and address not like 'erased:%'
      ) known
      where address is not null and not exists (
        select from contacts other
        where other.workspace_id = c.workspace_id and other.id <> c.id and other.erased_at is null
          and (other.phone = known.address or other.email = known.address or other.whatsapp_user_id = known.address))
    ) as addresses
    from contacts c where c.workspace_id = ${workspaceId} and c.id = ${contactId}`.execute(db);
  const { name = null, addresses = [] } = rows[0] ?? {};
  return {
    workspaceId,
    contactId,
    addresses,
    hashes: addresses.map((address) => addressHash(addressKey, address)),
    needles: needlesOf(name, addresses),
  };
}

/** The channels on which an address can be messaged. */
export function channelsOf(address: string): Channel[] {
  if (address.includes("@")) return ["email"];
  return address.startsWith("+") ? ["whatsapp", "sms", "voice"] : ["whatsapp"];
}

const SEPARATORS = " ()-.+";
const EACH_SEPARATOR = /[ ()\-.+]/g;
/** The end of a number: with whatever prefixes it is written, this is part of it. */
const DIGITS = 8;
const LONG_NAME = 7;

const unspelled = (text: string) => text.toLowerCase().replaceAll(EACH_SEPARATOR, "");

function needlesOf(name: string | null, addresses: readonly string[]): string[] {
  const found = addresses.map((address) =>
    address.startsWith("+") ? address.slice(-DIGITS) : unspelled(address),
  );
  // A single first name stands for too many people.
  if (name !== null && name.trim().includes(" ") && name.length >= LONG_NAME) found.push(unspelled(name));
  return found.filter((needle) => needle.length >= 5);
}

/** True of the rows of a table that are this person's; undefined where no row can be told to be. */
export function rowsOf(
  name: string,
  person: Person,
  heed: (way: Way) => boolean = () => true,
): RawBuilder<boolean> | undefined {
  const conditions = (privacy[name]?.person ?? [])
    .filter(heed)
    .flatMap((way) => condition(name, way, person) ?? []);
  if (conditions.length === 0) return undefined;
  return sql<boolean>`${sql.ref(`${name}.workspace_id`)} = ${person.workspaceId} and (${sql.join(conditions, sql` or `)})`;
}

function condition(name: string, way: Way, person: Person): RawBuilder<boolean> | undefined {
  const column = sql.ref(`${name}.${way.column}`);
  switch (way.by) {
    case "contact":
      return sql`${column} = ${person.contactId}`;
    case "row": {
      const theirs = rowsOf(way.of, person);
      return (
        theirs &&
        sql`${column} in (select ${sql.ref(`${way.of}.${way.key}`)} from ${sql.table(way.of)} where ${theirs})`
      );
    }
    case "address":
      return person.addresses.length === 0 ? undefined : sql`${column} = any(${person.addresses}::text[])`;
    case "hash":
      return sql`${column} = any(${person.hashes}::bytea[])`;
    case "mention":
      return person.needles.length === 0 ? undefined : mentions(column, person.needles);
    case "webhook":
      return sql`${column} in (${webhookKeys(person)})`;
    case "answer":
      return undefined;
  }
}

const mentions = (column: RawBuilder<unknown>, needles: readonly string[]) => sql<boolean>`exists (
  select from unnest(${needles as string[]}::text[]) needle
  where strpos(lower(translate(${column}::text, ${SEPARATORS}, '')), needle) > 0)`;

const STATUSES = [
  "queued",
  "accepted",
  "scheduled",
  "sending",
  "sent",
  "delivered",
  "read",
  "undelivered",
  "failed",
  "canceled",
];

/** The keys under which webhooks of their messages are stored (api/webhooks/twilio.ts). */
const webhookKeys = ({ contactId }: Person) => sql`
  select 'inbound:' || m.provider_sid from messages m where m.contact_id = ${contactId} and m.provider_sid is not null
  union all
  select a.provider_sid || ':' || status
  from messages m join attempts a on a.message_id = m.id
  cross join unnest(${STATUSES}::text[]) status
  where m.contact_id = ${contactId} and a.provider_sid is not null`;
