import { sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import { breaksUnique } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { existingContacts } from "./contacts.ts";

const shown = ["id", "name", "description", "created_at", "updated_at"] as const;

export type ContactListFields = { name?: string; description?: string | null };

const nameTaken = (error: unknown) =>
  breaksUnique(error, "contact_lists_name")
    ? new DomainError("conflict", "A list has this name already.", {
        field: "name",
        fix: "Choose another name, or use the list that has it.",
      })
    : error;

export async function insertContactList(
  tx: Tx,
  workspaceId: string,
  fields: ContactListFields & { name: string },
) {
  try {
    return await tx
      .insertInto("contact_lists")
      .values({ ...fields, workspace_id: workspaceId })
      .returning(shown)
      .executeTakeFirstOrThrow();
  } catch (error) {
    throw nameTaken(error);
  }
}

export function findContactList(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("contact_lists")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

export async function updateContactList(tx: Tx, workspaceId: string, id: string, fields: ContactListFields) {
  try {
    return await tx
      .updateTable("contact_lists")
      .set({ ...fields, updated_at: sql`now()` })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .where("deleted_at", "is", null)
      .returning(shown)
      .executeTakeFirst();
  } catch (error) {
    throw nameTaken(error);
  }
}

/** Newest first. */
export function listContactLists(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("contact_lists")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("deleted_at", "is", null);
  if (page.before) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export async function countMembers(db: Db, workspaceId: string, listId: string): Promise<number> {
  const { n } = await db
    .selectFrom("contact_list_members")
    .select((is) => is.fn.countAll<number>().as("n"))
    .where("list_id", "=", listId)
    .where("workspace_id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  return n;
}

/** Ids of a list's people in ascending order. */
export async function listMembers(
  db: Db,
  workspaceId: string,
  listId: string,
  page: { after?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("contact_list_members")
    .select(["contact_id", "added_at"])
    .where("list_id", "=", listId)
    .where("workspace_id", "=", workspaceId);
  if (page.after) query = query.where("contact_id", ">", page.after);
  return query.orderBy("contact_id").limit(page.limit).execute();
}

/** Who is on the list already stays; ids that are no people of this workspace are counted as unknown. */
export async function addMembers(
  tx: Tx,
  workspaceId: string,
  listId: string,
  contactIds: readonly string[],
): Promise<{ added: number; already: number; unknown: number }> {
  const known = await existingContacts(tx, workspaceId, contactIds);
  const added = await sql`
    insert into contact_list_members (workspace_id, list_id, contact_id)
    select ${workspaceId}::uuid, ${listId}::uuid, id from unnest(${known}::uuid[]) id
    on conflict do nothing`.execute(tx);
  const count = Number(added.numAffectedRows);
  const asked = new Set(contactIds.map((id) => id.toLowerCase())).size;
  return { added: count, already: known.length - count, unknown: asked - known.length };
}

export async function removeMembers(
  tx: Tx,
  workspaceId: string,
  listId: string,
  contactIds: readonly string[],
): Promise<number> {
  const removed = await sql`delete from contact_list_members
    where list_id = ${listId} and workspace_id = ${workspaceId}
      and contact_id = any(${contactIds as string[]}::uuid[])`.execute(tx);
  return Number(removed.numAffectedRows);
}

/** Takes a list out of sight. Its members stay on it: a campaign that is over goes on being explained. */
export function deleteContactList(tx: Tx, workspaceId: string, id: string) {
  return tx
    .updateTable("contact_lists")
    .set({ deleted_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returning("id")
    .executeTakeFirst();
}
