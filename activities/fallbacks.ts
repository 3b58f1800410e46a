import { inTransaction, type Tx } from "../db/connect.ts";
import {
  lockFallback,
  type OpenFallback,
  settleFallback,
  takeReady,
  withdrawPrimary,
} from "../db/fallbacks.ts";
import { judge } from "../db/judge.ts";
import { lockContacts } from "../db/locks.ts";
import { queueSingle, type SingleContext } from "../db/singleMessages.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findTemplate } from "../db/templates.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { isDomainError } from "../domain/errors.ts";
import { fallbackStep, forbidsFallback } from "../domain/fallback.ts";
import { sendRulesOf } from "../domain/settings.ts";
import { wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

type FallbackDeps = Pick<ActivityDeps, "db" | "addressKey" | "kick"> & {
  providers: Pick<ActivityDeps["providers"], "sandboxed">;
};

const BATCH = 500;

/**
 * Queues, once each, what is to go out on another channel because a message was refused or has not arrived in time.
 * Returns how many it settled.
 */
export async function sendFallbacks(deps: FallbackDeps): Promise<number> {
  let settled = 0;
  for (const ready of await takeReady(deps.db, BATCH)) {
    const ended = await inTransaction(deps.db, async (tx) => {
      await lockContacts(tx, [ready.contact_id]);
      const fallback = await lockFallback(tx, ready.message_id);
      return fallback !== undefined && (await consider(tx, deps, ready.workspace_id, fallback));
    });
    if (ended) settled += 1;
  }
  if (settled > 0) deps.kick();
  return settled;
}

/** True where that was the end of it; false where it is waited for. */
async function consider(
  tx: Tx,
  deps: FallbackDeps,
  workspaceId: string,
  fallback: OpenFallback,
): Promise<boolean> {
  const id = fallback.message_id;
  const end = async (outcome: "sent" | "not_needed" | "dropped", reason: string, fallbackId?: string) => {
    await settleFallback(tx, id, { outcome, reason, fallbackId: fallbackId ?? null });
    return true;
  };
  const next = fallbackStep(fallback, fallback.overdue);
  const arrived = fallback.state === "delivered" || fallback.state === "read";
  if (next.step === "end") return end(arrived ? "not_needed" : "dropped", next.why);
  if (fallback.expires_at <= fallback.now) return end("dropped", "expired");
  if (next.step === "wait") return false;

  const workspace = await findWorkspace(tx, workspaceId);
  const template =
    fallback.template_id === null ? null : await findTemplate(tx, workspaceId, fallback.template_id);
  if (workspace === undefined || template === undefined) return end("dropped", "template_gone");
  const { addressKey } = deps;
  const on = { workspace, addressKey, sandboxed: deps.providers.sandboxed, now: fallback.now };
  const forbidden = await whyForbidden(tx, on, fallback);
  if (forbidden !== undefined) return end("dropped", forbidden);
  const queued = await queueOther(tx, on, fallback, template);
  if (queued === undefined) return end("dropped", "no_sender");
  if (queued.sender === null) return end("dropped", "skipped", queued.id);
  await withdrawPrimary(tx, id);
  await oweWake(tx, [wakeSender(queued.sender)]);
  return end("sent", next.why, queued.id);
}

/** What the person said of the first channel since is not got around by the second. */
async function whyForbidden(tx: Tx, on: SingleContext, first: OpenFallback): Promise<string | undefined> {
  const [judged] = await judge(
    tx,
    {
      workspaceId: on.workspace.id,
      channel: first.first_channel,
      purpose: first.purpose,
      rules: sendRulesOf(on.workspace),
      addressKey: on.addressKey,
      sandboxed: on.sandboxed,
      now: on.now,
    },
    [
      {
        contactId: first.contact_id,
        senderId: null,
        address: first.address,
        expiresAt: null,
        template: null,
        recipientHoldUntil: null,
      },
    ],
  );
  const decision = judged?.decide([]);
  return decision?.kind === "skip" && forbidsFallback(decision) ? decision.reason : undefined;
}

/** Undefined where no sender of the other channel can take this person. */
async function queueOther(
  tx: Tx,
  on: SingleContext,
  fallback: OpenFallback,
  template: Parameters<typeof queueSingle>[2]["template"],
) {
  const { contact_id: contactId, channel, purpose, body, variables, expires_at: expiresAt } = fallback;
  try {
    return await queueSingle(tx, on, { contactId, channel, purpose, body, template, variables, expiresAt });
  } catch (error) {
    if (isDomainError(error, "state_conflict")) return undefined;
    throw error;
  }
}
