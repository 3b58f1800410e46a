import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** A number of a workspace's. */
export async function aNumber(
  db: Db,
  workspaceId: string,
  address: string,
  channel = "whatsapp",
): Promise<string> {
  const { id } = await db
    .insertInto("senders")
    .values({ workspace_id: workspaceId, channel, address })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

interface Passed {
  sender_id: string;
  contact_id: string | undefined;
  at: string;
  channel?: string;
}

/** A message that went out at a moment, with the attempt that it stands by; `earlier`: one before that was refused. */
export async function sent(
  db: Db,
  workspaceId: string,
  { at, earlier, contact_id, ...row }: Passed & { earlier?: string; state: string } & Record<string, unknown>,
): Promise<string> {
  const tries = earlier === undefined ? [at] : [earlier, at];
  const { id } = await db
    .insertInto("messages")
    .values({
      id: idAt(at),
      workspace_id: workspaceId,
      contact_id: contact_id ?? "",
      channel: "whatsapp",
      direction: "out",
      attempts: tries.length,
      intended_at: at,
      ...row,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("attempts")
    .values(
      tries.map((intended_at, n) => ({
        message_id: id,
        n: n + 1,
        workspace_id: workspaceId,
        sender_id: row.sender_id,
        epoch: 1,
        intended_at,
        outcome: n + 1 < tries.length ? "refused" : "accepted",
      })),
    )
    .execute();
  return id;
}

/** A message of a person's. */
export async function received(
  db: Db,
  workspaceId: string,
  { at, contact_id, ...row }: Passed & { conversation_id?: string; body?: string; reason?: string },
): Promise<void> {
  await db
    .insertInto("messages")
    .values({
      id: idAt(at),
      workspace_id: workspaceId,
      contact_id: contact_id ?? "",
      channel: "whatsapp",
      direction: "in",
      state: "received",
      created_at: at,
      ...row,
    })
    .execute();
}

/** A thread with a person, as it stands. */
export async function aThread(
  db: Db,
  workspaceId: string,
  row: { sender_id: string; contact_id: string | undefined } & Record<string, unknown>,
): Promise<string> {
  const { id } = await db
    .insertInto("conversations")
    .values({
      workspace_id: workspaceId,
      channel: "whatsapp",
      ...row,
      address: `+57${row.contact_id}`,
      contact_id: row.contact_id ?? "",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** Ids tell when a row was written. */
const idAt = (at: string) => sql<string>`uuidv7(${at}::timestamptz - now())`;
