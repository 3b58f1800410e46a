import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Tx } from "../db/connect.ts";
import type { ErrorCode } from "../domain/errors.ts";
import type { Auth } from "./auth.ts";
import type { AppEnv } from "./deps.ts";
import type { OperationId } from "./roles.ts";

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
  /** Of the body, where 1 MB is too little. */
  maxBytes?: number;
  /** 200 where there is an answer, else 204. */
  status?: 200 | 201 | 202 | 204;
  answer?: A;
  errors?: readonly ErrorCode[];
  /** False for a POST that only looks: no audit entry, no Idempotency-Key. */
  changes?: false;
}

export interface StreamSpec<P, Q>
  extends Omit<RouteSpec<P, Q, never, never>, "body" | "answer" | "maxBytes"> {
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

/** Of a route that asks somebody outside: no transaction is held meanwhile. */
export interface AskCall<P, Q, B> extends CallBase<P, Q> {
  body: B;
  /** Ends with the request, where the client goes away. */
  signal: AbortSignal;
  /** For what has to be looked up before or after the question, never around it. */
  inWorkspace<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** The first half of a route that asks somebody outside and then changes something by the answer. */
export type ConsultCall<P, Q, B> = Omit<AskCall<P, Q, B>, "audit">;

export interface StreamCall<P, Q> extends CallBase<P, Q> {
  c: Context<AppEnv>;
  inWorkspace<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** What a row may be where a schema says more than the database's types do: text for one of its words, any JSON. */
export type Loose<T> = T extends string
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

/** Any route, once its types have done their work. */
export type AnySpec = RouteSpec<z.ZodObject, z.ZodObject, z.ZodType, z.ZodType> &
  Pick<StreamSpec<never, never>, "consumes" | "produces">;

export const statusOfAnswer = (spec: AnySpec) => spec.status ?? (spec.answer || spec.produces ? 200 : 204);
export const changes = (spec: AnySpec) => spec.method !== "get" && spec.changes !== false;
export const keepsAnswer = (spec: AnySpec) =>
  spec.method === "post" && changes(spec) && !spec.consumes && !spec.produces;
