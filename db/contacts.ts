import { type RawBuilder, sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import { contactIdentity } from "../domain/identity.ts";
import { breaksUnique } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { beginsWith, folded } from "./fold.ts";
import { markLeads } from "./leadMarks.ts";
import { lockContacts } from "./locks.ts";

/** What goes out of a contact's row. */
const shown = [
  "id",
  "phone",
  "phone_type",
  "email",
  "whatsapp_user_id",
  "name",
  "city",
  "region",
  "country",
  "time_zone",
  "number_zones",
  "language",
  "attributes",
  "tags",
  "lifecycle",
  "lead_score",
  "last_activity_at",
  "created_at",
  "updated_at",
] as const;

/** Addresses canonical (domain/address.ts); attributes are merged key by key, null takes one away. */
export type ContactFields = {
  phone?: string | null;
  phone_type?: string | null;
  email?: string | null;
  whatsapp_user_id?: string | null;
  name?: string | null;
  city?: string | null;
  region?: string | null;
  country?: string | null;
  time_zone?: string | null;
  number_zones?: string[];
  language?: string | null;
  attributes?: Record<string, string | number | boolean | null>;
  tags?: string[];
  lifecycle?: string;
  lead_score?: number | null;
};

export type Contact = NonNullable<Awaited<ReturnType<typeof findContact>>>;

export function findContact(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("contacts")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("erased_at", "is", null)
    .executeTakeFirst();
}

/** Undefined where the workspace has this person already. */
export async function insertContact(tx: Tx, workspaceId: string, fields: ContactFields) {
  const { attributes, ...columns } = fields;
  const row = {
    ...columns,
    workspace_id: workspaceId,
    identity: contactIdentity(fields) ?? null,
    attributes: JSON.stringify(withoutNulls(attributes ?? {})),
  };
  const contact = await tx
    .insertInto("contacts")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace_id", "identity"]).doNothing())
    .returning(shown)
    .executeTakeFirst();
  if (contact) await markLeads(tx, workspaceId, [contact.id]);
  return contact;
}

/** Locks a person and reads them, for a change that depends on what is there. Undefined: not there, or erased. */
export async function lockContact(tx: Tx, workspaceId: string, id: string): Promise<Contact | undefined> {
  await lockContacts(tx, [id]);
  return tx
    .selectFrom("contacts")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("erased_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Writes the given fields over a locked contact; what is not given stays.
 * @throws DomainError `conflict` where the new address belongs to somebody else.
 */
export async function updateContact(tx: Tx, workspaceId: string, contact: Contact, fields: ContactFields) {
  const { attributes, ...columns } = fields;
  const merged = withoutNulls({ ...(contact.attributes as object), ...attributes });
  const identity = contactIdentity({ ...contact, ...columns });
  if (!identity) throw nobodyLeft();
  const other = await tx
    .selectFrom("contacts")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("identity", "=", identity)
    .where("id", "!=", contact.id)
    .executeTakeFirst();
  if (other) throw taken(other.id);
  await markLeads(tx, workspaceId, [contact.id]);
  try {
    return await tx
      .updateTable("contacts")
      .set({ ...columns, identity, attributes: JSON.stringify(merged), updated_at: sql`now()` })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", contact.id)
      .returning(shown)
      .executeTakeFirstOrThrow();
  } catch (error) {
    throw breaksUnique(error, "contacts_identity") ? taken() : error;
  }
}

export type PersonKey = { phone: string } | { whatsapp_user_id: string } | { email: string };

/** The people a phone, WhatsApp user id or e-mail address names: at most one but for e-mail. */
export async function contactsNamedBy(db: Db, workspaceId: string, key: PersonKey): Promise<string[]> {
  const query = db.selectFrom("contacts").select("id").where("workspace_id", "=", workspaceId);
  const found =
    "email" in key
      ? query.where("email", "=", key.email)
      : query.where("identity", "=", contactIdentity(key) as string);
  return (await found.orderBy("id").limit(20).execute()).map((row) => row.id);
}

export type ContactFilter = {
  /** The start of a name, an e-mail address or a number. */
  q?: string | undefined;
  /** `q` read as a number of the workspace's region. */
  phone?: string | undefined;
  tag?: string | undefined;
  list_id?: string | undefined;
};

/** Newest first. */
export async function listContacts(
  db: Db,
  workspaceId: string,
  filter: ContactFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("contacts")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("erased_at", "is", null);
  const { q, phone, tag, list_id } = filter;
  if (q) {
    const few = await fewThatMatch(db, workspaceId, q, phone);
    query = few ? query.where("id", "in", few) : query.where(matching(q, phone));
  }
  if (tag) query = query.where(sql<boolean>`tags @> array[${tag}]::text[]`);
  if (list_id) {
    query = query.where((is) =>
      is.exists(
        is
          .selectFrom("contact_list_members as member")
          .whereRef("member.contact_id", "=", "contacts.id")
          .where("member.list_id", "=", list_id),
      ),
    );
  }
  if (page.before) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

const FEW = 5000;

/**
 * The ids that match, where they are few. A rare name has to be looked up by its index and then sorted; a common one is
 * found soon by walking the newest; the planner, which estimates prefixes badly, would walk the whole table for both.
 */
async function fewThatMatch(db: Db, workspaceId: string, q: string, phone: string | undefined) {
  const rows = await db
    .selectFrom("contacts")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where(matching(q, phone))
    .limit(FEW + 1)
    .execute();
  if (rows.length > FEW) return undefined;
  return rows.length > 0 ? rows.map((row) => row.id) : [NOBODY];
}

const NOBODY = "00000000-0000-0000-0000-000000000000";

function matching(q: string, phone: string | undefined): RawBuilder<boolean> {
  const digits = q.replace(/[\s().-]/g, "");
  const ways = [beginsWith("search_name", folded(q)), beginsWith("email", q.toLowerCase())];
  if (phone) ways.push(sql`phone = ${phone}`);
  if (/^\+?\d{3,15}$/.test(digits)) ways.push(beginsWith("phone", `+${digits.replace("+", "")}`));
  return sql`(${sql.join(ways, sql` or `)})`;
}

/** Everybody in the order of ids, a page behind `after`. */
export async function listContactIds(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number },
): Promise<string[]> {
  let query = db
    .selectFrom("contacts")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("erased_at", "is", null);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return (await query.orderBy("id").limit(page.limit).execute()).map((row) => row.id);
}

/** Those of the ids that are people of this workspace. */
export async function existingContacts(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom("contacts")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("erased_at", "is", null)
    .where(sql<boolean>`id = any(${ids as string[]}::uuid[])`)
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}

function withoutNulls(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

function nobodyLeft(): DomainError {
  return new DomainError("validation", "A contact needs a phone, an e-mail address or a WhatsApp user id.", {
    field: "phone",
    fix: "Give at least one of phone, email and whatsapp_user_id.",
  });
}

function taken(contactId?: string): DomainError {
  return new DomainError("conflict", "Another contact has this address already.", {
    fix: `Change ${contactId ? `contact ${contactId}` : "that contact"} instead, or delete it first.`,
    ...(contactId ? { details: { contact_id: contactId } } : {}),
  });
}
