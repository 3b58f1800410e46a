import { MOST_CALL_BYTES } from "../../domain/email/attachments.ts";
import type { MailFault } from "../mail.ts";
import type { HttpAnswer, ProviderHttp } from "../http.ts";

export interface SendGridAccount {
  apiKey: string;
  /** Instead of SendGrid's own address: the sandbox. */
  baseUrl: string | null;
}

const SENDGRID = "https://api.sendgrid.com";

/** SendGrid has said no: a status of 400 to 499, with what it says of each field. */
export class RefusedError extends Error {
  readonly status: number;
  readonly faults: readonly MailFault[];
  readonly retryAfterMs: number | null;
  constructor(status: number, faults: readonly MailFault[], retryAfterMs: number | null = null) {
    super(`SendGrid refused: HTTP ${status}`);
    this.status = status;
    this.faults = faults;
    this.retryAfterMs = retryAfterMs;
  }
}

/** SendGrid has answered, but not whether it did what it was asked. */
export class UnclearError extends Error {
  constructor(status: number) {
    super(`SendGrid gave no clear answer: HTTP ${status}`);
  }
}

export interface SendGridRequest {
  method?: string;
  url?: string;
  body?: unknown;
}

export type SendGridCall = (
  request: SendGridRequest,
) => Promise<[{ statusCode: number; body: unknown; headers: HttpAnswer["headers"] }, unknown]>;

/**
 * What SendGrid's library calls its client: over our HTTP, as its own neither keeps a deadline nor keeps the key out of
 * its errors. Rejects with RefusedError, UnclearError, NotSentError or NoAnswerError; none of them names anybody.
 */
export function sendGridCall(account: SendGridAccount, http: ProviderHttp): SendGridCall {
  const headers = { accept: "application/json", authorization: `Bearer ${account.apiKey}` };
  return async ({ method = "GET", url = "", body: given }) => {
    const body = given === undefined ? null : JSON.stringify(given);
    if (body !== null && Buffer.byteLength(body) > MOST_CALL_BYTES) throw new RefusedError(413, []);
    const answer = await http.request(new URL(url, account.baseUrl ?? SENDGRID), {
      method,
      headers: body === null ? headers : { ...headers, "content-type": "application/json" },
      body,
    });
    const said = parsed(answer.body);
    if (answer.statusCode >= 200 && answer.statusCode < 300)
      return [{ statusCode: answer.statusCode, body: said, headers: answer.headers }, said];
    if (answer.statusCode >= 400 && answer.statusCode < 500)
      throw new RefusedError(answer.statusCode, faultsOf(said), waitOf(answer));
    throw new UnclearError(answer.statusCode);
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // An empty body is usual; a page of a proxy says nothing that could be sorted.
    return null;
  }
}

function faultsOf(said: unknown): MailFault[] {
  const { errors } = (said ?? {}) as { errors?: unknown };
  if (!Array.isArray(errors)) return [];
  return errors.map((one: { field?: unknown; message?: unknown } | null) => ({
    field: typeof one?.field === "string" ? one.field : null,
    message: typeof one?.message === "string" ? one.message : "",
  }));
}

/** SendGrid says when its next window begins, in epoch seconds; a proxy may say Retry-After. */
function waitOf({ statusCode, headers }: HttpAnswer): number | null {
  if (statusCode !== 429) return null;
  const after = Number(headers["retry-after"] ?? Number.NaN);
  if (Number.isFinite(after)) return after * 1_000;
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1_000 - Date.now()) : null;
}
