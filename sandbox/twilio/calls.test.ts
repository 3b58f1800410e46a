import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import Twilio from "twilio";
import OpenAI, { toFile } from "openai";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { type Catcher, catcher, control, refusalOf, twilioAt, until } from "../testing.ts";
import { readTwiml } from "./callsTwiml.ts";
import { readWav } from "./recordingsWav.ts";

let sandbox: RunningSandbox;
let hook: Catcher;
const service = `GA${"0".repeat(32)}`;

beforeAll(async () => {
  sandbox = await startSandbox();
  hook = await catcher(sandbox.authToken);
});
afterAll(async () => {
  await sandbox.close();
  await hook.close();
});
beforeEach(async () => {
  await control(sandbox.url, "POST", "reset");
  hook.caught.length = 0;
  hook.answer = 200;
  hook.body = `<Response><Say>Hola</Say><Record recordingStatusCallback="/recording?a=1&amp;b=2" action="/after"/></Response>`;
  const services = { sid: service, webhook_url: `${hook.url}/intelligence` };
  await control(sandbox.url, "POST", "intelligence-services", services);
});

type Placed = { call_sid: string; status: string; verbs: string[] };
type Ledger = {
  twice: number;
  calls: {
    status: string;
    recordings: { recording_sid: string; deleted: boolean; heard: number; transcripts: unknown[] }[];
  }[];
};
const calls = (more: object = {}) =>
  control<Placed>(sandbox.url, "POST", "calls", {
    from: "+573001234567",
    to: "+576015550000",
    voice_url: hook.url,
    status_url: `${hook.url}/status`,
    ...more,
  });
const ledger = () => control<Ledger>(sandbox.url, "GET", "calls");
const caughtAt = (path: string) => hook.caught.filter(({ url }) => new URL(url).pathname.endsWith(path));
const client = () => twilioAt(sandbox);

async function recorded(more: object = {}) {
  const { call_sid } = await calls(more);
  await until("recorded", async () => (await client().recordings.list({ callSid: call_sid })).length > 0);
  const [recording] = await client().recordings.list({ callSid: call_sid });
  return { call_sid, recording_sid: recording?.sid as string };
}

test("a call · asks for TwiML, records and tells of it, each signed", async () => {
  const { call_sid, verbs, status } = await calls({ duration_s: 59 });
  expect({ verbs, status }).toEqual({ verbs: ["Say", "Record"], status: "in-progress" });
  await until("all told", () => caughtAt("/recording").length === 1 && caughtAt("/after").length === 1);
  expect(hook.caught.map(({ signed }) => signed)).not.toContain(false);
  expect(caughtAt("/hook")[0]?.fields).toMatchObject({ CallSid: call_sid, CallStatus: "ringing" });
  expect(caughtAt("/status")[0]?.fields).toMatchObject({ CallStatus: "completed", CallDuration: "59" });
  const [{ fields, url }] = caughtAt("/recording") as [(typeof hook.caught)[number]];
  expect(url).toContain("?a=1&b=2");
  expect(fields).toMatchObject({
    RecordingStatus: "completed",
    RecordingDuration: "59",
    RecordingChannels: "1",
  });
  const call = await client().calls(call_sid).fetch();
  expect(call).toMatchObject({ status: "completed", duration: "59", direction: "inbound" });
});

test("a call · that is answered by nobody, or by no TwiML, fails; one that is hung up leaves no recording", async () => {
  hook.answer = 500;
  expect(await calls()).toMatchObject({ status: "failed" });
  hook.answer = 200;
  const { call_sid } = await calls({ hangs_up: true, silent: ["status"] });
  await until("over", async () => (await client().calls(call_sid).fetch()).status === "completed");
  expect(await client().recordings.list({ callSid: call_sid })).toEqual([]);
  expect(caughtAt("/status").map(({ fields }) => fields["CallStatus"])).toEqual(["failed"]);
});

