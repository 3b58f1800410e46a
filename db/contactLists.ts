import { sql } from "kysely";
import { unlessTaken } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { existingContacts } from "./contacts.ts";
import { hideRow, liveRow, liveRows, newestFirst } from "./rows.ts";

const shown = ["id", "name", "description", "created_at", "updated_at"] as const;

export type ContactListFields = { name?: string; description?: string | null };

const nameTaken = {
  index: "contact_lists_name",
  message: "A list has this name already.",
  fix: "Choose another name, or use the list that has it.",
};

export async function insertContactList(
  tx: Tx,
  workspaceId: string,
  fields: ContactListFields & { name: string },
) {
  return unlessTaken(
    nameTaken,
    tx
      .insertInto("contact_lists")
      .values({ ...fields, workspace_id: workspaceId })
      .returning(shown)
      .executeTakeFirstOrThrow(),
  );
}

export function findContactList(db: Db, workspaceId: string, id: string) {
  return db.selectFrom("contact_lists").select(shown).where(liveRow(workspaceId, id)).executeTakeFirst();
}

export async function updateContactList(tx: Tx, workspaceId: string, id: string, fields: ContactListFields) {
  return unlessTaken(
    nameTaken,
    tx
      .updateTable("contact_lists")
      .set({ ...fields, updated_at: sql`now()` })
      .where(liveRow(workspaceId, id))
      .returning(shown)
      .executeTakeFirst(),
  );
}

/** Newest first. */
export function listContactLists(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
) {
  return newestFirst(db.selectFrom("contact_lists").select(shown).where(liveRows(workspaceId)), page);
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
export const deleteContactList = (tx: Tx, workspaceId: string, id: string) =>
  hideRow(tx, "contact_lists", workspaceId, id);
