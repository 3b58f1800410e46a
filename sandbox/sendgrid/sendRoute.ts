import type { IncomingMessage, ServerResponse } from "node:http";
import { answerCreate, type Reply } from "../answering.ts";
import type { Sandbox } from "../sandbox.ts";
import { broken, FORBIDDEN, mailError, refusing, TOO_LARGE, UNAUTHORIZED } from "./errors.ts";
import { sendMail } from "./send.ts";

export const isSend = (method: string | undefined, url: string): boolean =>
  method === "POST" && url === "/v3/mail/send";

/** The route that is measured, straight on node:http. */
export function handleSend(sandbox: Sandbox, request: IncomingMessage, response: ServerResponse): void {
  const { mail } = sandbox.state;
  const arrivedAt = Date.now();
  const opened = mail.opened(request.headers.authorization);
  const name = opened?.account.record.name ?? "";
  const strike = sandbox.faults.ofRequest(true, name);
  const tally = (key: string, by: number): void =>
    sandbox.record({ k: "mail_tally", a: name, key, at: arrivedAt, by });
  const limit = mail.settings.max_bytes;
  const chunks: Buffer[] = [];
  let bytes = 0;
  let call = -1;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limit) chunks.push(chunk);
  });
  request.on("end", () => {
    answerCreate(response, strike, {
      broken: (status) => broken(status, strike.retryAfter),
      tally,
      create: (answered) => {
        if (!opened) return { refused: refusing(401, [UNAUTHORIZED]) };
        if (!opened.scopes.includes("mail.send")) return { refused: refusing(403, [FORBIDDEN]) };
        if (bytes > limit) return { refused: refusing(413, [TOO_LARGE]) };
        const parsed = parsedJson(request, chunks);
        if ("refused" in parsed) return parsed;
        const sent = sendMail(sandbox, opened.account, parsed.json, answered);
        if ("errors" in sent) return { refused: refusing(sent.status, sent.errors) };
        if ("valid" in sent) return { accepted: { status: 200, json: "", key: "2xx" } };
        call = sent.call.index;
        return { accepted: { status: 202, json: "", headers: { "x-message-id": sent.call.id }, key: "2xx" } };
      },
      written: (callback) => sandbox.journal.written(callback),
      goneEarly: () => {
        if (call < 0) return;
        tally("2xx", -1);
        tally("closed_by_client", 1);
        sandbox.record({ k: "mail_answer", c: call, answer: "closed_by_client" });
      },
    });
  });
}

function parsedJson(request: IncomingMessage, chunks: Buffer[]): { json: unknown } | { refused: Reply } {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    const why = "Content-Type should be application/json.";
    return { refused: refusing(415, [mailError(why)]) };
  }
  try {
    return {
      json: JSON.parse((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString()),
    };
  } catch {
    return { refused: refusing(400, [mailError("Bad Request")]) };
  }
}
