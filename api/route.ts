/**
 * How a route is written. A file routes/<resource>.ts exports one function of this form, which app.ts calls:
 *
 *   export const templateRoutes: Routes = ({ route }, deps) => {
 *     route(
 *       {
 *         operationId: "createTemplate",          // its least role stands in roles.ts
 *         method: "post",
 *         path: "/v1/templates",
 *         tag: "Templates",
 *         summary: "Create a template",
 *         body: NewTemplate,                      // z.strictObject(…), with .openapi({ example })
 *         status: 201,
 *         answer: Template,                       // parsed on the way out: what it does not name stays inside
 *         errors: ["conflict"],                   // beside those that every route has
 *       },
 *       async ({ tx, auth, body, audit }) => {
 *         const template = await insertTemplate(tx, { workspace_id: auth.workspaceId, ...body });
 *         audit({ subject_id: template.id, change: { fields: Object.keys(body) } });
 *         return template;
 *       },
 *     );
 *   };
 *
 * Done for it: the key and its role, validation, problem documents, one transaction inside the workspace (`tx`,
 * rolled back when anything is thrown), Idempotency-Key on POST, an audit entry for each change (`audit` only
 * adds to it), `kick` after the commit. Refuse by throwing DomainError.
 * `ask` is for questions to somebody outside, whose answer may take seconds: there is no `tx`, and nothing changes.
 * `consult` is for such a question and a change by its answer: the first function asks without a `tx`, and what it
 * gives is `consulted` in the second one, which has to look again whether things still stand as they did.
 * `stream` is for bodies and answers that are no JSON: it gives `inWorkspace` in place of `tx`, and the
 * handler returns a Response.
 */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { DomainError, type ErrorCode } from "../domain/errors.ts";
import { roleAllows } from "../domain/roles.ts";
import { answerAsked, answerConsulted, answerJson, answerStream } from "./answer.ts";
import { authenticate } from "./auth.ts";
import type { ApiDeps, AppEnv } from "./deps.ts";
import { errorResponses } from "./errorResponses.ts";
import { leastRole } from "./roles.ts";
import {
  type AnySpec,
  type AskCall,
  type Call,
  type ConsultCall,
  keepsAnswer,
  type Loose,
  type RouteSpec,
  type StreamCall,
  type StreamSpec,
  statusOfAnswer,
} from "./routeSpec.ts";

const MAX_JSON_BYTES = 1_000_000;
const IDEMPOTENCY_KEY = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
  .optional()
  .openapi({
    description: "Any text of yours, such as a UUID. The same key and body get the same answer for 24 hours.",
    example: "c0a1d9e2-order-1841",
  });

type Nothing = z.ZodObject<Record<never, never>>;

