import { Scalar } from "@scalar/hono-api-reference";
import { DomainError } from "../domain/errors.ts";
import type { App } from "./deps.ts";
import { EmailField } from "./emailInput.ts";
import { BanRisk } from "./routes/banRisk.ts";
import { FilterBody } from "./segmentFilterSchema.ts";

const info = {
  title: "Campanile",
  version: "1",
  description: [
    "Campaigns, conversations and the people behind them. Every request carries `Authorization: Bearer cmp_…`.",
    "",
    "- Errors are problem documents (RFC 9457): branch on `code`, read `fix`.",
    "- Lists are paged: send `next_cursor` as `cursor` until it is null.",
    "- A POST that creates or starts takes an `Idempotency-Key`: the same key and body get the same answer for 24 hours.",
    "- Times are ISO 8601 with zone. Money is in minor units.",
  ].join("\n"),
};

/**
 * Before any route: a component is written down as it is met first, and the words that stand around it there would hold
 * wherever it is referred to. These are met so in some places.
 */
export function registerComponents({ openAPIRegistry }: App): void {
  openAPIRegistry.register("SegmentFilter", FilterBody);
  openAPIRegistry.register("EmailContent", EmailField);
  openAPIRegistry.register("BanRisk", BanRisk);
}

/** The document at /openapi.json and its reference page at /docs, which needs nothing from elsewhere. */
export function registerDocs(app: App): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An API key: cmp_…",
  });
  let document: object | undefined;
  app.get("/openapi.json", (c) => {
    document ??= app.getOpenAPI31Document({ openapi: "3.1.0", info, servers: [{ url: "/" }] });
    return c.json(document);
  });

  app.use("/docs/*", async (c, next) => {
    await next();
    // The page's own script and styles are inline; nothing is loaded from another host.
    c.header(
      "Content-Security-Policy",
      "default-src 'self' 'unsafe-inline' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    );
  });
  app.get(
    "/docs",
    Scalar({
      url: "/openapi.json",
      cdn: "/docs/scalar.js",
      pageTitle: "Campanile API",
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      // Both would send the document to somebody else.
      agent: { disabled: true },
      mcp: { disabled: true },
    }),
  );
  app.get("/docs/scalar.js", async (c) => {
    script ??= scalarScript();
    return c.body(await script, 200, {
      "Content-Type": "text/javascript; charset=utf-8",
      "Cache-Control": "public, max-age=86400",
    });
  });
}

let script: Promise<string> | undefined;

type Route = { url: string; handler(request: unknown, reply: object): unknown };

/**
 * Scalar's browser bundle. The one package that carries it without the 290 that it is built from is the plugin for
 * Fastify, so that plugin is shown just enough of a Fastify to hand the file over.
 */
async function scalarScript(): Promise<string> {
  const { default: plugin } = await import("@scalar/fastify-api-reference");
  const routes: Route[] = [];
  const fastify = { route: (route: Route) => routes.push(route), hasPlugin: () => false, initialConfig: {} };
  const register = plugin as unknown as (fastify: object, options: object, done: () => void) => void;
  register(fastify, { configuration: { url: "/openapi.json" } }, () => {});
  let sent: unknown;
  const reply = { header: () => reply, send: (body: unknown) => void (sent = body) };
  routes.find((route) => route.url.endsWith(".js"))?.handler({}, reply);
  if (typeof sent !== "string")
    throw new DomainError("unavailable", "The reference page's script is not there.");
  return sent;
}
