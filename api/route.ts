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
 * `stream` is for bodies and answers that are no JSON: it gives `inWorkspace` in place of `tx`, and the
 * handler returns a Response.
 */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { inWorkspace, type Tx } from "../db/connect.ts";
import { insertAuditEntry } from "../db/auditLog.ts";
import { DomainError, type ErrorCode } from "../domain/errors.ts";
import { roleAllows } from "../domain/roles.ts";
import { type Auth, authenticate } from "./auth.ts";
import type { ApiDeps, AppEnv } from "./deps.ts";
import { errorResponses } from "./errorResponses.ts";
import { once } from "./idempotency.ts";
import { problemOf } from "./problem.ts";
import { leastRole, type OperationId } from "./roles.ts";

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

export interface RouteSpec<P, Q, B, A> {
  operationId: OperationId;
  method: "get" | "post" | "put" | "patch" | "delete";
  path: `/v1/${string}`;
  tag: string;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: B;
  /** 200 where there is an answer, else 204. */
  status?: 200 | 201 | 202 | 204;
  answer?: A;
  errors?: readonly ErrorCode[];
  /** False for a POST that only looks: no audit entry, no Idempotency-Key. */
  changes?: false;
}

export interface StreamSpec<P, Q> extends Omit<RouteSpec<P, Q, never, never>, "body" | "answer"> {
  /** Media types of the body, each with its OpenAPI schema; none of them is read for the handler. */
  consumes?: Record<string, { schema: object; example?: unknown }>;
  /** Media type and schema of the answer. */
  produces?: Record<string, { schema: z.ZodType | object; example?: unknown }>;
}

/** What the audit entry of this request says beyond the operation's name. Nothing of a person in it. */
export interface AuditDetails {
  subject_kind?: string;
  subject_id?: string;
  change?: Record<string, unknown>;
}

interface CallBase<P, Q> {
  auth: Auth;
  params: P;
  query: Q;
  audit(details: AuditDetails): void;
  requestId: string;
}

export interface Call<P, Q, B> extends CallBase<P, Q> {
  body: B;
  tx: Tx;
}

export interface StreamCall<P, Q> extends CallBase<P, Q> {
  c: Context<AppEnv>;
  inWorkspace<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** What a row may be where a schema says more than the database's types do: text for one of its words, any JSON. */
type Loose<T> = T extends string
  ? string
  : T extends Date | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Loose<Item>[]
      : T extends object
        ? string extends keyof T
          ? unknown
          : { [K in keyof T]: Loose<T[K]> }
        : T;

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
  stream<P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing>(
    spec: StreamSpec<P, Q>,
    handle: (call: StreamCall<z.output<P>, z.output<Q>>) => Promise<Response>,
  ): void;
}

/** A file of routes. */
export type Routes = (api: Api, deps: ApiDeps) => void;

type AnySpec = RouteSpec<z.ZodObject, z.ZodObject, z.ZodType, z.ZodType> &
  Pick<StreamSpec<never, never>, "consumes" | "produces">;

