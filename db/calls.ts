import { sql } from "kysely";
import { rankOfCall } from "../domain/call.ts";
import type { VoiceSettings } from "../domain/callSettings.ts";
import { settingsOf } from "../domain/settings.ts";
import type { Db, Tx } from "./connect.ts";
import { markLeads } from "./leadMarks.ts";

const shown = [
  "id",
  "workspace_id",
  "call_sid",
  "provider_account_id",
  "sender_id",
  "contact_id",
  "conversation_id",
  "direction",
  "address",
  "own_address",
  "state",
  "language",
  "forwarded_to",
  "duration_seconds",
  "transcription",
  "transcription_reason",
  "transcription_deadline_at",
  "retries",
  "started_at",
  "ended_at",
] as const;

export type Call = NonNullable<Awaited<ReturnType<typeof findCall>>>;

export function findCall(db: Db, workspaceId: string, callSid: string) {
  return db
    .selectFrom("calls")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("call_sid", "=", callSid)
    .executeTakeFirst();
}

export interface CallFilter {
  conversation_id?: string | undefined;
  contact_id?: string | undefined;
  transcription?: string | undefined;
  direction?: string | undefined;
}

/** Newest first. */
export function listCalls(
  db: Db,
  workspaceId: string,
  filter: CallFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db.selectFrom("calls").select(shown).where("workspace_id", "=", workspaceId);
  for (const column of ["conversation_id", "contact_id", "transcription", "direction"] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) query = query.where(column, "=", wanted);
  }
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** Writes down that there is such a call, if nobody has yet. */
export async function insertCall(
  tx: Tx,
  workspaceId: string,
  call: { callSid: string; accountSid: string; direction?: "in" | "out" },
): Promise<void> {
  await tx
    .insertInto("calls")
    .values((is) => ({
      workspace_id: workspaceId,
      call_sid: call.callSid,
      direction: call.direction ?? "in",
      provider_account_id: is
        .selectFrom("provider_accounts")
        .select("id")
        .where("workspace_id", "=", workspaceId)
        .where("provider", "=", "twilio")
        .where("account_sid", "=", call.accountSid),
    }))
    .onConflict((conflict) => conflict.columns(["workspace_id", "call_sid"]).doNothing())
    .execute();
}

/** A state only climbs, whatever order reports come in; the first end counts. */
export async function advanceCall(
  tx: Db,
  workspaceId: string,
  callSid: string,
  to: { state: string; seconds: number | null; endedAt: Date | null },
): Promise<void> {
  const rank = rankOfCall(to.state);
  const lower = (["ringing", "in_progress"] as const).filter((state) => rankOfCall(state) < rank);
  if (lower.length === 0) return;
  const moved = await tx
    .updateTable("calls")
    .set({
      state: to.state,
      duration_seconds: to.seconds,
      ended_at: rank === 2 ? (to.endedAt ?? sql`now()`) : null,
      updated_at: sql`now()`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("call_sid", "=", callSid)
    .where("state", "in", lower)
    .returning("contact_id")
    .executeTakeFirst();
  if (rank === 2 && moved?.contact_id != null) await markLeads(tx, workspaceId, [moved.contact_id]);
}

/** Moves the transcription of a call on; false where it stood elsewhere. */
export async function setTranscription(
  db: Db,
  call: Pick<Call, "id">,
  to: string,
  reason: string | null,
  from: readonly string[] = ["waiting", "requested", "in_progress"],
): Promise<boolean> {
  const moved = await db
    .updateTable("calls")
    .set({ transcription: to, transcription_reason: reason, updated_at: sql`now()` })
    .where("id", "=", call.id)
    .where("transcription", "in", from)
    .returning("id")
    .executeTakeFirst();
  return moved !== undefined;
}

/** Begins anew, with a deadline of its own, for a recording that came late; false where it has failed or is under way. */
export async function reopenTranscription(db: Db, call: Pick<Call, "id">, minutes: number): Promise<boolean> {
  const moved = await db
    .updateTable("calls")
    .set({
      transcription: "waiting",
      transcription_reason: null,
      transcription_deadline_at: sql`now() + ${minutes} * interval '1 minute'`,
      updated_at: sql`now()`,
    })
    .where("id", "=", call.id)
    .where("transcription", "in", ["completed", "none"])
    .returning("id")
    .executeTakeFirst();
  return moved !== undefined;
}

/** The transcription of these ended without a text, and may be tried again. */
const RETRIABLE = ["failed", "none"] as const;

/**
 * Lets a transcription that has failed, or that nobody was there to make, begin anew with a deadline of its own.
 * Undefined: there is no such call, or nothing to be tried again.
 */
export async function retryTranscription(tx: Tx, workspaceId: string, callSid: string, minutes: number) {
  const call = await tx
    .updateTable("calls")
    .set({
      transcription: "waiting",
      transcription_reason: null,
      transcription_deadline_at: sql`now() + ${minutes} * interval '1 minute'`,
      retries: sql`retries + 1`,
      updated_at: sql`now()`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("call_sid", "=", callSid)
    .where("transcription", "in", RETRIABLE)
    .returning(shown)
    .executeTakeFirst();
  if (call === undefined) return undefined;
  // The provider's failed one is remembered, so that the next is not taken for it.
  await tx
    .updateTable("transcripts")
    .set({
      state: "requested",
      reason: null,
      intended_at: null,
      given_up_sids: sql`case when provider_sid is null then given_up_sids else given_up_sids || provider_sid end`,
      provider_sid: null,
    })
    .where("call_id", "=", call.id)
    .where("state", "=", "failed")
    .execute();
  return call;
}

/** What the workspace has set of its calls. */
export async function findVoiceSettings(db: Db, workspaceId: string): Promise<VoiceSettings> {
  const { settings } = await db
    .selectFrom("workspaces")
    .select("settings")
    .where("id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  return settingsOf(settings).voice;
}
