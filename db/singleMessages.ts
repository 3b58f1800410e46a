import { sql } from "kysely";
import type { Channel } from "../domain/address.ts";
import type { Decision } from "../domain/decide.ts";
import { DomainError } from "../domain/errors.ts";
import { sendRulesOf } from "../domain/settings.ts";
import { parseTemplate } from "../domain/template.ts";
import type { Db, Tx } from "./connect.ts";
import { judge } from "./judge.ts";
import { PRIORITIES } from "./outbox.ts";
import { findPool } from "./planning.ts";
import type { SenderToWake } from "./receipts.ts";
import { renderFor } from "./renderMessage.ts";
import { assignSenders, findAssignedSenders } from "./rotation.ts";

/** One message to one person that belongs to no campaign. */
export interface SingleMessage {
  contactId: string;
  channel: "whatsapp" | "sms";
  purpose: "marketing" | "transactional";
  /** With {variables}, as in a template; null where the template has the text. */
  body: string | null;
  template: { id: string; body: string; approval_status: string; content_sid: string | null } | null;
  variables: Record<string, unknown>;
  expiresAt: Date;
}

export interface SingleContext {
  workspace: { id: string; settings: unknown; test_mode: boolean; time_zone: string };
  addressKey: Buffer;
  sandboxed: boolean;
  /** The database's. */
  now: Date;
}

/** Its row, and the sender that has to look; none where the row says why there is nothing to send. */
export interface QueuedSingle {
  id: string;
  dueAt: Date | null;
  sender: SenderToWake | null;
}

/** The moment by the database's clock, which decides what is due and what is too late. */
export async function readClock(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  return (rows[0] as { now: Date }).now;
}

/**
 * Judges and writes a message ahead of all campaigns: queued, perhaps held, or skipped with the reason. Who has a
 * sender keeps it. The caller holds the person's lock (db/locks.ts).
 * @throws DomainError `state_conflict` where no sender can take this person.
 */
export async function queueSingle(tx: Tx, on: SingleContext, message: SingleMessage): Promise<QueuedSingle> {
  const { workspace } = on;
  const { channel, purpose, contactId, template } = message;
  const known = await knownPlace(tx, workspace.id, channel, contactId);
  const [judged] = await judge(
    tx,
    {
      workspaceId: workspace.id,
      channel,
      purpose,
      rules: sendRulesOf(workspace),
      addressKey: on.addressKey,
      sandboxed: on.sandboxed,
      now: on.now,
    },
    [
      {
        contactId,
        senderId: known.senderId,
        address: known.address,
        expiresAt: message.expiresAt,
        template,
        recipientHoldUntil: null,
      },
    ],
  );
  const draft = {
    channel,
    template,
    text: parseTemplate(template?.body ?? message.body ?? ""),
    variables: message.variables,
  };
  const text = judged?.person === undefined ? { missing: [] } : renderFor(draft, judged.person);
  const decision: Decision = judged?.decide("missing" in text ? text.missing : []) ?? {
    kind: "skip",
    reason: "deleted",
    detail: "the contact is gone",
  };
  if (decision.kind === "skip" || "missing" in text || known.address === null)
    return writeSingle(tx, on, message, { decision, text: null, ...known });
  const sender = await chooseSender(tx, workspace.id, channel, known.address);
  return writeSingle(tx, on, message, { decision, text, address: known.address, senderId: sender.id });
}

/** Where this person is reached on the channel, and the sender they have heard from. */
async function knownPlace(tx: Tx, workspaceId: string, channel: Channel, contactId: string) {
  const contact = await tx
    .selectFrom("contacts")
    .select("phone")
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", contactId)
    .executeTakeFirst();
  const address = contact?.phone ?? null;
  const assigned =
    address === null ? undefined : await findAssignedSenders(tx, workspaceId, channel, [address]);
  return { address, senderId: assigned?.get(address as string) ?? null };
}

/** Held until the transaction ends, so that a sender is not removed while a message for it is written. */
async function chooseSender(tx: Tx, workspaceId: string, channel: "whatsapp" | "sms", address: string) {
  const pool = await findPool(tx, { workspace_id: workspaceId, channel, sender_ids: [] });
  const id = (await assignSenders(tx, workspaceId, channel, pool, [address])).get(address);
  const sender =
    id === undefined
      ? undefined
      : await tx
          .selectFrom("senders")
          .select("id")
          .where("workspace_id", "=", workspaceId)
          .where("id", "=", id)
          .where("removed_at", "is", null)
          .forShare()
          .executeTakeFirst();
  if (sender !== undefined) return sender;
  throw new DomainError("state_conflict", "No active sender can take this person.", {
    field: "channel",
    fix: "Create a sender of this channel, or set one active and into rotation.",
  });
}

async function writeSingle(
  tx: Tx,
  on: SingleContext,
  message: SingleMessage,
  as: {
    decision: Decision;
    text: { body: string; contentVariables: string | null; parts: number } | null;
    address: string | null;
    senderId: string | null;
  },
): Promise<QueuedSingle> {
  const { decision, text } = as;
  const queued = decision.kind !== "skip";
  const dueAt = !queued ? null : decision.kind === "hold" ? decision.until : on.now;
  const { id } = await tx
    .insertInto("messages")
    .values({
      workspace_id: on.workspace.id,
      contact_id: message.contactId,
      sender_id: as.senderId,
      template_id: message.template?.id ?? null,
      direction: "out",
      channel: message.channel,
      purpose: message.purpose,
      priority: PRIORITIES.single,
      state: queued ? "queued" : "skipped",
      reason: decision.kind === "send" ? null : decision.kind === "hold" ? decision.rule : decision.reason,
      detail:
        decision.kind === "send" ? null : JSON.stringify({ [queued ? "held" : "skipped"]: decision.detail }),
      due_at: dueAt,
      expires_at: message.expiresAt,
      address: as.address,
      body: text?.body ?? null,
      content_sid: message.template?.content_sid ?? null,
      content_variables: text?.contentVariables ?? null,
      parts: text?.parts ?? 1,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { channel } = message;
  const sender =
    queued && as.senderId !== null ? { id: as.senderId, workspace_id: on.workspace.id, channel } : null;
  return { id, dueAt, sender };
}
