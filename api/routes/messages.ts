import { resolveAlert, uncertainCause } from "../../db/alerts.ts";
import { findCampaignsOf, lockOpenCampaigns } from "../../db/campaigns.ts";
import { breaksUnique } from "../../db/conflicts.ts";
import { databaseNow, type Tx } from "../../db/connect.ts";
import { findFallback } from "../../db/fallbacks.ts";
import { findBoundSids, type Settlement, settleAttempts } from "../../db/ledger.ts";
import { findMessage, listAttempts, lockUncertain, noteSettled } from "../../db/messages.ts";
import { lockContacts } from "../../db/locks.ts";
import { queueSingle } from "../../db/singleMessages.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { explainState } from "../../domain/explain.ts";
import { wakeCampaign, wakeSender } from "../../workflows/handles.ts";
import { MAX_EMAIL_BYTES } from "../emailInput.ts";
import { addFallback, checkMessage, expiryOf, recipientOf, wordsOf } from "../messageInput.ts";
import { Message, NewMessage, SettleBody } from "../messageSchemas.ts";
import type { Routes } from "../route.ts";
import { IdParams } from "../schemas.ts";

/** A call may show in a real provider's log so late: before, that it is not there proves nothing. */
const PROOF_AGE_MS = 15 * 60_000;

const noneFound = () =>
  new DomainError("not_found", "There is no such message.", {
    fix: "GET /v1/campaigns/{id}/messages and /v1/contacts/{id}/timeline list messages.",
  });

/** Single messages, whoever they belong to. */
export const messageRoutes: Routes = ({ route }, deps) => {
  const tag = "Messages";

  route(
    {
      operationId: "sendMessage",
      method: "post",
      path: "/v1/messages",
      tag,
      summary: "Send one message to one person",
      description:
        "A confirmation, a code, a reminder: ahead of all campaigns, under the same rules. Where they forbid it, the message is answered as `skipped` with the reason. Send an Idempotency-Key, so that a request that is repeated sends nothing twice.",
      body: NewMessage,
      maxBytes: MAX_EMAIL_BYTES,
      status: 202,
      answer: Message,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, body, audit }) => {
      checkMessage(body);
      const workspace = await findWorkspace(tx, auth.workspaceId);
      if (!workspace) throw noneFound();
      const now = await databaseNow(tx);
      const expiresAt = expiryOf(workspace, body, now);
      const words = await wordsOf(tx, workspace.id, body);
      const contactId = await recipientOf(tx, workspace, body);
      await lockContacts(tx, [contactId]);
      const { channel, purpose, variables } = body;
      const message = { contactId, channel, purpose, variables, expiresAt, ...words };
      const { addressKey, sandboxed } = deps;
      const queued = await queueSingle(tx, { workspace, addressKey, sandboxed, now }, message);
      await addFallback(tx, workspace.id, body, { messageId: queued.id, dueAt: queued.dueAt, now });
      if (queued.sender !== null) await oweWake(tx, [wakeSender(queued.sender)]);
      audit({ subject_id: queued.id, change: { channel, purpose } });
      return shownMessage(tx, auth.workspaceId, queued.id);
    },
  );

  route(
    {
      operationId: "getMessage",
      method: "get",
      path: "/v1/messages/{id}",
      tag,
      summary: "Show a message with each call to the provider",
      params: IdParams,
      answer: Message,
    },
    ({ tx, auth, params }) => shownMessage(tx, auth.workspaceId, params.id),
  );

  route(
    {
      operationId: "settleMessage",
      method: "post",
      path: "/v1/messages/{id}/settle",
      tag,
      summary: "Say what became of an uncertain message",
      description:
        "For the few that neither a receipt nor the provider's list can settle: look the message up at the provider, then say whether it was sent. One that was not goes out again.",
      params: IdParams,
      body: SettleBody,
      answer: Message,
      errors: ["state_conflict", "conflict"],
    },
    async ({ tx, auth, params: { id }, body, audit }) => {
      if (!(await findMessage(tx, auth.workspaceId, id))) throw noneFound();
      if (body.outcome === "not_sent" && body.provider_sid !== undefined) {
        throw new DomainError("validation", "A message that was not sent has no SID.", {
          field: "provider_sid",
          fix: "Leave it out, or settle the message as sent.",
        });
      }
      await lockOpenCampaigns(tx, [id]);
      const message = await lockUncertain(tx, auth.workspaceId, id);
      if (!message) {
        throw new DomainError("state_conflict", "This message is not in doubt.", {
          fix: `GET /v1/messages/${id} shows how it stands.`,
        });
      }
      if (message.call_id !== null) {
        throw new DomainError("state_conflict", "An e-mail is settled with everybody in its call.", {
          fix: `POST /v1/email/calls/${message.call_id}/settle says what became of all of it.`,
        });
      }
      if (body.outcome === "not_sent" && !deps.sandboxed && message.age_ms < PROOF_AGE_MS) {
        throw new DomainError("state_conflict", "The call is too young to know that it came to nothing.", {
          fix: "Wait until 15 minutes after the attempt and look at the provider again.",
        });
      }
      await settle(tx, settlementBy(auth.keyId, message, body));
      await noteSettled(tx, auth.workspaceId, id, {
        outcome: body.outcome,
        by: auth.keyId,
        note: body.note,
      });
      await resolveAlert(tx, auth.workspaceId, uncertainCause(id), auth.keyId);
      audit({ change: { outcome: body.outcome, attempt: message.n } });
      const sender = { ...message, id: message.sender_id, workspace_id: auth.workspaceId };
      const campaigns = (await findCampaignsOf(tx, [id])).map((one) => wakeCampaign(one));
      await oweWake(tx, body.outcome === "not_sent" ? [...campaigns, wakeSender(sender)] : campaigns);
      return shownMessage(tx, auth.workspaceId, id);
    },
  );
};

