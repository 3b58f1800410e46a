import { createServer } from "node:http";
import type { Pool } from "pg";
import { collectDefaultMetrics, Gauge, register } from "prom-client";

/**
 * Serves /metrics of a process without an API, and /readyz: 200 once it works. Port 0: neither is served.
 */
export async function serveMetrics(port: number, host: string, pool: Pool) {
  collectDefaultMetrics();
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
