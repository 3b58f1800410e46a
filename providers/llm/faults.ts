import type { ModelFault } from "../../domain/language/providers.ts";
import { LlmError } from "./llm.ts";

/** What both SDKs' errors have, or lack. */
interface Refused {
  status?: number | undefined;
  headers?: Headers | undefined;
}

const LONGEST_WAIT_MS = 3_600_000;

/**
 * Runs a call with a time limit that holds until the whole answer is there: the SDKs' own ends with its first bytes.
 * Their errors may quote what was sent, so only numbers of them go on.
 */
export async function called<T>(
  on: { timeoutMs: number; signal: AbortSignal | undefined },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(on.timeoutMs);
  try {
    return await call(on.signal === undefined ? limit : AbortSignal.any([limit, on.signal]));
  } catch (error) {
    if (error instanceof LlmError) throw error;
    if (on.signal?.aborted === true) throw on.signal.reason;
    if (limit.aborted)
      throw new LlmError("timeout", `The model did not answer within ${on.timeoutMs / 1_000} s`);
    const { status, headers } = error as Refused;
    if (typeof status !== "number") throw new LlmError("unreachable", "The model's provider does not answer");
    throw new LlmError(faultOf(status), `The model's provider answered with HTTP ${status}`, {
      retryAfterMs: retryAfter(headers),
    });
  }
}

function faultOf(status: number): ModelFault {
  if (status === 429) return "rate_limited";
  if (status === 401) return "unauthorized";
  if (status === 408 || status >= 500) return "overloaded";
  return "rejected";
}

/** Seconds, or a date: RFC 9110 §10.2.3. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const given = headers?.get("retry-after");
  if (given == null || given === "") return undefined;
  const ms = /^\d+(\.\d+)?$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}
