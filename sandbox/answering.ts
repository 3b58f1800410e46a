import type { ServerResponse } from "node:http";
import type { RequestFault, Strike } from "./faults.ts";

/** An answer as it goes out, and the name under which it is counted ("2xx", "400:21211", "500"). */
export interface Reply {
  status: number;
  json: string;
  headers?: Record<string, string | number>;
  key: string;
}

/** What is the provider's own about a create: its words, its count, and the create itself. */
export interface Creating {
  /** How the provider words 429, 500 and 503. */
  broken(status: 429 | 500 | 503): Reply;
  /** Counts one answer more or fewer. */
  tally(key: string, by: number): void;
  /** Takes it or refuses it; `answered` names how the caller will be answered where that is not a plain 2xx. */
  create(answered: string | undefined): { accepted: Reply } | { refused: Reply };
  /** Calls back once what was accepted is in the journal. */
  written(callback: () => void): void;
  /** The caller was gone before the answer: it was accepted, but not answered. */
  goneEarly(): void;
}

const AFTER_ACCEPT: Partial<Record<RequestFault, string>> = {
  http_500_after_accept: "500:accepted",
  drop_after_accept: "dropped_after_accept",
  hang_after_accept: "hung_after_accept",
};
const INSTEAD = { http_429: 429, http_500: 500, http_503: 503 } as const;

/**
 * Answers a create, or does to it what a fault demands. It counts as accepted once its line is in the journal;
 * latency comes after that, so a caller who gives up waiting has sent it all the same.
 */
export function answerCreate(response: ServerResponse, strike: Strike, creating: Creating): void {
  const failed = (): Reply => creating.broken(500);
  guarded(response, failed, () => {
    const accepted = createOrRefuse(response, strike, creating);
    if (accepted !== undefined) creating.written(() => guarded(response, failed, accepted));
  });
}

/** What is left to do once what was accepted is in the journal; undefined where nothing was. */
function createOrRefuse(
  response: ServerResponse,
  strike: Strike,
  creating: Creating,
): (() => void) | undefined {
  const { fault, latency, hangMs } = strike;
  const reset = (): void => void response.socket?.resetAndDestroy();
  const hang = (): void => void setTimeout(reset, hangMs).unref();
  const answer = (reply: Reply): void => {
    if (latency === 0) respond(response, reply);
    else setTimeout(() => respond(response, reply), latency);
  };
  const refuse = (reply: Reply): void => {
    creating.tally(reply.key, 1);
    answer(reply);
  };
  if (fault === "drop_before") {
    creating.tally("dropped_before", 1);
    reset();
    return undefined;
  }
  if (fault === "hang") {
    creating.tally("hung_before", 1);
    hang();
    return undefined;
  }
  if (fault === "http_429" || fault === "http_500" || fault === "http_503") {
    refuse(creating.broken(INSTEAD[fault]));
    return undefined;
  }
  const created = creating.create(fault && AFTER_ACCEPT[fault]);
  if ("refused" in created) {
    refuse(created.refused);
    return undefined;
  }
  return () => {
    if (fault === "drop_after_accept") reset();
    else if (fault === "hang_after_accept") hang();
    else if (fault === "http_500_after_accept") answer(creating.broken(500));
    else {
      onGone(response, creating.goneEarly);
      answer(created.accepted);
    }
  };
}

/**
 * Does what a request asks for. An error of the sandbox's own is answered and named in the log: whoever asked would
 * wait for ever otherwise, and take it for a provider that hangs.
 */
export function guarded(response: ServerResponse, failed: () => Reply, work: () => void): void {
  try {
    work();
  } catch (error) {
    const { method, url } = response.req;
    const why = error instanceof Error ? error.stack : String(error);
    process.stderr.write(
      `${JSON.stringify({ msg: "sandbox route failed", route: `${method} ${url}`, error: why })}\n`,
    );
    if (response.headersSent) response.destroy();
    else respond(response, failed());
  }
}

function onGone(response: ServerResponse, gone: () => void): void {
  if (response.destroyed) return gone();
  response.once("close", () => {
    if (!response.writableFinished) gone();
  });
}

export function respond(response: ServerResponse, { status, json, headers }: Reply): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(json) });
  response.end(json);
}