export interface Api {
  app: OpenAPIHono<AppEnv>;
  route<
    P extends z.ZodObject = Nothing,
    Q extends z.ZodObject = Nothing,
    B extends z.ZodType = z.ZodUndefined,
    A extends z.ZodType = z.ZodVoid,
  >(
    spec: RouteSpec<P, Q, B, A>,
    handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Loose<z.input<A>>>,
  ): void;
  ask<
    P extends z.ZodObject = Nothing,
    Q extends z.ZodObject = Nothing,
    B extends z.ZodType = z.ZodUndefined,
    A extends z.ZodType = z.ZodVoid,
  >(
    spec: RouteSpec<P, Q, B, A> & { changes: false },
    handle: (call: AskCall<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Loose<z.input<A>>>,
  ): void;
  consult<
    T,
    P extends z.ZodObject = Nothing,
    Q extends z.ZodObject = Nothing,
    B extends z.ZodType = z.ZodUndefined,
    A extends z.ZodType = z.ZodVoid,
  >(
    spec: RouteSpec<P, Q, B, A>,
    consult: (call: ConsultCall<z.output<P>, z.output<Q>, z.output<B>>) => Promise<T>,
    handle: (
      call: Call<z.output<P>, z.output<Q>, z.output<B>> & { consulted: T },
    ) => Promise<Loose<z.input<A>>>,
  ): void;
  stream<P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing>(
    spec: StreamSpec<P, Q>,
    handle: (call: StreamCall<z.output<P>, z.output<Q>>) => Promise<Response>,
  ): void;
}

/** A file of routes. */
export type Routes = (api: Api, deps: ApiDeps) => void;

export function createApi(app: OpenAPIHono<AppEnv>, deps: ApiDeps): Api {
  return {
    app,
    route(spec, handle) {
      const any = spec as unknown as AnySpec;
      register(app, deps, any, (c) => answerJson(c, deps, any, handle as never));
    },
    ask(spec, handle) {
      const any = spec as unknown as AnySpec;
      register(app, deps, any, (c) => answerAsked(c, deps, any, handle as never));
    },
    consult(spec, consult, handle) {
      const any = spec as unknown as AnySpec;
      register(app, deps, any, (c) => answerConsulted(c, deps, any, consult as never, handle as never));
    },
    stream(spec, handle) {
      const any = spec as unknown as AnySpec;
      register(app, deps, any, (c) => answerStream(c, deps, any, handle as never));
    },
  };
}

function register(
  app: OpenAPIHono<AppEnv>,
  deps: ApiDeps,
  spec: AnySpec,
  handler: (c: Context<AppEnv>) => Promise<Response>,
) {
  if (!(spec.operationId in leastRole)) throw new Error(`${spec.operationId} has no entry in api/roles.ts`);
  const status = statusOfAnswer(spec);
  const content = spec.answer ? { "application/json": { schema: spec.answer } } : spec.produces;
  const bodyContent = spec.body ? { "application/json": { schema: spec.body } } : spec.consumes;
  app.openapi(
    createRoute({
      operationId: spec.operationId,
      method: spec.method,
      path: spec.path,
      tags: [spec.tag],
      summary: spec.summary,
      description: [spec.description, `Least role: ${leastRole[spec.operationId]}.`]
        .filter(Boolean)
        .join("\n\n"),
      security: [{ bearer: [] }],
      middleware: before(deps, spec),
      request: {
        ...(spec.params && { params: spec.params }),
        ...(spec.query && { query: spec.query }),
        ...(keepsAnswer(spec) && { headers: z.object({ "idempotency-key": IDEMPOTENCY_KEY }) }),
        ...(bodyContent && { body: { required: true, content: bodyContent as never } }),
      },
      responses: {
        [status]: { description: spec.summary, ...(content && { content: content as never }) },
        ...errorResponses(errorsOf(spec)),
      },
    }),
    handler as never,
  );
}

/** Key and role come first, so that who may not ask learns nothing from validation. */
function before(deps: ApiDeps, spec: AnySpec): MiddlewareHandler<AppEnv>[] {
  const authorize: MiddlewareHandler<AppEnv> = async (c, next) => {
    c.set("pattern", spec.path);
    const auth = await authenticate(deps.db, c.req.header("authorization"));
    c.set("auth", auth);
    const least = leastRole[spec.operationId];
    if (!roleAllows(auth.role, least)) {
      throw new DomainError("forbidden", `This needs the role ${least}; the key has ${auth.role}.`, {
        fix: "Use a key with that role, or ask an owner for one.",
      });
    }
    await next();
  };
  if (spec.consumes) return [authorize];
  const maxSize = spec.maxBytes ?? MAX_JSON_BYTES;
  const limit = bodyLimit({ maxSize, onError: () => refuseSize(maxSize) });
  return spec.body ? [authorize, limit, needBody] : [authorize, limit];
}

/** Without this a request without a body would pass as one with an empty object. */
const needBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if ((await c.req.text()) === "") throw new HTTPException(400);
  await next();
};

function refuseSize(maxSize: number): never {
  throw new DomainError("too_large", `The body is larger than ${maxSize / 1_000_000} MB.`, {
    fix: "Send less at once; files go to /v1/imports as a stream.",
  });
}

function errorsOf(spec: AnySpec): ErrorCode[] {
  const takesInput = spec.params || spec.query || spec.body || spec.consumes;
  return [
    ...(takesInput || keepsAnswer(spec) ? (["validation"] as const) : []),
    "unauthorized",
    "forbidden",
    ...(spec.params ? (["not_found"] as const) : []),
    ...(keepsAnswer(spec) ? (["idempotency_in_progress", "idempotency_mismatch", "gone"] as const) : []),
    ...(spec.body || spec.consumes ? (["too_large", "unsupported"] as const) : []),
    ...(spec.errors ?? []),
    "rate_limited",
    "unavailable",
  ];
}
