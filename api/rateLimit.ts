import { createHash } from "node:crypto";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, MiddlewareHandler } from "hono";
import { rateLimiter } from "hono-rate-limiter";
import { DomainError } from "../domain/errors.ts";
import type { AppEnv } from "./deps.ts";

/**
 * So many requests a minute per key, counted in this process's memory: with several API processes each allows
 * as many. A wrong key counts for itself, so nobody uses up the allowance of another; without one the peer counts.
 * Headers as draft-ietf-httpapi-ratelimit-headers-07.
 */
export function limitRate(perMinute: number): MiddlewareHandler<AppEnv> {
  return rateLimiter<AppEnv>({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: "draft-7",
    keyGenerator: (c) =>
      createHash("sha256")
        .update(c.req.header("authorization") ?? peer(c))
        .digest("base64"),
    handler: () => {
      throw new DomainError("rate_limited", `This key has used its ${perMinute} requests of this minute.`, {
        fix: "Wait as long as Retry-After says.",
      });
    },
  }) as unknown as MiddlewareHandler<AppEnv>;
}

/** Behind no listener, as in tests, all without a key share one allowance. */
function peer(c: Context<AppEnv>): string {
  const bindings = c.env as { incoming?: unknown } | undefined;
  return bindings?.incoming ? (getConnInfo(c).remote.address ?? "") : "";
}
