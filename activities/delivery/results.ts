import type { Logger } from "pino";
import { inTransaction, type Tx } from "../../db/connect.ts";
import { openAlert, senderStopped } from "../../db/alerts.ts";
import { type CallSettlement, settleCalls } from "../../db/emailCalls.ts";
import { tellMessageStates } from "../../db/conversationMessageEvents.ts";
import { settleAttempts, slowSender, stopSender } from "../../db/ledger.ts";
import { lockContacts } from "../../db/locks.ts";
import { suppressAddress } from "../../db/optOuts.ts";
import type { QueuedMessage } from "../../db/outbox.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { wakeCampaign } from "../../workflows/handles.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Outcome } from "./answers.ts";

/** An outcome with whom it concerns. */
interface Result extends Outcome {
  workspaceId: string;
  senderId: string;
  message: QueuedMessage;
}

/** What a call came to: it is written whole. */
export interface CallResult {
  results: readonly Result[];
  /** Its own row, where it has one. */
  call: CallSettlement | null;
}

interface Waiting {
  of: CallResult;
  written: () => void;
}

/** Messages. */
const BATCH = 50;
const LINGER_MS = 20;
/** Transactions of results under way at once. */
const WRITERS = 3;

/**
 * Writes how attempts ended in micro-batches shared by all slices of the process: 50 at a time or after 20 ms.
 * A database that is away is waited for: what is lost with the process is settled as uncertain.
 */
export class Results {
  readonly #deps: Pick<ActivityDeps, "db" | "addressKey" | "retryMinuteMs">;
  readonly #log: Logger;
  #waiting: Waiting[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #writers = 0;

  constructor(deps: Pick<ActivityDeps, "db" | "addressKey" | "retryMinuteMs" | "log">) {
    this.#deps = deps;
    this.#log = deps.log;
  }

  /** Resolves once what the call came to is committed. */
  add(of: CallResult): Promise<void> {
    return new Promise((written) => {
      this.#waiting.push({ of, written });
      this.#size += of.results.length;
      if (this.#size >= BATCH) this.#flush();
      else this.#timer ??= setTimeout(() => this.#flush(), LINGER_MS);
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0 && this.#writers < WRITERS) {
      const batch = this.#next();
      this.#writers += 1;
      void this.#write(batch.map((one) => one.of)).then(() => {
        this.#writers -= 1;
        for (const one of batch) one.written();
        if (this.#waiting.length > 0) this.#flush();
      });
    }
  }

  /** Calls until there are enough messages; at least one. */
  #next(): Waiting[] {
    let messages = 0;
    let calls = 0;
    while (calls < this.#waiting.length && messages < BATCH * 4) {
      messages += this.#waiting[calls]?.of.results.length ?? 0;
      calls += 1;
    }
    this.#size -= messages;
    return this.#waiting.splice(0, calls);
  }

  async #write(calls: readonly CallResult[]): Promise<void> {
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        return await inTransaction(this.#deps.db, (tx) => writeResults(tx, this.#deps, calls));
      } catch (error) {
        const why = { error: (error as Error).message, calls: calls.length };
        if (isRefused(error)) {
          if (calls.length === 1)
            return this.#log.error(why, "a result cannot be written; its attempts are in doubt");
          // One of them is bad: the others must not wait for it.
          await Promise.all(calls.map((call) => this.#write([call])));
          return;
        }
        this.#log.error(why, "results wait for the database");
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}

/** The database is there and does not take the values (SQLSTATE 22 and 23): it never will. */
const isRefused = (error: unknown) => /^2[23]/.test((error as { code?: string }).code ?? "");

/** Part of the caller's transaction. People are locked first, then calls, messages and attempts. */
async function writeResults(
  tx: Tx,
  { addressKey, retryMinuteMs }: Pick<ActivityDeps, "addressKey" | "retryMinuteMs">,
  calls: readonly CallResult[],
): Promise<void> {
  const results = calls.flatMap((call) => call.results);
  const suppressing = results.filter((result) => result.refusal?.outcome === "suppress");
  await lockContacts(
    tx,
    suppressing.map((result) => result.message.contact_id),
  );
  await settleCalls(
    tx,
    calls.flatMap(({ call }) => call ?? []),
  );
  await settleAttempts(
    tx,
    results.map((result) => result.settlement),
  );
  await tellMessageStates(
    tx,
    results.map((result) => result.message),
  );
  for (const { refusal, message, workspaceId } of suppressing) {
    const { campaigns } = await suppressAddress(tx, addressKey, {
      workspaceId,
      contactId: message.contact_id,
      channel: message.channel,
      address: message.address,
      reason: refusal?.suppress_reason ?? "invalid",
      source: "provider",
    });
    await oweWake(
      tx,
      campaigns.map((one) => wakeCampaign(one)),
    );
  }
  const slowed = new Map<string, number>();
  const stopped = new Map<string, Result>();
  for (const result of results) {
    if (result.refusal?.outcome === "hold_sender")
      slowed.set(result.senderId, Math.max(slowed.get(result.senderId) ?? 0, result.retryAfterMs));
    if (result.refusal?.outcome === "stop_sender") stopped.set(result.senderId, result);
  }
  for (const result of stopped.values()) await stopWithAlert(tx, result);
  for (const [senderId, waitMs] of slowed) await slowSender(tx, senderId, waitMs, retryMinuteMs);
}

async function stopWithAlert(tx: Tx, { refusal, senderId, workspaceId, settlement }: Result): Promise<void> {
  const stopped = await stopSender(tx, senderId, `${refusal?.meaning} (code ${settlement.errorCode})`);
  if (stopped) await openAlert(tx, senderStopped(workspaceId, senderId, refusal?.fix ?? null));
}
