import type { IncomingMessage, ServerResponse } from "node:http";
import { Hono } from "hono";
import { answerCreate } from "../answering.ts";
import type { Sandbox } from "../sandbox.ts";
import { opens, refused, type TwilioEnv } from "./access.ts";
import { linesOf, NEVER, statusOf, type Transcript, transcriptJson } from "./callsModel.ts";
import { broken, refusing } from "./createRoute.ts";
import { type Refusal, refusal } from "./errors.ts";
import { field, type Form, parseForm } from "./form.ts";
import type { Account } from "./model.ts";
import { metaJson, pageOf } from "./paging.ts";
import { namedSid } from "./namedSid.ts";

const CREATE = "/v2/Transcripts";

/** Voice Intelligence v2. Source: https://www.twilio.com/docs/voice/intelligence/api/transcript-resource */
export function intelligenceRoutes(sandbox: Sandbox): Hono<TwilioEnv> {
  const { state } = sandbox;
  const app = new Hono<TwilioEnv>();

  app.on("ALL", ["/Transcripts", "/Transcripts/*"], async (c, next) => {
    const account = accountOf(sandbox, c.req.header("authorization"));
    if (!account) return refused(c, refusal(20003));
    c.set("account", account);
    return next();
  });

  const shown = (transcript: Transcript) => {
    const recording = state.recordings.get(transcript.source_sid);
    const language = state.calls.get(recording?.call_sid ?? "")?.asked.language ?? "es";
    return recording ? transcriptJson(transcript, recording, language, Date.now()) : {};
  };
  const find = (sid: string, account: string) => {
    const transcript = state.transcripts.get(sid);
    return transcript?.account_sid === account && !transcript.deleted ? transcript : undefined;
  };

  app.get("/Transcripts", (c) => {
    const url = new URL(c.req.url);
    const [source, service] = [url.searchParams.get("SourceSid"), url.searchParams.get("ServiceSid")];
    const own = [...state.transcripts.values()].filter(
      (one) =>
        one.account_sid === c.get("account").sid &&
        !one.deleted &&
        (source ?? one.source_sid) === one.source_sid &&
        (service ?? one.service_sid) === one.service_sid,
    );
    const { size, token } = pageOf(url.searchParams);
    const start = Number(token ?? 0);
    const next = start + size < own.length ? String(start + size) : undefined;
    return c.json(metaJson("transcripts", own.slice(start, start + size).map(shown), url, next));
  });

  app.get("/Transcripts/:sid", (c) => {
    const transcript = find(c.req.param("sid"), c.get("account").sid);
    return transcript ? c.json(shown(transcript)) : refused(c, refusal(20404));
  });

  app.delete("/Transcripts/:sid", (c) => {
    const transcript = find(c.req.param("sid"), c.get("account").sid);
    if (!transcript) return refused(c, refusal(20404));
    sandbox.record({ k: "transcript", v: { ...transcript, told: true, deleted: true } });
    return c.body(null, 204);
  });

  app.get("/Transcripts/:sid/Sentences", (c) => {
    const transcript = find(c.req.param("sid"), c.get("account").sid);
    if (!transcript) return refused(c, refusal(20404));
    const url = new URL(c.req.url);
    const all = statusOf(transcript, Date.now()) === "completed" ? sentencesOf(sandbox, transcript) : [];
    const { size, token } = pageOf(url.searchParams);
    const start = Number(token ?? 0);
    const next = start + size < all.length ? String(start + size) : undefined;
    return c.json(metaJson("sentences", all.slice(start, start + size), url, next));
  });
  return app;
}

function sentencesOf({ state }: Sandbox, transcript: Transcript): Record<string, unknown>[] {
  const recording = state.recordings.get(transcript.source_sid);
  const call = state.calls.get(recording?.call_sid ?? "");
  if (!recording || !call) return [];
  return linesOf(call, recording).map((line, n) => ({
    sid: namedSid("GX", `${transcript.sid}|${n}`),
    media_channel: line.channel,
    sentence_index: n,
    start_time: line.start,
    end_time: line.end,
    transcript: line.text,
    confidence: 0.9 + (n % 10) / 100,
    words: null,
  }));
}

function accountOf(sandbox: Sandbox, authorization: string | undefined): Account | undefined {
  const given = Buffer.from((authorization ?? "").slice("Basic ".length), "base64").toString();
  const account = sandbox.state.accounts.get(given.slice(0, given.indexOf(":")));
  return opens(sandbox, account, authorization) ? account : undefined;
}

export const isTranscriptCreate = (method: string | undefined, url: string): boolean =>
  method === "POST" && url === CREATE;

/**
 * POST /v2/Transcripts, which takes every request as a new one: there is no idempotency key. Faults of creates strike
 * here as they do for messages, also after it was accepted; what it answers is counted nowhere.
 */
export function handleTranscriptCreate(
  sandbox: Sandbox,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const account = accountOf(sandbox, request.headers.authorization);
  const strike = sandbox.faults.ofRequest(true, account?.sid);
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    answerCreate(response, strike, {
      broken: (status) => broken(status, strike.retryAfter),
      tally: () => {},
      create: () => {
        if (!account) return { refused: refusing(refusal(20003)) };
        const created = create(sandbox, account, parseForm(Buffer.concat(chunks)));
        if ("refused" in created) return { refused: refusing(created.refused) };
        return { accepted: { ...CREATED, json: JSON.stringify(created.json) } };
      },
      written: (callback) => sandbox.journal.written(callback),
      goneEarly: () => {},
    });
  });
}

const CREATED = { status: 201, headers: { "content-type": "application/json;charset=utf-8" }, key: "2xx" };

type Created = { json: Record<string, unknown> } | { refused: Refusal };

function create(sandbox: Sandbox, account: Account, form: Form): Created {
  const { state } = sandbox;
  const service = state.services.get(field(form, "ServiceSid") ?? "");
  if (service?.account_sid !== account.sid)
    return { refused: refusal(20404, 404, "The ServiceSid is not known") };
  const recording = state.recordings.get(sourceOf(field(form, "Channel")) ?? "");
  if (recording?.account_sid !== account.sid || recording.deleted)
    return { refused: refusal(20001, 400, "Channel: source_sid is no recording of this account") };
  const call = state.calls.get(recording.call_sid);
  const earlier = [...state.transcripts.values()].filter((one) => one.source_sid === recording.sid).length;
  const {
    outcome,
    after_ms,
    times = Number.POSITIVE_INFINITY,
  } = call?.asked.transcript ?? {
    outcome: "completed" as const,
    after_ms: 300,
  };
  const ends = earlier < times ? outcome : "completed";
  const now = Date.now();
  const transcript: Transcript = {
    sid: namedSid("GT", `${state.run}|${state.transcripts.size}|${now}|${sandbox.random()}`),
    account_sid: account.sid,
    service_sid: service.sid,
    source_sid: recording.sid,
    customer_key: field(form, "CustomerKey") ?? "",
    created_at: now,
    ends_at: ends === "never" ? NEVER : now + after_ms,
    ends,
    told: false,
    deleted: false,
  };
  sandbox.record({ k: "transcript", v: transcript });
  sandbox.calls.watch(transcript);
  return { json: transcriptJson(transcript, recording, call?.asked.language ?? "es", now) };
}

function sourceOf(channel: string | undefined): string | undefined {
  try {
    const { media_properties } = JSON.parse(channel ?? "") as { media_properties?: { source_sid?: string } };
    return media_properties?.source_sid;
  } catch {
    return undefined;
  }
}