export function createApi(app: OpenAPIHono<AppEnv>, deps: ApiDeps): Api {
  return {
    app,
    route(spec, handle) {
      const any = spec as unknown as AnySpec;
      register(app, deps, any, (c) => answerJson(c, deps, any, handle as never));
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
  const limit = bodyLimit({ maxSize: MAX_JSON_BYTES, onError: refuseSize });
  return spec.body ? [authorize, limit, needBody] : [authorize, limit];
}

/** Without this a request without a body would pass as one with an empty object. */
const needBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if ((await c.req.text()) === "") throw new HTTPException(400);
  await next();
};

function refuseSize(): never {
  throw new DomainError("too_large", "The body is larger than 1 MB.", {
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
    ...(keepsAnswer(spec) ? (["idempotency_in_progress", "idempotency_mismatch"] as const) : []),
    ...(spec.body || spec.consumes ? (["too_large", "unsupported"] as const) : []),
    ...(spec.errors ?? []),
    "rate_limited",
    "unavailable",
  ];
}

const statusOfAnswer = (spec: AnySpec) => spec.status ?? (spec.answer || spec.produces ? 200 : 204);
const changes = (spec: AnySpec) => spec.method !== "get" && spec.changes !== false;
const keepsAnswer = (spec: AnySpec) =>
  spec.method === "post" && changes(spec) && !spec.consumes && !spec.produces;

async function answerJson(
  c: Context<AppEnv>,
  deps: ApiDeps,
  spec: AnySpec,
  handle: (call: Call<unknown, unknown, unknown>) => Promise<unknown>,
): Promise<Response> {
  const auth = c.var.auth;
  const requestId = c.var.requestId;
  const key = keepsAnswer(spec) ? c.req.header("idempotency-key") : undefined;
  const raw = key === undefined ? "" : await c.req.text();
  const { status, body, replayed } = await inWorkspace(deps.db, auth.workspaceId, async (tx) => {
    const work = async () => {
      const entry: AuditDetails = {};
      const audit = (details: AuditDetails) => void Object.assign(entry, details);
      const input = {
        params: valid(c, "param"),
        query: valid(c, "query"),
        body: spec.body && valid(c, "json"),
      };
      const answer = await handle({ auth, tx, audit, requestId, ...input });
      const shown = spec.answer?.parse(answer);
      if (changes(spec)) await writeAudit(tx, c, spec, entry, shown);
      return { status: statusOfAnswer(spec), body: shown === undefined ? "" : JSON.stringify(shown) };
    };
    if (key === undefined) return { ...(await work()), replayed: false };
    const request = {
      workspaceId: auth.workspaceId,
      key,
      route: `${c.req.method} ${c.req.path}`,
      body: raw,
      sealingKey: deps.sealingKey,
    };
    return once(tx, request, work, (refusal) => JSON.stringify(problemOf(refusal, requestId)));
  });
  if (changes(spec) && !replayed) deps.kick();
  if (replayed) c.header("Idempotent-Replayed", "true");
  if (body === "") return c.body(null, status as 204);
  return c.body(body, status as 200, {
    "Content-Type": status >= 400 ? "application/problem+json" : "application/json",
  });
}

async function answerStream(
  c: Context<AppEnv>,
  deps: ApiDeps,
  spec: AnySpec,
  handle: (call: StreamCall<unknown, unknown>) => Promise<Response>,
): Promise<Response> {
  const auth = c.var.auth;
  const within = <T>(work: (tx: Tx) => Promise<T>) => inWorkspace(deps.db, auth.workspaceId, work);
  const entry: AuditDetails = {};
  const audit = (details: AuditDetails) => void Object.assign(entry, details);
  const input = { params: valid(c, "param"), query: valid(c, "query") };
  const response = await handle({
    c,
    auth,
    audit,
    requestId: c.var.requestId,
    inWorkspace: within,
    ...input,
  });
  if (changes(spec)) {
    await within((tx) => writeAudit(tx, c, spec, entry, undefined));
    deps.kick();
  }
  return response;
}

function valid(c: Context<AppEnv>, target: "param" | "query" | "json"): unknown {
  return (c.req.valid as (target: string) => unknown)(target) ?? {};
}

async function writeAudit(tx: Tx, c: Context<AppEnv>, spec: AnySpec, entry: AuditDetails, answer: unknown) {
  const auth = c.var.auth;
  const made = (answer as { id?: string } | undefined)?.id;
  await insertAuditEntry(tx, {
    workspace_id: auth.workspaceId,
    actor_kind: "api_key",
    actor_id: auth.keyId,
    action: spec.operationId,
    subject_kind: entry.subject_kind ?? spec.tag.toLowerCase(),
    subject_id: entry.subject_id ?? c.req.param("id") ?? made ?? auth.workspaceId,
    change: entry.change ?? {},
    request_id: c.var.requestId,
  });
}
