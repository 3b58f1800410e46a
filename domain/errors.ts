/**
 * The errors of the project. `api/errors.ts` maps a code to a status, `activities/failures.ts` to
 * retryable or not; nothing else decides by it.
 */
export const ERROR_CODES = [
  "validation",
  "not_found",
  "conflict",
  "state_conflict",
  "unauthorized",
  "forbidden",
  "gone",
  "rate_limited",
  "too_large",
  "unsupported",
  "idempotency_mismatch",
  "idempotency_in_progress",
  "provider_unavailable",
  "unavailable",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type ErrorHints = {
  /** Path of the offending field, as the client wrote it: `message.body`, `contact_ids[3]`. */
  field?: string;
  /** What the reader can do about it, as a sentence. */
  fix?: string;
  /** Figures and names for machines. Never a person's name, number, address or text. */
  details?: Record<string, unknown>;
  cause?: unknown;
};

/** A refusal that has a code. Message, field and fix reach logs and clients: no personal data in them. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly fix: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, hints: ErrorHints = {}) {
    super(message, hints.cause === undefined ? undefined : { cause: hints.cause });
    this.code = code;
    this.field = hints.field;
    this.fix = hints.fix;
    this.details = hints.details;
  }
}

/** Narrows an unknown error; with a code, to that code only. */
export function isDomainError(error: unknown, code?: ErrorCode): error is DomainError {
  return error instanceof DomainError && (code === undefined || error.code === code);
}
