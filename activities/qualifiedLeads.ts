import { inTransaction, type Tx } from "../db/connect.ts";
import { recordEvents } from "../db/conversationEvents.ts";
import { insertNote } from "../db/conversationThread.ts";
import { type Conversation, handOff, lockConversation, offer } from "../db/conversations.ts";
import { scoreLeads } from "../db/leadScores.ts";
import { findUntold, markTold, type UntoldLead } from "../db/qualifiedLeads.ts";
import { readScoring } from "../db/scoring.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findWorkspace } from "../db/workspaces.ts";
import type { QualifiedBy } from "../domain/leadQuality.ts";
import { languageOfRegion, qualifiedNote } from "../domain/leadRules.ts";
import { settingsOf } from "../domain/settings.ts";
import { wakeConversation } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

const BATCH = 200;
/** Whoever has been silent for longer is nobody's turn: a score that rose by new weights floods no queue. */
const RECENT_MS = 3 * 86_400_000;

/** Marks the conversations of new qualified leads, and gives them to people; each once. Returns how many. */
export async function tellQualified({ db, kick }: Pick<ActivityDeps, "db" | "kick">): Promise<number> {
  const untold = await findUntold(db, BATCH);
  for (const lead of untold)
    await inTransaction(db, async (tx) => {
      const conversation = await lockedConversation(tx, lead);
      if (!(await markTold(tx, lead.id)) || conversation === undefined) return;
      await tell(tx, lead, conversation);
    });
  if (untold.length > 0) kick();
  return untold.length;
}

/** Undefined where there is none that is in use; its person's lock comes before any row (db/locks.ts). */
async function lockedConversation(tx: Tx, lead: UntoldLead): Promise<Conversation | undefined> {
  if (lead.conversation_id === null) return undefined;
  const conversation = await lockConversation(tx, lead.workspace_id, lead.conversation_id);
  return conversation?.status === "blocked" ? undefined : conversation;
}

async function tell(tx: Tx, lead: UntoldLead, conversation: Conversation): Promise<void> {
  const { workspace_id: workspaceId, id: conversationId } = conversation;
  const workspace = await findWorkspace(tx, workspaceId);
  const scoring = await readScoring(tx, workspaceId);
  if (workspace === undefined || scoring === undefined) return;
  const [scored] = await scoreLeads(tx, scoring, [lead.contact_id]);
  if (scored === undefined) return;
  const by = lead.qualified_by as QualifiedBy;
  const language = languageOfRegion(workspace.default_region);
  const body = qualifiedNote({ ...scored, awaiting: scored.facts.awaiting }, by, language);
  await insertNote(tx, { workspaceId, conversationId, author: { kind: "machine", id: null }, body });
  const change = { score: lead.score, by, intent: lead.intent };
  await recordEvents(tx, workspaceId, [{ conversationId, kind: "qualified", subjectId: lead.id, change }]);
  const recent = Date.now() - (conversation.last_inbound_at?.getTime() ?? 0) < RECENT_MS;
  if (!recent || conversation.state === "closed") return;
  const given = { workspaceId, conversationId, settings: settingsOf(workspace.settings).conversations };
  if (scoring.settings.hand_off) await handOff(tx, { ...given, reason: "lead_score" });
  else await offer(tx, given);
  await oweWake(tx, [wakeConversation(conversation)]);
}
