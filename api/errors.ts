import { DomainError, type ErrorCode } from "../domain/errors.ts";

/**
 * The one place where a code becomes a status. What the schemas of a route refuse is 400 (`SCHEMA_STATUS`);
 * 422 is for what has the right form and cannot be carried out as it is.
 */
export const statusOf = {
  validation: 422,
  not_found: 404,
  conflict: 409,
  state_conflict: 409,
  unauthorized: 401,
  forbidden: 403,
  gone: 410,
  rate_limited: 429,
  too_large: 413,
  unsupported: 415,
  idempotency_mismatch: 422,
  idempotency_in_progress: 409,
  provider_unavailable: 502,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

export const SCHEMA_STATUS = 400;

export const titleOf: Record<ErrorCode, string> = {
  validation: "The request is not valid",
  not_found: "There is no such thing here",
  conflict: "It collides with something that exists",
  state_conflict: "Its state does not allow this now",
  unauthorized: "No valid key was given",
  forbidden: "The key's role does not allow this",
  gone: "It existed and is gone",
  rate_limited: "Too many requests",
  too_large: "The request is too large",
  unsupported: "This content type is not taken here",
  idempotency_mismatch: "This Idempotency-Key was used for another request",
  idempotency_in_progress: "The request of this Idempotency-Key is still in work",
  provider_unavailable: "The provider did not accept this",
  unavailable: "A part of the system is not available",
};

export const problemType = (code: ErrorCode | "internal" | "method_not_allowed") =>
  `urn:campanile:problem:${code}`;

/**
 * Refusals of PostgreSQL that a client can cause or mend, by SQLSTATE (PostgreSQL 18, Appendix A).
 * Its own message may quote values, so it stays in `cause` and reaches neither client nor log.
 */
const databaseRefusals: Record<string, () => DomainError> = {
  "22021": nulCharacter,
  "22P05": nulCharacter,
  "22P02": () => new DomainError("validation", "A value does not have the form of its field."),
  "22003": () => new DomainError("validation", "A number is out of range."),
  "22007": () => new DomainError("validation", "A date or time cannot be read."),
  "22009": () => new DomainError("validation", "A time zone is out of range."),
  "22008": () => new DomainError("validation", "A date or time is out of range."),
  "23503": () => new DomainError("conflict", "It refers to something that is not there, or is referred to."),
  "23505": () => new DomainError("conflict", "Another one has the same name or address."),
  "40001": () => unavailable("The request collided with another one."),
  "40P01": () => unavailable("The request collided with another one."),
  "25006": () => unavailable("The database takes no changes at the moment."),
  "53300": () => unavailable("The database has no free connection."),
  "57014": () => unavailable("The database took too long."),
};

function nulCharacter(): DomainError {
  return new DomainError("validation", "A text holds a character that cannot be stored.", {
    fix: "Remove NUL characters (\\u0000) and lone surrogates.",
  });
}

function unavailable(message: string): DomainError {
  return new DomainError("unavailable", message, { fix: "Try again in a few seconds." });
}

const CONNECTION_LOST = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND"]);

/** The coded error behind whatever was thrown; undefined where it is a fault of ours. */
export function codedError(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (
    /^(08|57P)/.test(code) ||
    CONNECTION_LOST.has(code) ||
    /connection t(erminated|imeout)|timeout exceeded when/i.test(error.message)
  ) {
    return unavailable("The database cannot be reached.");
  }
  return databaseRefusals[code]?.();
}
