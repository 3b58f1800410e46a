import { createHash } from "node:crypto";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findCall } from "../../db/calls.ts";
import { listRecordings } from "../../db/recordings.ts";
import { transcriptKey } from "../../domain/voiceWebhook.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

const account = { accountSid: `AC${"0".repeat(31)}9`, authToken: "token of these tests" };
const BASE = "http://127.0.0.1:8080";
const VOICE = "/webhooks/twilio/voice";
const OWN = "+576015550100";
let api: TestApi;
let on: { id: string; ask: Ask };
let serial = 0;

beforeAll(async () => {
  api = await testApi({ twilio: account });
  on = await api.workspace({ default_region: "CO" });
  await on.ask("POST /v1/senders", { channel: "sms", address: OWN });
});
afterAll(() => api.close());

const sid = (kind: string) => kind + String(++serial).padStart(32, "0");

async function post(path: string, fields: Record<string, string>, token = account.authToken) {
  const signature = getExpectedTwilioSignature(token, BASE + path, fields);
  const response = await api.app.request(path, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature },
    body: new URLSearchParams(fields).toString(),
  });
  return { status: response.status, text: await response.text() };
}

const formOf = (callSid: string, more: Record<string, string> = {}) => ({
  CallSid: callSid,
  AccountSid: account.accountSid,
  From: "+573001234567",
  To: OWN,
  CallStatus: "ringing",
  Direction: "inbound",
  ...more,
});
const call = (callSid: string) => findCall(api.database.db, on.id, callSid);

test("a call · is found by the number it is for, greeted in the caller's language, and wakes its workflow", async () => {
  const callSid = sid("CA");
  const { status, text } = await post(VOICE, formOf(callSid));
  expect(status).toBe(200);
  expect(text).toMatch(/Gracias por llamar.*se graba.*<Record /);
  expect(text).toContain(`recordingStatusCallback="${BASE}${VOICE}/recording?workspace=${on.id}"`);
  expect(await call(callSid)).toMatchObject({ state: "ringing", language: "es", address: "+573001234567" });
  const owed = await api.database.db.selectFrom("temporal_outbox").select("workflow_id").execute();
  expect(owed).toContainEqual({ workflow_id: `call:${callSid}` });
  const from = await post(VOICE, formOf(sid("CA"), { From: "+5511987654321" }));
  expect(from.text).toContain("Obrigado");
  const hidden = sid("CA");
  expect((await post(VOICE, formOf(hidden, { From: "anonymous" }))).text).toContain("Thank you for calling");
  expect(await call(hidden)).toMatchObject({ address: null, contact_id: null, conversation_id: null });
});

test("a call · of a conversation with an agent is put through, and becomes a message where nobody answers", async () => {
  const { db } = api.database;
  const first = sid("CA");
  await post(VOICE, formOf(first));
  const { conversation_id } = (await call(first)) ?? {};
  const { body: member } = await on.ask("POST /v1/members", {
    name: "A",
    email: "a@example.com",
    role: "agent",
  });
  await on.ask(`PUT /v1/members/${member.id}/call-phone`, { call_phone: "+573009990000" });
  await db
    .updateTable("conversations")
    .set({ assignee_id: member.id })
    .where("id", "=", conversation_id ?? "")
    .execute();
  const callSid = sid("CA");
  expect((await post(VOICE, formOf(callSid))).text).toMatch(/<Dial [^>]*dual.*<Number>\+573009990000</);
  expect(await call(callSid)).toMatchObject({ conversation_id, forwarded_to: member.id });
  const busy = { CallStatus: "in-progress", DialCallStatus: "busy" };
  expect((await post(`${VOICE}?step=dialled`, formOf(callSid, busy))).text).toContain("<Record ");
  expect(await call(callSid)).toMatchObject({ state: "in_progress", forwarded_to: null });
  expect((await post(`${VOICE}?step=recorded`, formOf(callSid))).text).toMatch(/hasta pronto.*<Hangup/);
});

test("status and recording · count once, in whatever order they come", async () => {
  const callSid = sid("CA");
  const recording = {
    CallSid: callSid,
    AccountSid: account.accountSid,
    RecordingSid: sid("RE"),
    RecordingStatus: "completed",
    RecordingDuration: "61",
    RecordingUrl: "https://r.example/1",
  };
  // The recording's webhook names no number: the workspace stands in its URL.
  const path = `${VOICE}/recording?workspace=${on.id}`;
  for (let n = 0; n < 2; n++) expect((await post(path, recording)).status).toBe(200);
  const ended = formOf(callSid, { CallStatus: "completed", CallDuration: "63" });
  await post(`${VOICE}/status`, ended);
  await post(VOICE, formOf(callSid));
  const row = await call(callSid);
  expect(row).toMatchObject({ state: "completed", duration_seconds: 63, address: "+573001234567" });
  expect(await listRecordings(api.database.db, row?.id ?? "")).toMatchObject([
    { state: "completed", duration_seconds: 61, url: "https://r.example/1" },
  ]);
  await post(path, { ...recording, RecordingStatus: "in-progress", RecordingDuration: "-1" });
  expect(await listRecordings(api.database.db, row?.id ?? "")).toMatchObject([{ state: "completed" }]);
});

test("transcription · finds its call by the key that we gave it, and is signed over its body", async () => {
  const callSid = sid("CA");
  const body = JSON.stringify({
    account_sid: account.accountSid,
    transcript_sid: sid("GT"),
    customer_key: transcriptKey(on.id, callSid),
    event_type: "voice_intelligence_transcript_available",
  });
  const path = `${VOICE}/transcription?bodySHA256=${createHash("sha256").update(body).digest("hex")}`;
  const signature = getExpectedTwilioSignature(account.authToken, BASE + path, {});
  const send = async (text: string) => {
    const headers = { "content-type": "application/json", "x-twilio-signature": signature };
    return (await api.app.request(path, { method: "POST", headers, body: text })).status;
  };
  expect(await send(body.replace("available", "other"))).toBe(403);
  expect(await send("{")).toBe(403);
  expect(await send(body)).toBe(200);
  const owed = await api.database.db.selectFrom("temporal_outbox").select("workflow_id").execute();
  expect(owed).toContainEqual({ workflow_id: `call:${callSid}` });
});

test("what is not signed, or for nobody here · is refused and leaves nothing", async () => {
  const callSid = sid("CA");
  expect((await post(VOICE, formOf(callSid), "another token")).status).toBe(403);
  expect((await post(VOICE, formOf(callSid, { To: "+576015559999" }))).status).toBe(403);
  expect(await call(callSid)).toBeUndefined();
});
