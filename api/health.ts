import { type Registry, register } from "prom-client";
import type { App } from "./deps.ts";
import type { ApiDeps } from "./deps.ts";

const PROBE_MS = 3_000;

/** /healthz: the process answers. /readyz: its parts do, or which does not. /metrics: for Prometheus. */
export function registerHealth(app: App, { probes }: Pick<ApiDeps, "probes">, registry: Registry): void {
  app.get("/healthz", (c) => c.json({ status: "ok" }));

  app.get("/readyz", async (c) => {
    const names = Object.keys(probes);
    const states = await Promise.all(names.map((name) => probe(probes[name])));
    const parts = Object.fromEntries(names.map((name, index) => [name, states[index] ? "ok" : "missing"]));
    const ready = states.every(Boolean);
    return c.json({ status: ready ? "ok" : "not ready", parts }, ready ? 200 : 503);
  });

  // What counts by itself, wherever it runs, is in prom-client's own registry: language models.
  app.get("/metrics", async (c) =>
    c.body([await registry.metrics(), await register.metrics()].join("\n"), 200, {
      "Content-Type": registry.contentType,
    }),
  );
}

async function probe(ask: (() => Promise<unknown>) | undefined): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), PROBE_MS);
  // Why a part is missing stands in its own log; the answer here is whether it is there.
  const asked = Promise.resolve(ask?.()).then(
    () => true,
    () => false,
  );
  const there = await Promise.race([asked, late.promise]);
  clearTimeout(timer);
  return there;
}