async function shownMessage(tx: Tx, workspaceId: string, id: string) {
  const message = await findMessage(tx, workspaceId, id);
  if (!message) throw noneFound();
  const detail = message.detail as Record<string, unknown> | null;
  const attempts = await listAttempts(tx, workspaceId, [id]);
  const fallback = await fallbackOf(tx, workspaceId, id);
  return { ...message, detail, answer: explainState({ ...message, detail }), attempts, fallback };
}

async function fallbackOf(tx: Tx, workspaceId: string, id: string) {
  const found = await findFallback(tx, workspaceId, id);
  if (!found) return null;
  return { ...found, outcome: found.outcome ?? "waiting", message_id: found.fallback_id };
}

function settlementBy(
  keyId: string,
  message: { id: string; n: number },
  body: { outcome: "sent" | "not_sent"; provider_sid?: string | undefined },
): Settlement {
  const sent = body.outcome === "sent";
  return {
    messageId: message.id,
    n: message.n,
    outcome: sent ? "accepted" : "not_sent",
    settledBy: `operator:${keyId}`,
    providerSid: body.provider_sid ?? null,
    errorCode: null,
    message: {
      state: sent ? "accepted" : "queued",
      dueInMs: 0,
      reason: null,
      counts: false,
      holdsRecipient: false,
    },
  };
}

/** The index sees what the caller may not: a SID of another workspace's attempt is refused as well. */
async function settle(tx: Tx, settlement: Settlement): Promise<void> {
  const sid = settlement.providerSid;
  if (sid !== null && (await findBoundSids(tx, [sid])).size > 0) throw sidTaken();
  try {
    await settleAttempts(tx, [settlement]);
  } catch (error) {
    throw breaksUnique(error, "attempts_sid") ? sidTaken() : error;
  }
}

const sidTaken = () =>
  new DomainError("conflict", "This SID belongs to another message.", {
    field: "provider_sid",
    fix: "Look the message up at the provider again; leave the SID out where it shows none.",
  });
