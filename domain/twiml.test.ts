import { expect, test } from "vitest";
import { DEFAULT_VOICE_SETTINGS } from "./callSettings.ts";
import { afterDialling, afterRecording, answerCall } from "./twiml.ts";

const urls = {
  next: (step: string) => `https://c.example/voice?workspace=1&step=${step}`,
  recording: "https://c.example/voice/recording?workspace=1",
};
const quiet = { ...DEFAULT_VOICE_SETTINGS, record: false };

test("answerCall · greets, says that it is recorded, and takes a message", () => {
  const twiml = answerCall(DEFAULT_VOICE_SETTINGS, "es", null, urls);
  expect(twiml).toMatch(/<Say language="es-MX">Gracias por llamar\.<\/Say>.*se graba.*<Record .*<Hangup\/>/);
  expect(twiml).toContain('recordingStatusCallback="https://c.example/voice/recording?workspace=1"');
  expect(twiml).toContain("step=recorded");
  expect(twiml).toContain("workspace=1&amp;step");
});

test("answerCall · puts through to the agent, both voices on channels of their own", () => {
  const twiml = answerCall(DEFAULT_VOICE_SETTINGS, "pt", "+5511987654321", urls);
  expect(twiml).toMatch(/gravada.*<Dial [^>]*record="record-from-answer-dual".*<Number>\+5511987654321</);
  expect(answerCall(quiet, "pt", "+5511987654321", urls)).not.toMatch(/record|gravada/);
});

test("answerCall · says nothing of recording where nothing is recorded", () => {
  expect(answerCall(quiet, "en", null, urls)).toMatch(
    /^<\?xml[^>]*><Response><Say[^>]*>Thank you for calling/,
  );
  expect(answerCall(quiet, "en", null, urls)).not.toMatch(/Record|recorded/);
});

test("afterDialling · takes a message where nobody answered", () => {
  expect(afterDialling(DEFAULT_VOICE_SETTINGS, "es", false, urls)).toContain("<Record ");
  expect(afterDialling(DEFAULT_VOICE_SETTINGS, "es", true, urls)).not.toContain("<Record");
  expect(afterDialling(quiet, "es", false, urls)).not.toContain("<Record");
  expect(afterRecording(DEFAULT_VOICE_SETTINGS, "en")).toMatch(/goodbye.*<Hangup\/>/);
});
