import { AsyncLocalStorage } from "node:async_hooks";
import type { Socket } from "node:net";
import { buildConnector, type Dispatcher, Pool } from "undici";

/** The call was not written before its deadline, or there was no connection to write it to: nothing has left us. */
export class NotSentError extends Error {
  readonly why: "deadline" | "no_connection";
  constructor(why: "deadline" | "no_connection") {
    super(`The request was not written: ${why}`);
    this.why = why;
  }
}

/** The call was written and no answer came: it may have had its effect. */
export class NoAnswerError extends Error {
  readonly why: "timeout" | "reset";
  constructor(why: "timeout" | "reset") {
    super(`The request was written but not answered: ${why}`);
    this.why = why;
  }
}

/** What one call carries beside its request, as SDKs have no room for it: its deadline in, the wait it is told to keep out. */
export interface CallContext {
  /** A moment of performance.now(); a request that is not written to a connected socket by then is not made. */
  deadline: number;
  retryAfterMs: number | null;
}

const calls = new AsyncLocalStorage<CallContext>();

export function inCall<T>(context: CallContext, call: () => Promise<T>): Promise<T> {
  return calls.run(context, call);
}

export interface HttpAnswer {
  statusCode: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

/** Of a body's characters, how many are given a millisecond more to arrive: a slow line carries 8 Mbit/s. */
const PER_MS = 1_000;

/**
 * HTTP to providers: one pool per origin, as many connections as calls in flight, no retries, deadlines checked as the
 * bytes are written.
 */
export class ProviderHttp {
  readonly #pools = new Map<string, Pool>();
  readonly #connections: number;
  readonly #timeoutMs: number;

  constructor(options: { connections: number; timeoutMs: number }) {
    this.#connections = options.connections;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Any status is an answer. Rejects with NotSentError or NoAnswerError, which say nothing of what was asked. */
  request(
    url: URL,
    given: { method: string; headers: Record<string, string>; body: string | null },
  ): Promise<HttpAnswer> {
    const context = calls.getStore();
    const deadline = context?.deadline ?? Number.POSITIVE_INFINITY;
    const timeoutMs = this.#timeoutMs + Math.floor((given.body?.length ?? 0) / PER_MS);
    const options = {
      ...given,
      method: given.method as Dispatcher.HttpMethod,
      path: url.pathname + url.search,
    };
    return new Promise((resolve, reject) => {
      let written = false;
      let timer: NodeJS.Timeout | undefined;
      let statusCode = 0;
      let headers: HttpAnswer["headers"] = {};
      const chunks: Buffer[] = [];
      this.#pool(url.origin).dispatch(options, {
        onRequestStart(controller) {
          // The same tick goes on to write the request to the socket: this check is the last thing before it.
          if (performance.now() > deadline) return controller.abort(new NotSentError("deadline"));
          written = true;
          timer = setTimeout(() => controller.abort(new NoAnswerError("timeout")), timeoutMs);
        },
        onResponseStart(_controller, status, responseHeaders) {
          statusCode = status;
          headers = responseHeaders;
          if (context !== undefined) context.retryAfterMs = retryAfter(responseHeaders["retry-after"]);
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve({ statusCode, body: Buffer.concat(chunks).toString("utf8"), headers });
        },
        onResponseError(_controller, error) {
          clearTimeout(timer);
          if (error instanceof NotSentError || error instanceof NoAnswerError) return reject(error);
          reject(written ? new NoAnswerError("reset") : new NotSentError("no_connection"));
        },
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: this.#connections,
        pipelining: 1,
        connect: resettingConnector(),
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: 30_000,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}

/**
 * Connections that are reset, not closed, when a call is given up: what the kernel still holds of it is dropped
 * rather than sent later. TLS runs over a socket of ours for the same reason.
 */
function resettingConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: 5_000, keepAlive: true, allowH2: false });
  return (options, callback) => {
    const port = options.port || (options.protocol === "https:" ? "443" : "80");
    connect({ ...options, port, protocol: "http:" }, (error, socket) => {
      if (error !== null) return callback(error, null);
      const raw = socket as Socket;
      if (options.protocol !== "https:") {
        resetOnError(raw, raw);
        return callback(null, raw);
      }
      connect({ ...options, port, httpSocket: raw }, (tlsError, secure) => {
        if (tlsError !== null) return callback(tlsError, null);
        resetOnError(secure as Socket, raw);
        callback(null, secure);
      });
    });
  };
}

function resetOnError(outer: Socket, raw: Socket): void {
  const destroy = outer.destroy.bind(outer);
  outer.destroy = (error?: Error) => {
    if (error !== undefined && !raw.destroyed) raw.resetAndDestroy();
    return destroy(error);
  };
}

/** Providers give seconds; anything else counts as nothing said. */
function retryAfter(header: string | string[] | undefined): number | null {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) ? seconds * 1000 : null;
}
