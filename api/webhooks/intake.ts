import { Histogram, type Registry } from "prom-client";
import { applyWebhookEvents } from "../../db/applyWebhooks.ts";
import { inTransaction, setWorkspace } from "../../db/connect.ts";
import type { ReceiptContext } from "../../db/receipts.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { insertWebhookEvents, type NewWebhookEvent } from "../../db/webhookEvents.ts";
import { wakesOf } from "../../workflows/handles.ts";
import type { ApiDeps } from "../deps.ts";

const LINGER_MS = 10;
const MOST = 500;
/** The commit comes after the moment that the database counts from. */
const LATE_MS = 20;
/** More transactions at once would only make smaller ones, and wait for each other's rows. */
const MOST_AT_ONCE = 2;

const keyOf = (event: NewWebhookEvent) => `${event.provider} ${event.dedupeKey}`;

interface Waiting {
  event: NewWebhookEvent;
  taken: number;
  stored: () => void;
  failed: (error: unknown) => void;
}

/** Batches of one workspace: the one that fills, those that wait for their turn, and how many are being stored. */
interface Line {
  /** What is not stored yet, by its key: the same event once more waits with it, not for it in the database. */
  pending: Map<string, Promise<void>>;
  filling: Waiting[] | undefined;
  full: Waiting[][];
  storing: number;
}

/**
 * Takes webhooks of a workspace into shared transactions: what comes within 10 ms, or while those before it are being
 * stored, is stored and applied together. `take` resolves once its event is committed; it rejects only where the
 * database does not take it.
 */
export class WebhookIntake {
  readonly #deps: Pick<ApiDeps, "db" | "kick"> & Omit<ReceiptContext, "workspaceId">;
  readonly #lines = new Map<string, Line>();
  readonly #seconds: Histogram<"kind" | "outcome">;

  constructor(deps: Pick<ApiDeps, "db" | "kick"> & Omit<ReceiptContext, "workspaceId">, registry: Registry) {
    this.#deps = deps;
    this.#seconds = new Histogram({
      name: "campanile_webhook_seconds",
      help: "From a webhook's arrival to the commit of its effects, or to giving it up",
      labelNames: ["kind", "outcome"],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers: [registry],
    });
  }

  take(workspaceId: string, event: NewWebhookEvent): Promise<void> {
    const line = this.#lineOf(workspaceId);
    const key = keyOf(event);
    const known = line.pending.get(key);
    if (known !== undefined) return known;
    const taken = new Promise<void>((stored, failed) => {
      if (line.filling === undefined) {
        const batch: Waiting[] = [];
        line.filling = batch;
        setTimeout(() => this.#close(workspaceId, line, batch), LINGER_MS);
      }
      line.filling.push({ event, taken: performance.now(), stored, failed });
      if (line.filling.length === MOST) this.#close(workspaceId, line, line.filling);
    });
    line.pending.set(key, taken);
    return taken;
  }

  #lineOf(workspaceId: string): Line {
    const known = this.#lines.get(workspaceId);
    if (known !== undefined) return known;
    const line: Line = { pending: new Map(), filling: undefined, full: [], storing: 0 };
    this.#lines.set(workspaceId, line);
    return line;
  }

  /** A batch that has lingered goes on filling as long as it could not be stored anyway. */
  #close(workspaceId: string, line: Line, batch: Waiting[]): void {
    if (line.filling !== batch) return;
    if (line.storing === MOST_AT_ONCE && batch.length < MOST) return;
    line.filling = undefined;
    line.full.push(batch);
    this.#next(workspaceId, line);
  }

  #next(workspaceId: string, line: Line): void {
    while (line.storing < MOST_AT_ONCE) {
      const batch = line.full.shift();
      if (batch === undefined) break;
      line.storing += 1;
      void this.#store(workspaceId, batch).finally(() => {
        line.storing -= 1;
        for (const { event } of batch) line.pending.delete(keyOf(event));
        if (line.full.length > 0) this.#next(workspaceId, line);
        else if (line.filling !== undefined) this.#close(workspaceId, line, line.filling);
        else if (line.storing === 0) this.#lines.delete(workspaceId);
      });
    }
  }

  async #store(workspaceId: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const wakes = await inTransaction(this.#deps.db, async (tx) => {
        await setWorkspace(tx, workspaceId);
        const fresh = await insertWebhookEvents(
          tx,
          workspaceId,
          batch.map((one) => one.event),
        );
        const owed = wakesOf(await applyWebhookEvents(tx, { workspaceId, ...this.#deps }, fresh));
        await oweWake(tx, owed);
        return owed;
      });
      this.#measure(batch, "stored");
      for (const one of batch) one.stored();
      this.#wake(wakes);
    } catch (error) {
      this.#measure(batch, "failed");
      for (const one of batch) one.failed(error);
    }
  }

  /** What is owed for later is told when it is due; by any process, should this one be gone by then. */
  #wake(wakes: readonly { afterMs?: number }[]): void {
    if (wakes.some((wake) => wake.afterMs === undefined)) this.#deps.kick();
    for (const afterMs of new Set(wakes.flatMap((wake) => wake.afterMs ?? [])))
      setTimeout(() => this.#deps.kick(), afterMs + LATE_MS).unref();
  }

  #measure(batch: readonly Waiting[], outcome: "stored" | "failed"): void {
    const now = performance.now();
    for (const { event, taken } of batch)
      this.#seconds.observe({ kind: event.kind, outcome }, (now - taken) / 1_000);
  }
}
