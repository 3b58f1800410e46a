import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** A workspace with nothing in it. */
export async function aWorkspace(db: Db, name = "Altos de Los Rosales"): Promise<string> {
  const { id } = await db.insertInto("workspaces").values({ name }).returning("id").executeTakeFirstOrThrow();
  return id;
}

/** `count` people with made-up Colombian numbers, ids ascending as they come. */
export async function people(db: Db, workspaceId: string, count: number, from = 0): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    insert into contacts (workspace_id, identity, phone, phone_type, name, country)
    select ${workspaceId}, 'tel:+57300' || lpad(i::text, 7, '0'), '+57300' || lpad(i::text, 7, '0'), 'mobile',
      'Persona ' || i, 'CO'
    from generate_series(${from}::int, ${from + count - 1}::int) i returning id`.execute(db);
  return rows.map((row) => row.id).sort();
}

/** A campaign that has already run. */
export async function aCampaign(db: Db, workspaceId: string, name = "Lanzamiento"): Promise<string> {
  const { id } = await db
    .insertInto("campaigns")
    .values({ workspace_id: workspaceId, name, channel: "whatsapp", state: "completed" })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}
