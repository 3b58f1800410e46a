import { OpenAPIHono } from "@hono/zod-openapi";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { DomainError } from "../domain/errors.ts";
import type { ApiDeps, AppEnv } from "./deps.ts";
import { problemOf, problemResponse, validationError } from "./problem.ts";
import { createApi, type Routes } from "./route.ts";
import { workspaceRoutes } from "./routes/workspace.ts";

const resources: Routes[] = [workspaceRoutes];

const whereOf = { json: "body", query: "query", param: "path", header: "headers" } as Record<string, string>;

export type App = OpenAPIHono<AppEnv>;

/** The whole HTTP interface over what it is given; listens nowhere itself. */
export function createApp(deps: ApiDeps): App {
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success)
        throw validationError(whereOf[result.target] ?? result.target, result.error.issues);
    },
  });
  app.use(requestId(), secureHeaders());
  app.onError((error, c) => {
    const problem = problemOf(error, c.var.requestId);
    if (problem.status >= 500) deps.log.error({ err: error, request_id: c.var.requestId }, "request failed");
    return problemResponse(c, problem);
  });
  app.notFound((c) =>
    problemResponse(c, problemOf(new DomainError("not_found", "No such path."), c.var.requestId)),
  );

  const api = createApi(app, deps);
  for (const routes of resources) routes(api, deps);

  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Campanile", version: "1" },
    servers: [{ url: "/" }],
  });
  return app;
}
