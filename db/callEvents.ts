import { greetingLanguage } from "../domain/call.ts";
import { settingsOf } from "../domain/settings.ts";
import { readCallForm, readRecordingForm, readTranscriptKey } from "../domain/voiceWebhook.ts";
import { findParties } from "./callPeople.ts";
import { advanceCall, insertCall } from "./calls.ts";
import type { Tx } from "./connect.ts";
import { saveRecordings } from "./recordings.ts";
import type { WebhookEvent } from "./webhookEvents.ts";

/** The kinds of webhook events that are about calls. */
export const CALL_EVENTS: ReadonlySet<string> = new Set([
  "voice",
  "call_status",
  "recording",
  "transcription",
]);

export interface CallToWake {
  workspace_id: string;
  call_sid: string;
}

/**
 * Applies one event of a call and says whose workflow has to look; null where the event is none that is understood.
 * Part of the caller's transaction. Order and repetition do not matter: states only climb, and a recording whose call
 * is not known yet makes it.
 */
export async function applyCallEvent(
  tx: Tx,
  workspaceId: string,
  { kind, payload }: Pick<WebhookEvent, "kind" | "payload">,
): Promise<CallToWake | null> {
  if (kind === "recording") return applyRecording(tx, workspaceId, payload);
  if (kind === "transcription") {
    // Only a hint: the transcript is asked for by its own SID.
    const key = readTranscriptKey(payload["customer_key"] ?? "");
    return key?.workspaceId === workspaceId ? { workspace_id: workspaceId, call_sid: key.callSid } : null;
  }
  const form = readCallForm(payload);
  if (form === undefined) return null;
  const { callSid } = form;
  await insertCall(tx, workspaceId, form);
  await nameParties(tx, workspaceId, callSid, form);
  await advanceCall(tx, workspaceId, callSid, { state: form.state, seconds: form.seconds, endedAt: null });
  if (payload["DialCallStatus"] !== undefined && payload["DialCallStatus"] !== "completed")
    await unforward(tx, workspaceId, callSid);
  return { workspace_id: workspaceId, call_sid: callSid };
}

async function applyRecording(
  tx: Tx,
  workspaceId: string,
  payload: Record<string, string>,
): Promise<CallToWake | null> {
  const form = readRecordingForm(payload);
  if (form === undefined) return null;
  await insertCall(tx, workspaceId, form);
  const { id } = await tx
    .selectFrom("calls")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("call_sid", "=", form.callSid)
    .executeTakeFirstOrThrow();
  await saveRecordings(tx, workspaceId, id, [{ ...form, sid: form.recordingSid }]);
  return { workspace_id: workspaceId, call_sid: form.callSid };
}

/** Who is on a call, once that is known: by its first webhook, or by asking the provider where that was lost. */
export async function nameParties(
  tx: Tx,
  workspaceId: string,
  callSid: string,
  call: { from: string; to: string; direction?: "in" | "out" },
): Promise<void> {
  const unnamed = await tx
    .selectFrom("calls")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("call_sid", "=", callSid)
    .where("own_address", "is", null)
    .executeTakeFirst();
  if (unnamed === undefined || call.to === "") return;
  const inbound = call.direction !== "out";
  const parties = await findParties(tx, workspaceId, {
    person: inbound ? call.from : call.to,
    own: inbound ? call.to : call.from,
  });
  const { settings } = await tx
    .selectFrom("workspaces")
    .select("settings")
    .where("id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  const { voice } = settingsOf(settings);
  await tx
    .updateTable("calls")
    .set({
      sender_id: parties.senderId,
      contact_id: parties.contactId,
      conversation_id: parties.conversationId,
      address: parties.address,
      own_address: parties.ownAddress,
      language: greetingLanguage(voice.language, parties.language, parties.country),
      forwarded_to: voice.forward && inbound ? parties.agentId : null,
    })
    .where("id", "=", unnamed.id)
    .where("own_address", "is", null)
    .execute();
}

/** The agent did not come to the telephone: what follows is a message of the caller's. */
async function unforward(tx: Tx, workspaceId: string, callSid: string): Promise<void> {
  await tx
    .updateTable("calls")
    .set({ forwarded_to: null })
    .where("workspace_id", "=", workspaceId)
    .where("call_sid", "=", callSid)
    .execute();
}

/** What a call is to be answered with: undefined where it is not known here. */
export function findCallAnswer(tx: Tx, workspaceId: string, callSid: string) {
  return tx
    .selectFrom("calls as c")
    .innerJoin("workspaces as w", "w.id", "c.workspace_id")
    .leftJoin("members as m", "m.id", "c.forwarded_to")
    .select(["c.language", "m.call_phone", "w.settings"])
    .where("c.workspace_id", "=", workspaceId)
    .where("c.call_sid", "=", callSid)
    .executeTakeFirst();
}
