import { databaseNow, type Tx } from "../db/connect.ts";
import type { SenderRow } from "../db/senders.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { commandWarmup, startWarmup, type WarmupRow } from "../db/warmups.ts";
import type { findWorkspace } from "../db/workspaces.ts";
import { DomainError } from "../domain/errors.ts";
import { settingsOf } from "../domain/settings.ts";
import { EMAIL_LADDER } from "../domain/warmup.ts";
import { wakeWarmup } from "../workflows/handles.ts";

type Workspace = NonNullable<Awaited<ReturnType<typeof findWorkspace>>>;

/** What somebody says about a warmup that is to begin; the rest is the workspace's. */
export interface WarmupWish {
  ladder?: number[] | undefined;
  day?: number | undefined;
  day_seconds?: number | null | undefined;
}

/** E-mail is warmed by its pool of IP addresses: those that SendGrid's customers share are warm. */
export const canWarmUp = ({ channel, ip_pool_name }: Pick<SenderRow, "channel" | "ip_pool_name">) =>
  channel !== "email" || ip_pool_name !== null;

/**
 * Begins a sender's warmup; the caller wakes the sender. No row: it is under way already.
 * @throws DomainError `validation` where the wish cannot be had.
 */
export async function beginWarmup(
  tx: Tx,
  workspace: Workspace,
  sender: SenderRow,
  wish: WarmupWish = {},
): Promise<WarmupRow | undefined> {
  const defaults = settingsOf(workspace.settings).sender_defaults;
  const usual = sender.channel === "email" ? [...EMAIL_LADDER] : defaults.warmup_ladder;
  const ladder = wish.ladder ?? usual;
  const day = wish.day ?? 1;
  if (day > ladder.length)
    throw new DomainError("validation", `The ladder has ${ladder.length} days.`, {
      field: "day",
      fix: "Name one of its days, from 1.",
    });
  if (wish.day_seconds != null && !workspace.test_mode)
    throw new DomainError("validation", "Days of another length are for workspaces in test mode.", {
      field: "day_seconds",
      fix: "Leave it out, or try it in a workspace in test mode.",
    });
  const day_seconds = workspace.test_mode
    ? wish.day_seconds === undefined
      ? defaults.warmup_day_seconds
      : wish.day_seconds
    : null;
  const warmup = await startWarmup(
    tx,
    { workspaceId: sender.workspace_id, senderId: sender.id },
    { ladder, day, day_seconds, at: await databaseNow(tx) },
  );
  if (warmup !== undefined) await oweWake(tx, [wakeWarmup(sender)]);
  return warmup;
}

/** Ends a warmup that is under way, because its sender is not to warm up any more or is gone; the caller wakes the sender. */
export async function dropWarmup(tx: Tx, sender: SenderRow): Promise<void> {
  const of = { workspaceId: sender.workspace_id, senderId: sender.id };
  const ended = await commandWarmup(tx, of, { kind: "stop" }, await databaseNow(tx));
  if (ended !== undefined) await oweWake(tx, [wakeWarmup(sender)]);
}
