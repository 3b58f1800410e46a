import { expect, test } from "vitest";
import { readCallForm, readRecordingForm, readTranscriptKey, transcriptKey } from "./voiceWebhook.ts";

const callSid = `CA${"a1".repeat(16)}`;
const recordingSid = `RE${"b2".repeat(16)}`;

test("readCallForm · reads who calls whom and how it stands", () => {
  const form = { CallSid: callSid, AccountSid: "AC1", From: "+573001234567", To: "+576015550000" };
  expect(readCallForm({ ...form, CallStatus: "ringing" })).toEqual({
    callSid,
    accountSid: "AC1",
    direction: "in",
    from: "+573001234567",
    to: "+576015550000",
    state: "ringing",
    seconds: null,
  });
  const ended = { CallSid: callSid, CallStatus: "completed", CallDuration: "61", Direction: "outbound-api" };
  expect(readCallForm(ended)).toMatchObject({ state: "completed", seconds: 61, direction: "out", from: "" });
  expect(readCallForm({ ...form, CallStatus: "dreaming" })).toBeUndefined();
  expect(readCallForm({ CallStatus: "ringing" })).toBeUndefined();
  expect(readCallForm({ CallSid: callSid })).toBeUndefined();
});

test("readRecordingForm · reads a recording; -1 seconds are not known yet", () => {
  const form = { CallSid: callSid, RecordingSid: recordingSid, RecordingStatus: "completed" };
  expect(
    readRecordingForm({ ...form, RecordingDuration: "600", RecordingChannels: "2", RecordingUrl: "u" }),
  ).toEqual({
    callSid,
    accountSid: "",
    recordingSid,
    state: "completed",
    seconds: 600,
    channels: 2,
    url: "u",
  });
  const begun = { ...form, RecordingStatus: "in-progress", RecordingDuration: "-1" };
  expect(readRecordingForm(begun)).toMatchObject({
    state: "in_progress",
    seconds: null,
    channels: 1,
    url: null,
  });
  expect(readRecordingForm({ CallSid: callSid, RecordingSid: recordingSid })).toMatchObject({
    state: "in_progress",
  });
  expect(readRecordingForm({ CallSid: callSid })).toBeUndefined();
  expect(readRecordingForm({ RecordingSid: recordingSid })).toBeUndefined();
});

test("transcriptKey · is 64 characters that are read back", () => {
  const workspaceId = "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20";
  const key = transcriptKey(workspaceId, callSid);
  expect(key).toHaveLength(64);
  expect(readTranscriptKey(key)).toEqual({ workspaceId, callSid });
  expect(readTranscriptKey("somebody else's")).toBeUndefined();
});
