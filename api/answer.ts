import type { Context } from "hono";
import { insertAuditEntry } from "../db/auditLog.ts";
import { inWorkspace, type Tx } from "../db/connect.ts";
import type { ApiDeps, AppEnv } from "./deps.ts";
import { once } from "./idempotency.ts";
import { problemOf } from "./problem.ts";
import {
  type AnySpec,
  type AskCall,
  type AuditDetails,
  type Call,
  type ConsultCall,
  changes,
  keepsAnswer,
  type StreamCall,
  statusOfAnswer,
} from "./routeSpec.ts";

/** One request of a JSON route: its work, its audit entry and its kept answer stand or fall together. */
export async function answerJson(
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

/** As nginx has it in its logs; no client sees it. */
const CLIENT_GONE = 499 as 400;

/** One request of a route that asks somebody outside, and changes nothing. */
export async function answerAsked(
  c: Context<AppEnv>,
  deps: ApiDeps,
  spec: AnySpec,
  handle: (call: AskCall<unknown, unknown, unknown>) => Promise<unknown>,
): Promise<Response> {
  const { auth, requestId } = c.var;
  const { signal } = c.req.raw;
  const input = {
    params: valid(c, "param"),
    query: valid(c, "query"),
    body: spec.body && valid(c, "json"),
  };
  try {
    const answer = await handle({
      auth,
      requestId,
      signal,
      audit: () => {},
      inWorkspace: withinOf(deps, c),
      ...input,
    });
    return c.json(spec.answer?.parse(answer));
  } catch (error) {
    // Whoever asked has gone: nobody is there to be told, and nothing is wrong.
    if (signal.aborted) return c.body(null, CLIENT_GONE);
    throw error;
  }
}

/** One request of a JSON route that asks somebody outside before its work; a repeated one asks again, and changes once. */
export async function answerConsulted(
  c: Context<AppEnv>,
  deps: ApiDeps,
  spec: AnySpec,
  consult: (call: ConsultCall<unknown, unknown, unknown>) => Promise<unknown>,
  handle: (call: Call<unknown, unknown, unknown> & { consulted: unknown }) => Promise<unknown>,
): Promise<Response> {
  const { auth, requestId } = c.var;
  const { signal } = c.req.raw;
  const inputs = {
    params: valid(c, "param"),
    query: valid(c, "query"),
    body: spec.body && valid(c, "json"),
  };
  try {
    const consulted = await consult({ auth, requestId, signal, inWorkspace: withinOf(deps, c), ...inputs });
    return await answerJson(c, deps, spec, (call) => handle({ ...call, consulted }));
  } catch (error) {
    if (signal.aborted) return c.body(null, CLIENT_GONE);
    throw error;
  }
}

/** One request of a route that reads or writes its body itself; the audit entry follows the work. */
export async function answerStream(
  c: Context<AppEnv>,
  deps: ApiDeps,
  spec: AnySpec,
  handle: (call: StreamCall<unknown, unknown>) => Promise<Response>,
): Promise<Response> {
  const auth = c.var.auth;
  const within = withinOf(deps, c);
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

/** Transactions in the workspace of whoever asks. */
function withinOf(deps: ApiDeps, c: Context<AppEnv>) {
  return <T>(work: (tx: Tx) => Promise<T>) => inWorkspace(deps.db, c.var.auth.workspaceId, work);
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