test.each([59, 61, 600])(
  "a recording of %i seconds · is a WAV of that length until it is deleted",
  async (seconds) => {
    const { recording_sid } = await recorded({ duration_s: seconds });
    const { accountSid, authToken } = sandbox;
    const headers = {
      authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`,
    };
    const url = `${sandbox.url}/2010-04-01/Accounts/${accountSid}/Recordings/${recording_sid}.wav`;
    const wav = Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
    expect(readWav(wav)).toEqual({ seconds, comment: recording_sid });
    expect((await fetch(url)).status).toBe(401);
    await client().recordings(recording_sid).remove();
    expect((await fetch(url, { headers })).status).toBe(404);
    expect(await refusalOf(client().recordings(recording_sid).remove())).toEqual([404, 20404]);
  },
);

test("a transcript · goes from queued to completed, is told by signed JSON, and read by pages", async () => {
  const { recording_sid } = await recorded({ duration_s: 61 });
  const { transcripts } = client().intelligence.v2;
  const channel = { media_properties: { source_sid: recording_sid } };
  const { sid, status } = await transcripts.create({ serviceSid: service, channel, customerKey: "ours" });
  expect(status).toBe("queued");
  expect((await transcripts.list({ sourceSid: recording_sid })).map((one) => one.sid)).toEqual([sid]);
  await until("told", () => caughtAt("/intelligence").length === 1);
  const [told] = caughtAt("/intelligence") as [(typeof hook.caught)[number]];
  expect(JSON.parse(told.text)).toMatchObject({ transcript_sid: sid, customer_key: "ours" });
  const signature = String(told.headers["x-twilio-signature"]);
  expect(Twilio.validateRequestWithBody(sandbox.authToken, signature, told.url, told.text)).toBe(true);
  expect(new URL(told.url).searchParams.get("bodySHA256")).toBe(
    createHash("sha256").update(told.text).digest("hex"),
  );
  const sentences = await transcripts(sid).sentences.list({ pageSize: 5 });
  expect(sentences).toHaveLength(12);
  expect(sentences[0]).toMatchObject({ mediaChannel: 1, sentenceIndex: 0 });
  expect(await transcripts(sid).fetch()).toMatchObject({ status: "completed", languageCode: "es-MX" });
});

test("a transcript · fails as planned and so many times; asked for twice it is made twice", async () => {
  const plan = { outcome: "failed", after_ms: 0, times: 1 };
  const { recording_sid } = await recorded({ transcript: plan, silent: ["transcription"] });
  const { transcripts } = client().intelligence.v2;
  const asked = { serviceSid: service, channel: { media_properties: { source_sid: recording_sid } } };
  const failed = await transcripts.create(asked);
  await until("failed", async () => (await transcripts(failed.sid).fetch()).status === "failed");
  await transcripts.create(asked);
  expect((await ledger()).twice).toBe(0);
  await transcripts.create(asked);
  expect((await ledger()).twice).toBe(1);
  expect(caughtAt("/intelligence")).toEqual([]);
  expect(await refusalOf(transcripts.create({ ...asked, serviceSid: "GAother" }))).toEqual([404, 20404]);
  const nothing = { serviceSid: service, channel: { media_properties: { source_sid: "REnone" } } };
  expect(await refusalOf(transcripts.create(nothing))).toEqual([400, 20001]);
});

test("a transcript · may have been taken although its answer was lost", async () => {
  const { recording_sid } = await recorded();
  await control(sandbox.url, "POST", "faults", { rates: { drop_after_accept: 1 }, count: 1 });
  const { transcripts } = client().intelligence.v2;
  const asked = { serviceSid: service, channel: { media_properties: { source_sid: recording_sid } } };
  await expect(transcripts.create(asked)).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(await transcripts.list({ sourceSid: recording_sid })).toHaveLength(1);
});

test("the speech endpoint · hears what the recording's call said, for whoever has a key", async () => {
  const { recording_sid } = await recorded({ script: [{ text: "Quiero visitar la obra" }] });
  const { accountSid, authToken } = sandbox;
  const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}` };
  const url = `${sandbox.url}/2010-04-01/Accounts/${accountSid}/Recordings/${recording_sid}.wav`;
  const wav = Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
  const openai = new OpenAI({ apiKey: "any", baseURL: `${sandbox.url}/v1`, maxRetries: 0 });
  const heard = await openai.audio.transcriptions.create({
    file: await toFile(wav, "recording.wav"),
    model: "whisper-1",
    response_format: "verbose_json",
  });
  expect(heard).toMatchObject({ text: "Quiero visitar la obra", language: "spanish", duration: 61 });
  expect((await ledger()).calls[0]?.recordings[0]?.heard).toBe(1);
  const noise = openai.audio.transcriptions.create({
    file: await toFile(Buffer.from("x"), "a.wav"),
    model: "m",
  });
  await expect(noise).rejects.toMatchObject({ status: 400 });
});

test("readTwiml · finds verbs and what is recorded, with URLs relative to the document", () => {
  const dial = `<Response><Dial record='record-from-answer-dual' recordingStatusCallback="r"><Number>+57</Number></Dial></Response>`;
  expect(readTwiml(dial, "http://a.example/b/c")).toEqual({
    verbs: ["Dial"],
    record: { channels: 2, callbackUrl: "http://a.example/b/r", actionUrl: null },
  });
  expect(readTwiml("<Response/>", "http://a.example")).toEqual({ verbs: [], record: null });
  expect(readTwiml("not found", "http://a.example")).toBeUndefined();
});
