import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "@hono/zod-openapi";
import { DomainError, type ErrorCode } from "../domain/errors.ts";
import type { AppEnv } from "./deps.ts";
import { codedError, problemType, SCHEMA_STATUS, statusOf, titleOf } from "./errors.ts";
import type { Problem } from "./schemas.ts";

type Fault = z.core.$ZodIssue;

/** The problem document of an error; a fault of ours says nothing but that it is one. */
export function problemOf(error: unknown, requestId: string): Problem {
  const coded = codedError(error) ?? codedHttpError(error);
  if (!coded) {
    return {
      type: problemType("internal"),
      code: "internal",
      title: "Something went wrong on our side",
      status: 500,
      detail: "The request was not carried out.",
      fix: "Try again; if it goes on, report the request_id.",
      request_id: requestId,
    };
  }
  const { errors, ...details } = coded.details ?? {};
  return {
    type: problemType(coded.code),
    code: coded.code,
    title: titleOf[coded.code],
    status: coded instanceof SchemaError ? SCHEMA_STATUS : statusOf[coded.code],
    detail: coded.message,
    ...(coded.field !== undefined && { field: coded.field }),
    ...(coded.fix !== undefined && { fix: coded.fix }),
    ...(Array.isArray(errors) && { errors }),
    ...(Object.keys(details).length > 0 && { details }),
    request_id: requestId,
  };
}

/** A fault for the log: what it is and where, without the database's message, which quotes values. */
export function faultOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, stack = "", cause } = error;
  const code = "code" in error ? error.code : undefined;
  const isDatabase = "severity" in error;
  return {
    type: error.constructor.name || name,
    ...(code !== undefined && { code }),
    ...(!isDatabase && { message: error.message }),
    at: stack
      .split("\n")
      .filter((line) => /^ +at /.test(line))
      .slice(0, 12)
      .map((line) => line.trim()),
    ...(cause !== undefined && { cause: faultOf(cause) }),
  };
}

/** The path exists, the method does not: only HTTP knows this, so it has no code in domain/. */
export function methodProblem(allowed: readonly string[], requestId: string): Problem {
  return {
    type: problemType("method_not_allowed"),
    code: "method_not_allowed",
    title: "This path does not take this method",
    status: 405,
    detail: "The path exists, with other methods.",
    fix: `Use ${allowed.join(" or ")}.`,
    request_id: requestId,
  };
}

/** Sends a problem document; waiting times of a refusal that passes go into Retry-After. */
export function problemResponse(c: Context<AppEnv>, problem: Problem): Response {
  const retryAfter =
    problem.status === 503 && !c.res.headers.has("Retry-After") ? { "Retry-After": "5" } : {};
  const challenge = problem.status === 401 ? { "WWW-Authenticate": 'Bearer realm="campanile"' } : {};
  return c.body(JSON.stringify(problem), problem.status as 400, {
    "Content-Type": "application/problem+json",
    ...retryAfter,
    ...challenge,
  });
}

/** The request does not have the form that the document shows. */
class SchemaError extends DomainError {}

/**
 * What a schema found, as one `validation` that names each field as the client wrote it. Rules that a schema cannot
 * show (one field against another, a phone number) are refusals of the meaning, not of the form.
 */
export function validationError(where: string, found: readonly Fault[]): DomainError {
  const faults = found.flatMap(nearest);
  const shown = faults.some((fault) => isShown(where, fault));
  const Refusal = shown ? SchemaError : DomainError;
  const errors = faults
    .slice(0, 50)
    .map((fault) => ({ field: fieldOf(where, fault), detail: fault.message }));
  const [first = { field: where, detail: "is not valid" }] = errors;
  return new Refusal("validation", `${first.field}: ${first.detail}`, {
    field: first.field,
    fix: "Correct the fields named in errors; /docs shows what each takes.",
    details: { errors },
  });
}

/** Where several forms are allowed and none fits: what is wrong by the one that was meant, which is read furthest. */
function nearest(fault: Fault): Fault[] {
  if (fault.code !== "invalid_union") return [fault];
  const forms = fault.errors.map((faults) => faults.flatMap(nearest));
  const depth = (faults: readonly Fault[]) => Math.max(...faults.map((one) => one.path.length));
  const meant = forms.filter((faults) => depth(faults) > 0).toSorted((a, b) => depth(b) - depth(a))[0];
  return meant === undefined ? [fault] : meant.map((one) => ({ ...one, path: [...fault.path, ...one.path] }));
}

/** Whether the document's schema says it: blank text, keys of a map, fields of a form and JSON in a parameter it cannot. */
function isShown(where: string, fault: Fault): boolean {
  if (where === "form" || (where === "query" && pathOf(fault).length > 1)) return false;
  if (fault.code === "too_small" && fault.origin === "string") return false;
  return fault.code !== "custom" && fault.code !== "invalid_key";
}

/** Down to a key that nobody knows. */
const pathOf = (fault: Fault) =>
  fault.code === "unrecognized_keys" ? [...fault.path, fault.keys[0] ?? ""] : fault.path;

/** `contact_ids[3]`, or `body`, `query`, `path` where the whole is at fault. */
function fieldOf(where: string, fault: Fault): string {
  const text = pathOf(fault)
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  return text.replace(/^\./, "") || where;
}

const httpCodes: Record<number, [ErrorCode, string]> = {
  400: ["validation", "The body is not valid JSON."],
  413: ["too_large", "The body is larger than this route takes."],
  415: ["unsupported", "The body's content type is not one that this route takes."],
};

function codedHttpError(error: unknown): DomainError | undefined {
  if (!(error instanceof HTTPException)) return undefined;
  const [code, message] = httpCodes[error.status] ?? [];
  const Refusal = code === "validation" ? SchemaError : DomainError;
  return code && new Refusal(code, message ?? error.message, { cause: error });
}
