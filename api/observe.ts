import type { MiddlewareHandler } from "hono";
import { collectDefaultMetrics, Histogram, type Registry } from "prom-client";
import type { Logger } from "pino";
import type { AppEnv } from "./deps.ts";

/**
 * One log line and one measurement per request, by the path's pattern: no path, no query and no body, because
 * they carry ids at best and numbers at worst.
 */
export function observe(log: Logger, registry: Registry): MiddlewareHandler<AppEnv> {
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Duration of HTTP requests by route and status.",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  return async (c, next) => {
    const start = performance.now();
    await next();
    const seconds = (performance.now() - start) / 1000;
    const method = KNOWN_METHODS.has(c.req.method) ? c.req.method : "other";
    const route = c.get("pattern") ?? "other";
    durations.observe({ method, route, status: c.res.status }, seconds);
    const auth = c.get("auth");
    log.info(
      {
        method,
        route,
        status: c.res.status,
        ms: Math.round(seconds * 1000),
        request_id: c.var.requestId,
        ...(auth && { workspace_id: auth.workspaceId, key_id: auth.keyId }),
      },
      "request",
    );
  };
}

const KNOWN_METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);
