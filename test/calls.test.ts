import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { callWorkflowId } from "../workflows/handles.ts";
import { control } from "./smsStage.ts";
import { intelligenceServiceSid, testSystem } from "./system.ts";

type System = Awaited<ReturnType<typeof testSystem>>;
let system: System;
let serial = 0;
beforeAll(async () => {
  system = await testSystem({ graceMs: 1_500 });
  await control(system, "intelligence-services", {
    sid: intelligenceServiceSid,
    webhook_url: `${system.url}/webhooks/twilio/voice/transcription`,
  });
});
afterAll(() => system.close());

const SPOKEN = [
  { channel: 1, text: "Quisiera saber el precio del apartamento de tres alcobas." },
  { channel: 1, text: "Por favor envíeme la lista de precios esta tarde." },
];
const NO_WEBHOOKS = { silent: ["status", "recording", "transcription"] };

interface Recorded {
  recording_sid: string;
  deleted: boolean;
  heard: number;
  transcripts: { ends: string; deleted: boolean }[];
}

/** A workspace with a number that takes calls, and somebody who calls it. */
async function line(voice: Record<string, unknown> = {}) {
  const settings = { voice: { poll_seconds: 0.2, deadline_minutes: 2, ...voice } };
  const workspace = await system.workspace({ settings });
  const own = `+5760155${String(++serial).padStart(5, "0")}`;
  const person = `+57300777${String(serial).padStart(4, "0")}`;
  const sender = await workspace.ask("POST /v1/senders", { channel: "sms", address: own });
  await control(system, "numbers", {
    address: own,
    voice_url: `${system.url}/webhooks/twilio/voice`,
    status_url: `${system.url}/webhooks/twilio/voice/status`,
  });
  const { ask } = workspace;
  return {
    ...workspace,
    person,
    senderId: sender.id as string,
    calls: async (more: object = {}): Promise<{ call_sid: string; verbs: string[]; answer: string }> =>
      control(system, "calls", { from: person, to: own, script: SPOKEN, ...more }),
    /** Waits until the transcription stands so, and gives the call as the API shows it. */
    ends: (callSid: string, as: string) =>
      system.until(async () => {
        const { data } = await ask("GET /v1/calls?limit=200");
        const call = data.find((one: { call_sid: string }) => one.call_sid === callSid);
        return call?.transcription_status === as && call;
      }, 60),
    /** What the provider has of the call's recording. */
    recorded: async (callSid: string): Promise<Recorded> => {
      const { calls } = await control(system, "calls");
      return calls.find((one: { call_sid: string }) => one.call_sid === callSid).recordings[0];
    },
  };
}

test("a call · is greeted, recorded, written down and summed up, in its person's thread", {
  timeout: 120_000,
}, async () => {
  const on = await line();
  const { call_sid, verbs, answer } = await on.calls({ duration_s: 61 });
  expect(verbs).toEqual(["Say", "Say", "Record", "Hangup"]);
  expect(answer).toContain("Esta llamada se graba");
  await on.ends(call_sid, "completed");
  // What the provider says of the call itself may come after what it says of its recording.
  const call = await vi.waitFor(
    async () => {
      const seen = await on.ask(`GET /v1/calls/${call_sid}`);
      expect(seen).toMatchObject({
        state: "completed",
        duration_seconds: 61,
        sender_id: on.senderId,
        address: on.person,
      });
      return seen;
    },
    { timeout: 20_000, interval: 100 },
  );
  const thread = await system.database.db
    .selectFrom("conversations")
    .select(["address", "sender_id", "contact_id"])
    .where("id", "=", call.conversation_id)
    .executeTakeFirstOrThrow();
  expect(thread).toEqual({ address: on.person, sender_id: on.senderId, contact_id: call.contact_id });
  const text = await on.ask(`GET /v1/transcripts/${call_sid}`);
  expect(text).toMatchObject({
    transcript_text: SPOKEN.map((one) => one.text).join("\n"),
    language: "es",
    intent: expect.stringMatching(/^(pricing|question|interested)$/),
    action_items: ["Por favor envíeme la lista de precios esta tarde."],
    digested_by: "rules",
    sentences: [{ speaker: "person", start: 0, end: 30.5 }, { speaker: "person" }],
  });
  expect((await on.recorded(call_sid)).transcripts).toHaveLength(1);
});

