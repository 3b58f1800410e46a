import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestFault, Strike } from "../faults.ts";
import type { Sandbox } from "../sandbox.ts";
import { opens } from "./access.ts";
import { createMessage } from "./create.ts";
import { type Refusal, refusal, refusalBody } from "./errors.ts";
import { parseForm } from "./form.ts";
import { messageJson } from "./messageJson.ts";

const PATH = /^\/2010-04-01\/Accounts\/(AC[0-9a-zA-Z]{1,64})\/Messages\.json$/;

/** The account a create is for, or undefined where the request is something else. */
export const createPath = (method: string | undefined, url: string): string | undefined =>
  method === "POST" ? PATH.exec(url)?.[1] : undefined;

const AFTER_ACCEPT: Partial<Record<RequestFault, string>> = {
  http_500_after_accept: "500:accepted",
  drop_after_accept: "dropped_after_accept",
  hang_after_accept: "hung_after_accept",
};
const INSTEAD: Partial<Record<RequestFault, number>> = { http_429: 20429, http_500: 20500, http_503: 20503 };

/**
 * The route that is measured, straight on node:http. A message counts as accepted once its line is in the
 * journal; latency comes after that, so a caller who gives up waiting has sent it all the same.
 */
export function handleCreate(
  sandbox: Sandbox,
  accountSid: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const strike = sandbox.faults.ofRequest(true, accountSid);
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    new Answering(sandbox, accountSid, response, strike).run(request.headers.authorization, body);
  });
}

class Answering {
  readonly #sandbox: Sandbox;
  readonly #account: string;
  readonly #response: ServerResponse;
  readonly #strike: Strike;
  readonly #arrivedAt = Date.now();

  constructor(sandbox: Sandbox, account: string, response: ServerResponse, strike: Strike) {
    this.#sandbox = sandbox;
    this.#account = account;
    this.#response = response;
    this.#strike = strike;
  }

  run(authorization: string | undefined, body: Buffer): void {
    const { fault } = this.#strike;
    if (fault === "drop_before") this.#drop("dropped_before");
    else if (fault === "hang") this.#hang("hung_before");
    else if (fault && INSTEAD[fault] !== undefined) this.#refuse(refusal(INSTEAD[fault]));
    else this.#create(authorization, body);
  }

  #create(authorization: string | undefined, body: Buffer): void {
    const { state } = this.#sandbox;
    const account = state.accounts.get(this.#account);
    if (!account || !opens(this.#sandbox, account, authorization)) {
      this.#refuse(refusal(20003));
      return;
    }
    const { fault } = this.#strike;
    const created = createMessage(this.#sandbox, account, parseForm(body), fault && AFTER_ACCEPT[fault]);
    if ("refused" in created) {
      this.#refuse(created.refused);
      return;
    }
    const json = JSON.stringify(messageJson(created.message, state.run));
    this.#sandbox.journal.written(() => {
      if (fault === "drop_after_accept") this.#reset();
      else if (fault === "hang_after_accept") this.#hang();
      else if (fault === "http_500_after_accept") this.#answer(500, refusalBody(refusal(20500)));
      else this.#accept(json);
    });
  }

  #accept(json: string): void {
    const response = this.#response;
    // The caller may be gone before the answer: accepted, but not answered.
    if (response.destroyed) this.#goneEarly();
    else {
      response.once("close", () => {
        if (!response.writableFinished) this.#goneEarly();
      });
    }
    this.#answer(201, json);
  }

  #goneEarly(): void {
    const at = this.#arrivedAt;
    this.#sandbox.record({ k: "a", a: this.#account, key: "2xx", at, by: -1 });
    this.#sandbox.record({ k: "a", a: this.#account, key: "closed_by_client", at, by: 1 });
  }

  #refuse(refused: Refusal): void {
    this.#tally(`${refused.status}:${refused.code}`);
    this.#answer(refused.status, refusalBody(refused));
  }

  #answer(status: number, json: string): void {
    const { latency, retryAfter } = this.#strike;
    if (latency === 0) respond(this.#response, status, json, retryAfter);
    else setTimeout(() => respond(this.#response, status, json, retryAfter), latency);
  }

  #drop(key: string): void {
    this.#tally(key);
    this.#reset();
  }

  #hang(key?: string): void {
    if (key !== undefined) this.#tally(key);
    setTimeout(() => this.#reset(), this.#strike.hangMs).unref();
  }

  #reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  #tally(key: string): void {
    this.#sandbox.record({ k: "a", a: this.#account, key, at: this.#arrivedAt, by: 1 });
  }
}

/** Writes a JSON answer as Twilio words it. */
export function respond(response: ServerResponse, status: number, json: string, retryAfter?: number): void {
  if (response.destroyed) return;
  const headers: Record<string, string | number> = {
    "content-type": "application/json;charset=utf-8",
    "content-length": Buffer.byteLength(json),
  };
  if (status === 429 && retryAfter !== undefined) headers["retry-after"] = retryAfter;
  if (status === 401) headers["www-authenticate"] = 'Basic realm="Twilio API"';
  response.writeHead(status, headers);
  response.end(json);
}
