import { createServer } from "node:http";
import { collectDefaultMetrics, Gauge, register } from "prom-client";
import type { Database } from "./db/connect.ts";
import { type Figures, readFigures } from "./db/figures.ts";

/** Scrapes within this time share one reading of the database. */
const KEPT_MS = 5_000;

/**
 * Serves /metrics of a process without an API, and /readyz: 200 once it works. Port 0: neither is served.
 */
export async function serveMetrics(port: number, host: string, database: Pick<Database, "db" | "pool">) {
  collectDefaultMetrics();
  const { pool } = database;
  new Gauge({
    name: "campanile_database_connections",
    help: "Connections of this process's pool, by use",
    labelNames: ["use"],
    collect() {
      this.set({ use: "idle" }, pool.idleCount);
      this.set({ use: "busy" }, pool.totalCount - pool.idleCount);
      this.set({ use: "waited_for" }, pool.waitingCount);
    },
  });
  gaugeFigures(keptFor(KEPT_MS, () => readFigures(database.db)));
  let isReady = false;
  const server = createServer((request, response) => {
    if (request.url === "/readyz") {
      response.writeHead(isReady ? 200 : 503).end(isReady ? "ready\n" : "starting\n");
    } else if (request.url === "/metrics" && isReady) {
      void register
        .metrics()
        .then((text) => response.writeHead(200, { "content-type": register.contentType }).end(text));
    } else {
      response.writeHead(isReady ? 404 : 503).end();
    }
  });
  if (port > 0) await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    ready: () => {
      isReady = true;
    },
    close: () => new Promise<void>((resolve) => (port > 0 ? server.close(() => resolve()) : resolve())),
  };
}

/** What all workspaces' rows say; every worker gives the same, so take one of them or the maximum. */
function gaugeFigures(read: () => Promise<Figures>): void {
  gauge(
    "campanile_figures_up",
    "1 where the figures from the database could be read",
    [],
    read,
    (set, figures) => set({}, figures === undefined ? 0 : 1),
  );
  const of = (name: string, help: string, labels: string[], fill: (set: Set, figures: Figures) => void) =>
    gauge(name, help, labels, read, (set, figures) => figures && fill(set, figures));

  of("campanile_queued_messages", "Messages that wait, by why", ["channel", "why"], (set, { queues }) => {
    for (const { channel, ready, later, held } of queues)
      for (const [why, count] of Object.entries({ ready, later, held })) set({ channel, why }, count);
  });
  of(
    "campanile_oldest_ready_seconds",
    "How long the oldest message has been free to go",
    ["channel"],
    (set, f) => {
      for (const { channel, oldest_ready_seconds } of f.queues) set({ channel }, oldest_ready_seconds);
    },
  );
  of(
    "campanile_attempts",
    "Calls whose end is not known: open or uncertain",
    ["state"],
    (set, { attempts }) => {
      set({ state: "open" }, attempts.open);
      set({ state: "uncertain" }, attempts.uncertain);
    },
  );
  of("campanile_oldest_uncertain_seconds", "How long the oldest has been in doubt", [], (set, f) =>
    set({}, f.attempts.oldest_uncertain_seconds),
  );
  of(
    "campanile_sender_used",
    "Messages in the rolling hour and the local day",
    ["sender_id", "span"],
    (set, f) => {
      for (const { id: sender_id, used_hour, used_day } of f.senders) {
        set({ sender_id, span: "hour" }, used_hour);
        set({ sender_id, span: "day" }, used_day);
      }
    },
  );
  of("campanile_sender_limit", "What a sender may send in that span", ["sender_id", "span"], (set, f) => {
    for (const { id: sender_id, limit_hour, limit_day } of f.senders) {
      set({ sender_id, span: "hour" }, limit_hour);
      set({ sender_id, span: "day" }, limit_day);
    }
  });
  of("campanile_webhooks_unapplied", "Stored webhooks whose effects wait", [], (set, { webhooks }) =>
    set({}, webhooks.events),
  );
  of("campanile_webhook_lag_seconds", "How long the oldest of them has waited", [], (set, { webhooks }) =>
    set({}, webhooks.oldest_seconds),
  );
  of("campanile_temporal_owed", "Wakes that Temporal has not been told yet", [], (set, { owed }) =>
    set({}, owed.wakes),
  );
  of("campanile_temporal_owed_seconds", "How long the oldest of them is owed", [], (set, { owed }) =>
    set({}, owed.oldest_seconds),
  );
  of(
    "campanile_open_alerts",
    "Alerts that nobody has resolved",
    ["type", "severity"],
    (set, { open_alerts }) => {
      for (const { alert_type: type, severity, alerts } of open_alerts) set({ type, severity }, alerts);
    },
  );
}

type Set = (labels: Record<string, string>, value: number) => void;

function gauge(
  name: string,
  help: string,
  labelNames: string[],
  read: () => Promise<Figures>,
  fill: (set: Set, figures: Figures | undefined) => void,
): void {
  new Gauge({
    name,
    help,
    labelNames,
    async collect() {
      // Nothing is better than what was: a database that does not answer shows as a gap, and in campanile_figures_up.
      const figures = await read().catch(() => undefined);
      this.reset();
      fill((labels, value) => this.set(labels, value), figures);
    },
  });
}

/** One reading for all who ask within `ms` of it. */
function keptFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { at: number; reading: Promise<T> } | undefined;
  return () => {
    if (kept === undefined || performance.now() - kept.at >= ms)
      kept = { at: performance.now(), reading: read() };
    return kept.reading;
  };
}