test("a call of 59 seconds · is kept without a text; one that is hung up has none", {
  timeout: 120_000,
}, async () => {
  // A recording is listed within half the deadline, or there is none.
  const on = await line({ deadline_minutes: 0.1 });
  const short = await on.calls({ duration_s: 59 });
  const gone = await on.calls({ hangs_up: true });
  expect(await on.ends(short.call_sid, "none")).toMatchObject({ transcription_reason: "too_short" });
  expect((await on.recorded(short.call_sid)).transcripts).toEqual([]);
  expect(await on.ends(gone.call_sid, "none")).toMatchObject({ transcription_reason: "no_recording" });
});

test("a call · whose webhooks never come ends well, and is asked for once though the answer is lost", {
  timeout: 120_000,
}, async () => {
  const on = await line();
  await control(system, "faults", {
    account_sid: system.account.accountSid,
    rates: { drop_after_accept: 1 },
    count: 1,
  });
  const { call_sid } = await on.calls({ ...NO_WEBHOOKS, duration_s: 600 });
  await on.ends(call_sid, "completed");
  expect((await on.recorded(call_sid)).transcripts).toHaveLength(1);
});

test("a transcript that fails · shows it, and is made by a retry from the API or from Temporal UI", {
  timeout: 120_000,
}, async () => {
  const on = await line();
  const { call_sid } = await on.calls({ transcript: { outcome: "failed", after_ms: 0, times: 2 } });
  expect(await on.ends(call_sid, "failed")).toMatchObject({ transcription_reason: "provider_failed" });
  const { data: alerts } = await on.ask("GET /v1/alerts?open=true");
  expect(alerts).toMatchObject([{ alert_type: "transcription_failed", subject_kind: "call" }]);
  await on.ask(`POST /v1/calls/${call_sid}/retry`);
  await system.until(async () => (await on.recorded(call_sid)).transcripts.length === 2);
  await on.ends(call_sid, "failed");
  await system.temporal.client.workflow.getHandle(callWorkflowId(call_sid)).signal("retry");
  expect(await on.ends(call_sid, "completed")).toMatchObject({ retries: 2 });
  expect((await on.recorded(call_sid)).transcripts.map(({ ends }) => ends)).toEqual([
    "failed",
    "failed",
    "completed",
  ]);
  expect((await on.ask("GET /v1/alerts?open=true")).data).toEqual([]);
});

test("a deadline · ends what the provider never finishes; a speech endpoint writes down what Twilio does not", {
  timeout: 120_000,
}, async () => {
  const never = await line({ deadline_minutes: 0.05 });
  const stuck = await never.calls({ transcript: { outcome: "never" } });
  const on = await line({ transcribe: "speech" });
  const { call_sid } = await on.calls();
  await on.ends(call_sid, "completed");
  const { heard, transcripts } = await on.recorded(call_sid);
  expect({ heard, transcripts }).toEqual({ heard: 1, transcripts: [] });
  const text = await on.ask(`GET /v1/transcripts/${call_sid}`);
  expect(text).toMatchObject({
    language: "es",
    sentences: [{ text: SPOKEN[0]?.text }, { text: SPOKEN[1]?.text }],
  });
  expect(await never.ends(stuck.call_sid, "failed")).toMatchObject({ transcription_reason: "deadline" });
});

test("recordings · are deleted at the provider when asked for or old, with its transcript; the text stays", {
  timeout: 120_000,
}, async () => {
  const on = await line({ keep_recordings_days: 30 });
  const [wanted, old, kept] = [await on.calls(), await on.calls(), await on.calls()];
  for (const { call_sid } of [wanted, old, kept]) await on.ends(call_sid, "completed");
  await on.ask(`DELETE /v1/calls/${wanted.call_sid}/recordings`);
  const { recording_sid } = await on.recorded(old.call_sid);
  await system.database.db
    .updateTable("recordings")
    .set({ recorded_at: new Date(Date.now() - 31 * 86_400_000) })
    .where("recording_sid", "=", recording_sid)
    .execute();
  const report = await system.temporal.client.workflow.execute("recordingDeletionWorkflow", {
    workflowId: `delete-recordings-${system.temporal.taskQueue}`,
    taskQueue: system.temporal.taskQueue,
  });
  expect(report).toEqual({ expired: 1, deleted: 2, unanswered: 0 });
  const at = await Promise.all([wanted, old, kept].map(({ call_sid }) => on.recorded(call_sid)));
  expect(at.map(({ deleted }) => deleted)).toEqual([true, true, false]);
  expect(at.map(({ transcripts }) => transcripts[0]?.deleted)).toEqual([true, true, false]);
  const text = await on.ask(`GET /v1/transcripts/${wanted.call_sid}`);
  expect(text).toMatchObject({ recording_url: null, transcription_status: "completed" });
  expect(text.transcript_text).toContain("precio");
});
