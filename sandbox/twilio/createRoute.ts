import type { IncomingMessage, ServerResponse } from "node:http";
import { answerCreate, type Reply } from "../answering.ts";
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

const BROKEN = { 429: 20429, 500: 20500, 503: 20503 } as const;
const JSON_TYPE = { "content-type": "application/json;charset=utf-8" };

/** The route that is measured, straight on node:http. */
export function handleCreate(
  sandbox: Sandbox,
  accountSid: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const arrivedAt = Date.now();
  const strike = sandbox.faults.ofRequest(true, accountSid);
  const tally = (key: string, by: number): void =>
    sandbox.record({ k: "a", a: accountSid, key, at: arrivedAt, by });
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    answerCreate(response, strike, {
      broken: (status) => broken(status, strike.retryAfter),
      tally,
      create: (answered) => {
        const account = sandbox.state.accounts.get(accountSid);
        if (!account || !opens(sandbox, account, request.headers.authorization))
          return { refused: refusing(refusal(20003)) };
        const created = createMessage(sandbox, account, parseForm(body), answered);
        if ("refused" in created) return { refused: refusing(created.refused) };
        const json = JSON.stringify(messageJson(created.message, sandbox.state.run));
        return { accepted: { status: 201, json, headers: JSON_TYPE, key: "2xx" } };
      },
      written: (callback) => sandbox.journal.written(callback),
      goneEarly: () => {
        tally("2xx", -1);
        tally("closed_by_client", 1);
      },
    });
  });
}

/** A refusal as Twilio words it. */
export function refusing(refused: Refusal): Reply {
  const headers: Record<string, string> = { ...JSON_TYPE };
  if (refused.status === 401) headers["www-authenticate"] = 'Basic realm="Twilio API"';
  return {
    status: refused.status,
    json: refusalBody(refused),
    headers,
    key: `${refused.status}:${refused.code}`,
  };
}

/** What Twilio answers where it cannot serve. */
export function broken(status: 429 | 500 | 503, retryAfter: number | undefined): Reply {
  const reply = refusing(refusal(BROKEN[status]));
  if (status !== 429 || retryAfter === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, "retry-after": retryAfter } };
}
