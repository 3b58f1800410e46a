import type { Hono } from "hono";
import type { Sandbox } from "../sandbox.ts";
import { refused, type TwilioEnv } from "./access.ts";
import { type Call, callJson, type Recording, recordingJson } from "./callsModel.ts";
import { refusal } from "./errors.ts";
import { listJson, pageOf } from "./paging.ts";
import { wavOf } from "./recordingsWav.ts";

/** Calls and Recordings of an account. Source: https://www.twilio.com/docs/voice/api */
export function addCallRoutes(app: Hono<TwilioEnv>, sandbox: Sandbox): void {
  const { state } = sandbox;
  const callOf = (account: string, sid: string): Call | undefined => {
    const call = state.calls.get(sid);
    return call?.account_sid === account ? call : undefined;
  };
  const recordingOf = (account: string, sid: string): Recording | undefined => {
    const recording = state.recordings.get(sid);
    return recording?.account_sid === account && !recording.deleted ? recording : undefined;
  };

  app.get("/Accounts/:account/Calls/:file{CA\\w+\\.json}", (c) => {
    const call = callOf(c.get("account").sid, bare(c.req.param("file")));
    return call ? c.json(callJson(call)) : refused(c, refusal(20404));
  });

  const list = (account: string, url: URL, callSid: string | null) => {
    const own = [...state.recordings.values()].filter(
      (one) => one.account_sid === account && !one.deleted && (callSid ?? one.call_sid) === one.call_sid,
    );
    const { size, token } = pageOf(url.searchParams);
    const start = Number(token ?? 0);
    const page = own.slice(start, start + size).map((one) => recordingJson(one, sandbox.origin));
    const next = start + size < own.length ? String(start + size) : undefined;
    return listJson("recordings", page, url.pathname, url.searchParams, next);
  };
  app.get("/Accounts/:account/Recordings.json", (c) => {
    const url = new URL(c.req.url);
    return c.json(list(c.get("account").sid, url, url.searchParams.get("CallSid")));
  });
  app.get("/Accounts/:account/Calls/:sid/Recordings.json", (c) =>
    c.json(list(c.get("account").sid, new URL(c.req.url), c.req.param("sid"))),
  );

  app.get("/Accounts/:account/Recordings/:file", (c) => {
    const file = c.req.param("file");
    const recording = recordingOf(c.get("account").sid, bare(file));
    if (!recording) return refused(c, refusal(20404));
    if (file.endsWith(".json")) return c.json(recordingJson(recording, sandbox.origin));
    // This stand-in makes no MP3; the address without an ending is a WAV, as at Twilio.
    if (file.endsWith(".mp3")) return refused(c, refusal(20404));
    return c.body(wavOf(recording), 200, { "content-type": "audio/x-wav" });
  });

  app.delete("/Accounts/:account/Recordings/:file", (c) => {
    const recording = recordingOf(c.get("account").sid, bare(c.req.param("file")));
    if (!recording) return refused(c, refusal(20404));
    sandbox.record({ k: "recording", v: { ...recording, deleted: true } });
    return c.body(null, 204);
  });
}

const bare = (file: string): string => file.replace(/\.\w+$/, "");
