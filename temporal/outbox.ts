import type { Client } from "@temporalio/client";
import type { Logger } from "pino";
import type { Db } from "../db/connect.ts";
import { forgetWake, keepWake, type OwedRow, takeOwed, type Wake } from "../db/temporalOutbox.ts";
import { searchAttributes } from "../workflows/handles.ts";
import { type Loop, runLoop } from "./loop.ts";

const CALL_MS = 5_000;
const BATCH = 50;
const AT_ONCE = 8;

export interface OutboxDeps {
  db: Db;
  temporal: Client;
  taskQueue: string;
  log: Logger;
}

/**
 * Pays what committed transactions owe to Temporal: each workflow is started where it does not run, and told to look.
 * A wake that comes twice does no harm; one that fails stays owed and is tried again later. Returns how many were paid.
 */
export async function driveOutbox(deps: OutboxDeps): Promise<number> {
  let paid = 0;
  for (;;) {
    const rows = await takeOwed(deps.db, BATCH);
    const queue = [...rows];
    const pay = async () => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift())
        if (await payOne(deps, row)) paid += 1;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, pay));
    if (rows.length < BATCH) return paid;
  }
}

async function payOne(deps: OutboxDeps, row: OwedRow): Promise<boolean> {
  try {
    await wake(deps, row.input);
    await forgetWake(deps.db, row);
    return true;
  } catch (error) {
    const why = (error as Error).name;
    deps.log.warn({ workflow_id: row.workflow_id, why }, "Temporal could not be told; it stays owed");
    await keepWake(deps.db, row, why);
    return false;
  }
}

async function wake({ temporal, taskQueue }: OutboxDeps, to: Wake): Promise<void> {
  const { campaignId, senderId, channel } = to.attributes;
  await temporal.connection.withDeadline(Date.now() + CALL_MS, () =>
    temporal.workflow.signalWithStart(to.type, {
      workflowId: to.workflowId,
      taskQueue,
      args: [to.input],
      signal: "look",
      staticSummary: to.summary,
      typedSearchAttributes: [
        { key: searchAttributes.workspaceId, value: to.workspaceId },
        ...(campaignId === undefined ? [] : [{ key: searchAttributes.campaignId, value: campaignId }]),
        ...(senderId === undefined ? [] : [{ key: searchAttributes.senderId, value: senderId }]),
        ...(channel === undefined ? [] : [{ key: searchAttributes.channel, value: channel }]),
      ],
    }),
  );
}

/** Drives the outbox at once when kicked, and every `everyMs` for what nobody kicked; ends with `signal`. */
export function runOutboxDriver(deps: OutboxDeps, everyMs: number, signal: AbortSignal): Loop {
  return runLoop("temporal outbox", () => driveOutbox(deps), { everyMs, signal, log: deps.log });
}
