import { inTransaction } from "../db/connect.ts";
import { openAlert, resolveAlert, uncertainCause } from "../db/alerts.ts";
import { findCampaignsOf } from "../db/campaigns.ts";
import {
  countAlike,
  type DoubtfulAttempt,
  findBoundSids,
  findDoubtful,
  noteAbsent,
  type Settlement,
  settleAttempts,
} from "../db/ledger.ts";
import { findSender } from "../db/senders.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { type SenderInput, wakeCampaign, wakeSender } from "../workflows/handles.ts";
import type { ListedMessage } from "../providers/message.ts";
import { settleMailCalls } from "./callSettling.ts";
import type { ActivityDeps } from "./deps.ts";

export interface SettleReport {
  accepted: number;
  notSent: number;
  /** In doubt still; looked at again after waitMs. */
  doubtful: number;
  waitMs: number | null;
}

const PAGE = 200;
/** Two empty lists this share of the grace apart prove that the provider never took a message. */
const SECOND_LOOK = 0.25;
/** In doubt for so many graces: the provider's list cannot tell, an operator has to. */
const GRACES_BEFORE_ALERT = 4;

type Verdict = { kind: "accepted"; sid: string } | { kind: "not_sent" } | { kind: "wait"; absent: boolean };

/**
 * Asks the provider about the attempts of one sender whose end nobody knows. Its list, by both addresses and less what
 * belongs to other attempts, shows a message of the same text for each attempt that may have made one: then one of them
 * is ours. It shows none twice, the first time after the grace: it was never taken, and the message is queued again.
 * Anything else stays in doubt.
 */
export async function settleDoubtful(deps: ActivityDeps, input: SenderInput): Promise<SettleReport> {
  const sender = await findSender(deps.db, input.workspaceId, input.senderId);
  if (sender === undefined) return { accepted: 0, notSent: 0, doubtful: 0, waitMs: null };
  if (sender.channel === "email") return settleMailCalls(deps, sender);
  const provider = await deps.providers.forAccount(sender.workspace_id, sender.provider_account_id);
  const doubtful = await findDoubtful(deps.db, input.senderId, PAGE);
  const report: SettleReport = { accepted: 0, notSent: 0, doubtful: 0, waitMs: null };
  for (const attempt of doubtful) {
    const verdict =
      attempt.age_ms < deps.graceMs
        ? ({ kind: "wait", absent: false } as const)
        : await verdictOn(
            deps,
            attempt,
            await provider.list(sender.address, attempt.address, attempt.channel),
          );
    if (verdict.kind === "wait") {
      report.doubtful += 1;
      if (verdict.absent) await noteAbsent(deps.db, attempt.message_id, attempt.n);
      else if (attempt.age_ms > deps.graceMs * GRACES_BEFORE_ALERT) await askOperator(deps, input, attempt);
      continue;
    }
    report[verdict.kind === "accepted" ? "accepted" : "notSent"] += 1;
    await inTransaction(deps.db, async (tx) => {
      await settleAttempts(tx, [settlementOf(attempt, verdict)]);
      await resolveAlert(tx, input.workspaceId, uncertainCause(attempt.message_id));
      const wakes = (await findCampaignsOf(tx, [attempt.message_id])).map((one) => wakeCampaign(one));
      await oweWake(tx, verdict.kind === "not_sent" ? [...wakes, wakeSender(sender)] : wakes);
    });
  }
  if (report.doubtful > 0) report.waitMs = Math.max(500, deps.graceMs * SECOND_LOOK);
  if (report.accepted + report.notSent > 0) deps.kick();
  return report;
}

async function verdictOn(
  deps: ActivityDeps,
  attempt: DoubtfulAttempt,
  listed: readonly ListedMessage[],
): Promise<Verdict> {
  // Counted before the bound ones are looked up: a call of the same text that ends meanwhile counts as open.
  const alike = await countAlike(deps.db, attempt);
  const bound = await findBoundSids(
    deps.db,
    listed.map((one) => one.sid),
  );
  const unbound = listed.filter((one) => !bound.has(one.sid));
  const same = unbound.filter((one) => one.body === attempt.body);
  if (same[0] !== undefined && same.length >= alike) return { kind: "accepted", sid: same[0].sid };
  if (unbound.length > 0) return { kind: "wait", absent: false };
  if (attempt.absent_for_ms !== null && attempt.absent_for_ms >= deps.graceMs * SECOND_LOOK)
    return { kind: "not_sent" };
  return { kind: "wait", absent: attempt.absent_for_ms === null };
}

function settlementOf(
  attempt: DoubtfulAttempt,
  verdict: Verdict & { kind: "accepted" | "not_sent" },
): Settlement {
  const accepted = verdict.kind === "accepted";
  return {
    messageId: attempt.message_id,
    n: attempt.n,
    outcome: verdict.kind,
    settledBy: "listing",
    providerSid: accepted ? verdict.sid : null,
    errorCode: null,
    message: {
      state: accepted ? "accepted" : "queued",
      dueInMs: 0,
      reason: null,
      counts: false,
      holdsRecipient: false,
    },
  };
}

function askOperator(deps: ActivityDeps, input: SenderInput, attempt: DoubtfulAttempt): Promise<void> {
  return openAlert(deps.db, {
    workspace_id: input.workspaceId,
    alert_type: "uncertain_message",
    severity: "high",
    cause: uncertainCause(attempt.message_id),
    subject_kind: "message",
    subject_id: attempt.message_id,
    suggestion: "Look the message up at the provider and settle it as sent or not sent.",
  });
}
