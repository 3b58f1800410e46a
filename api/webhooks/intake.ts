import { Histogram, type Registry } from "prom-client";
import { applyWebhookEvents } from "../../db/applyWebhooks.ts";
import { inTransaction, setWorkspace } from "../../db/connect.ts";
import type { ReceiptContext } from "../../db/receipts.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { insertWebhookEvents, type NewWebhookEvent } from "../../db/webhookEvents.ts";
import { wakeSender } from "../../workflows/handles.ts";
import type { ApiDeps } from "../deps.ts";

const LINGER_MS = 10;
const MOST = 500;

interface Waiting {
  event: NewWebhookEvent;
  taken: number;
  stored: () => void;
  failed: (error: unknown) => void;
}

/**
 * Takes webhooks of a workspace into shared transactions: what comes within 10 ms is stored and applied together.
 * `take` resolves once its event is committed; it rejects only where the database does not take it.
 */
export class WebhookIntake {
  readonly #deps: Pick<ApiDeps, "db" | "kick"> & Omit<ReceiptContext, "workspaceId">;
  readonly #waiting = new Map<string, Waiting[]>();
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
    return new Promise((stored, failed) => {
      const batch = this.#waiting.get(workspaceId);
      if (batch !== undefined && batch.length < MOST) {
        batch.push({ event, taken: performance.now(), stored, failed });
        return;
      }
      const started = [{ event, taken: performance.now(), stored, failed }];
      this.#waiting.set(workspaceId, started);
      setTimeout(() => void this.#store(workspaceId, started), LINGER_MS);
    });
  }

  async #store(workspaceId: string, batch: readonly Waiting[]): Promise<void> {
    if (this.#waiting.get(workspaceId) === batch) this.#waiting.delete(workspaceId);
    try {
      const woken = await inTransaction(this.#deps.db, async (tx) => {
        await setWorkspace(tx, workspaceId);
        const fresh = await insertWebhookEvents(
          tx,
          workspaceId,
          batch.map((one) => one.event),
        );
        const { wakes } = await applyWebhookEvents(tx, { workspaceId, ...this.#deps }, fresh);
        await oweWake(tx, wakes.map(wakeSender));
        return wakes.length > 0;
      });
      this.#measure(batch, "stored");
      for (const one of batch) one.stored();
      if (woken) this.#deps.kick();
    } catch (error) {
      this.#measure(batch, "failed");
      for (const one of batch) one.failed(error);
    }
  }

  #measure(batch: readonly Waiting[], outcome: "stored" | "failed"): void {
    const now = performance.now();
    for (const { event, taken } of batch)
      this.#seconds.observe({ kind: event.kind, outcome }, (now - taken) / 1_000);
  }
}
