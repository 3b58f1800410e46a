import { expect, test } from "vitest";
import { VoiceSettings, DEFAULT_VOICE_SETTINGS } from "./callSettings.ts";
import {
  type CallFacts,
  callStateOfTwilio,
  greetingLanguage,
  hasEnded,
  isWorthIt,
  judgeCall,
  pollAfter,
  rankOfCall,
  type RecordingFacts,
  recordingStateOfTwilio,
} from "./call.ts";

const settings = DEFAULT_VOICE_SETTINGS;
const start = Date.UTC(2026, 10, 21, 12);
const at = (minutes: number) => new Date(start + minutes * 60_000);
const ended: CallFacts = { state: "completed", endedAt: at(0), deadlineAt: at(120) };
const talking: CallFacts = { state: "in_progress", endedAt: null, deadlineAt: at(400) };
const recording = (seconds: number | null, state = "completed", deleted = false): RecordingFacts => ({
  state,
  seconds,
  deleted,
});
const judge = (
  call: CallFacts,
  recordings: RecordingFacts[],
  on: { minutes?: number; engine?: boolean; transcribe?: "off" | "auto" } = {},
) =>
  judgeCall(
    call,
    recordings,
    { ...settings, transcribe: on.transcribe ?? "auto" },
    on.engine ?? true,
    at(on.minutes ?? 1),
  );

test("judgeCall · waits for the end of the call, then for its recording", () => {
  expect(judge(talking, [])).toEqual({ next: "wait", for: "end of the call" });
  expect(judge(ended, [])).toEqual({ next: "wait", for: "recording" });
  expect(judge(ended, [recording(null, "in_progress")])).toEqual({ next: "wait", for: "recording" });
  expect(judge({ ...ended, endedAt: null }, [])).toEqual({ next: "keep", reason: "no_recording" });
});

test.each([
  [59, { next: "keep", reason: "too_short" }],
  [60, { next: "keep", reason: "too_short" }],
  [61, { next: "transcribe" }],
  [600, { next: "transcribe" }],
])("judgeCall · a recording of %i seconds", (seconds, expected) => {
  expect(judge(ended, [recording(seconds)])).toEqual(expected);
});

test("judgeCall · keeps without a transcript what cannot have one, and says why", () => {
  expect(judge(ended, [recording(90)], { engine: false })).toEqual({ next: "keep", reason: "no_engine" });
  expect(judge(ended, [recording(90)], { transcribe: "off" })).toEqual({ next: "keep", reason: "off" });
  expect(judge(ended, [recording(90, "completed", true)])).toEqual({ next: "keep", reason: "deleted" });
  expect(judge(ended, [recording(null, "absent")])).toEqual({ next: "keep", reason: "no_recording" });
  expect(judge(ended, [], { minutes: 11 })).toEqual({ next: "keep", reason: "no_recording" });
  expect(judge({ ...ended, state: "no_answer" }, [])).toEqual({ next: "keep", reason: "no_recording" });
});

test("judgeCall · gives up at the deadline, unless there is something to transcribe by then", () => {
  expect(judge(ended, [recording(null, "in_progress")], { minutes: 120 })).toEqual({ next: "give_up" });
  expect(judge(talking, [], { minutes: 400 })).toEqual({ next: "give_up" });
  expect(judge(ended, [recording(90)], { minutes: 500 })).toEqual({ next: "transcribe" });
});

test("isWorthIt · only what is recorded, kept and longer", () => {
  expect(isWorthIt(recording(null), settings)).toBe(false);
  expect(isWorthIt(recording(61), settings)).toBe(true);
  expect(isWorthIt(recording(61, "in_progress"), settings)).toBe(false);
});

test("states · are read from Twilio's words and only climb", () => {
  const words = ["queued", "initiated", "answered", "in-progress", "no-answer", "completed", "strange"];
  expect(words.map(callStateOfTwilio)).toEqual([
    "ringing",
    "ringing",
    "in_progress",
    "in_progress",
    "no_answer",
    "completed",
    undefined,
  ]);
  expect(["ringing", "in_progress", "busy"].map(rankOfCall)).toEqual([0, 1, 2]);
  expect(["ringing", "failed"].map(hasEnded)).toEqual([false, true]);
  expect(["completed", "absent", "deleted", "processing", "failed"].map(recordingStateOfTwilio)).toEqual([
    "completed",
    "absent",
    "absent",
    "in_progress",
    "failed",
  ]);
});

test("pollAfter · asks ever less often, at most every five minutes", () => {
  expect([0, 1, 2, 9, 400].map((asked) => pollAfter(asked, 15_000))).toEqual([
    15_000, 30_000, 60_000, 300_000, 300_000,
  ]);
});

test("greetingLanguage · the workspace's wish, then the person's own, then their country's", () => {
  expect(greetingLanguage("pt", "es", "MX")).toBe("pt");
  expect(greetingLanguage(null, "es-CO", "US")).toBe("es");
  expect(greetingLanguage(null, "de", "BR")).toBe("pt");
  expect(greetingLanguage(null, null, "CO")).toBe("es");
  expect(greetingLanguage(null, null, null)).toBe("en");
});

test("VoiceSettings · the defaults are valid", () => {
  expect(VoiceSettings.parse(DEFAULT_VOICE_SETTINGS)).toEqual(DEFAULT_VOICE_SETTINGS);
});
