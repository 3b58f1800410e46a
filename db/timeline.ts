import type { Db } from "./connect.ts";

/** Every message from or to a person, newest first, with the campaign it belongs to. */
export function listPersonMessages(
  db: Db,
  workspaceId: string,
  contactId: string,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("messages as m")
    .leftJoin("campaigns as k", "k.id", "m.campaign_id")
    .select([
      "m.id",
      "m.direction",
      "m.channel",
      "m.purpose",
      "m.state",
      "m.reason",
      "m.detail",
      "m.error_code",
    ])
    .select(["m.campaign_id", "k.name as campaign_name", "m.sender_id", "m.body", "m.due_at", "m.created_at"])
    .select(["m.accepted_at", "m.sent_at", "m.delivered_at", "m.read_at", "m.failed_at", "m.replied_at"])
    .select(["m.attempts", "m.step"])
    .where("m.workspace_id", "=", workspaceId)
    .where("m.contact_id", "=", contactId);
  if (page.before !== undefined) query = query.where("m.id", "<", page.before);
  return query.orderBy("m.id", "desc").limit(page.limit).execute();
}

/** A person's places in drip sequences, newest first. */
export function listPersonEnrollments(
  db: Db,
  workspaceId: string,
  contactId: string,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("enrollments as e")
    .innerJoin("campaigns as k", "k.id", "e.campaign_id")
    .select(["e.id", "e.campaign_id", "k.name as campaign_name", "e.source", "e.state", "e.reason"])
    .select(["e.last_step", "e.next_step", "e.due_at", "e.enrolled_at", "e.ended_at"])
    .where("e.workspace_id", "=", workspaceId)
    .where("e.contact_id", "=", contactId);
  if (page.before !== undefined) query = query.where("e.id", "<", page.before);
  return query.orderBy("e.id", "desc").limit(page.limit).execute();
}
