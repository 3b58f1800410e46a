import { afterAll, beforeAll, expect, test } from "vitest";
import { type Catcher, catcher, control } from "../../sandbox/testing.ts";
import { testSandbox } from "../../test/sandbox.ts";
import { openaiSpeech } from "../speech/openai.ts";
import { TwilioHttpClient } from "./http.ts";
import { twilioVoice } from "./voice.ts";

const account = { accountSid: `AC${"0".repeat(31)}8`, authToken: "token-of-the-test" };
const serviceSid = `GA${"0".repeat(32)}`;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
/** Answers every call with a recorded message. */
let twiml: Catcher;
const http = new TwilioHttpClient({ connections: 2, timeoutMs: 1000 });
const never = new AbortController().signal;

beforeAll(async () => {
  sandbox = await testSandbox({ accountSid: account.accountSid, authToken: account.authToken });
  twiml = await catcher(account.authToken);
  twiml.body = "<Response><Record/></Response>";
  await control(sandbox.url, "POST", "intelligence-services", { sid: serviceSid });
});
afterAll(() => Promise.all([http.close(), sandbox.close(), twiml.close()]));

const voice = (baseUrl = sandbox.url) => twilioVoice({ ...account, baseUrl }, http);

async function recordedCall(more: object = {}) {
  const asked = {
    from: "+573001234567",
    to: "+576015550000",
    voice_url: twiml.url,
    recording_ms: 0,
    ...more,
  };
  const { call_sid } = await control<{ call_sid: string }>(sandbox.url, "POST", "calls", asked);
  await expect.poll(() => voice().listRecordings(call_sid)).toHaveLength(1);
  const [recording] = await voice().listRecordings(call_sid);
  return { callSid: call_sid, recording: recording as NonNullable<typeof recording> };
}
const create = (recordingSid: string, deadline = Number.POSITIVE_INFINITY) =>
  voice().createTranscript({ serviceSid, recordingSid, customerKey: "ours" }, deadline);

test("twilioVoice · fetches a call and its recordings", async () => {
  const { callSid, recording } = await recordedCall({ duration_s: 61 });
  expect(recording).toMatchObject({ status: "completed", seconds: 61, channels: 1 });
  expect(await voice().fetchCall(callSid)).toMatchObject({
    status: "completed",
    seconds: 61,
    from: "+573001234567",
  });
  expect(await voice().fetchCall("CAnone")).toBeUndefined();
  expect(await voice().deleteRecording(recording.sid)).toBe(true);
  expect(await voice().deleteRecording(recording.sid)).toBe(false);
  expect(await voice().listRecordings(callSid)).toEqual([]);
});

test("twilioVoice · has a recording transcribed and reads every page of it", async () => {
  const script = Array.from({ length: 1_200 }, (_, n) => ({ text: `Frase ${n}` }));
  const { recording } = await recordedCall({ script, transcript: { after_ms: 0 } });
  const answer = await create(recording.sid);
  const sid = answer.kind === "created" ? answer.sid : "";
  expect(await voice().findTranscripts(recording.sid)).toMatchObject([{ sid, language: "es-MX" }]);
  expect(await voice().fetchTranscript(sid)).toMatchObject({ status: "completed" });
  const sentences = await voice().listSentences(sid);
  expect(sentences).toHaveLength(1_200);
  expect(sentences[1_199]).toMatchObject({ channel: 1, text: "Frase 1199" });
  expect(await voice().deleteTranscript(sid)).toBe(true);
  expect(await voice().fetchTranscript(sid)).toBeUndefined();
});

test("createTranscript · tells a no from not now, from not sent and from what nobody knows", async () => {
  const { recording } = await recordedCall();
  expect(await create("REnone")).toEqual({ kind: "refused", code: "20001" });
  expect(await create(recording.sid, 0)).toEqual({ kind: "not_sent" });
  for (const [fault, kind] of [
    ["http_429", "later"],
    ["http_503", "unknown"],
    ["drop_after_accept", "unknown"],
    ["hang_after_accept", "unknown"],
  ] as const) {
    await control(sandbox.url, "POST", "faults", { rates: { [fault]: 1 }, count: 1 });
    expect(await create(recording.sid), fault).toEqual({ kind });
  }
  expect(await voice().findTranscripts(recording.sid)).toHaveLength(2);
});

test("twilioVoice · quotes nothing of what it asked where nobody answers", async () => {
  const away = voice("http://127.0.0.1:9");
  for (const asked of [
    away.fetchCall("CAsecret"),
    away.listRecordings("CAsecret"),
    away.fetchTranscript("GTsecret"),
  ])
    await expect(asked).rejects.toThrow(/^Twilio could not [a-z ]+: no_connection$/);
});

test("openaiSpeech · hears a recording, and says by code what is refused", async () => {
  const { recording } = await recordedCall({ script: [{ text: "Quiero visitar la obra" }] });
  const wav = await new Response(await voice().openRecording(recording.sid, never)).blob();
  const speech = openaiSpeech({ apiKey: "key", baseUrl: `${sandbox.url}/v1` });
  const heard = await speech.transcribe(wav, "whisper-1", never);
  expect(heard).toEqual({
    language: "spanish",
    segments: [{ start: 0, end: 61, text: "Quiero visitar la obra", confidence: Math.exp(-0.1) }],
  });
  const noise = speech.transcribe(new Blob(["no sound"]), "whisper-1", never);
  await expect(noise).rejects.toMatchObject({ code: "validation", details: { provider_code: 400 } });
  const nobody = openaiSpeech({ apiKey: "key", baseUrl: "http://127.0.0.1:9/v1" });
  await expect(nobody.transcribe(wav, "whisper-1", never)).rejects.toMatchObject({
    code: "provider_unavailable",
  });
});
