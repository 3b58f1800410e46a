import { afterAll, beforeAll, expect, test } from "vitest";
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

/** A workspace with a number that takes calls, and somebody who calls it. */
async function line(voice: Record<string, unknown> = {}) {
  const settings = { voice: { poll_seconds: 0.2, deadline_minutes: 2, ...voice } };
  const workspace = await system.workspace({ settings });
  const own = `+5760155${String(++serial).padStart(5, "0")}`;
  const person = `+57300777${String(serial).padStart(4, "0")}`;
  const sender = await workspace.ask("POST /v1/senders", { channel: "sms", address: own });
  const urls = {
    voice_url: `${system.url}/webhooks/twilio/voice`,
    status_url: `${system.url}/webhooks/twilio/voice/status`,
  };
  await control(system, "numbers", { address: own, ...urls });
  return {
    ...workspace,
    own,
    person,
    senderId: sender.id as string,
    calls: async (more: object = {}): Promise<{ call_sid: string; verbs: string[]; answer: string }> =>
      control(system, "calls", { from: person, to: own, script: SPOKEN, ...more }),
    ends: (callSid: string, ...as: string[]) =>
      system.until(async () => {
        const row = await system.database.db
          .selectFrom("calls")
          .selectAll()
          .where("call_sid", "=", callSid)
          .executeTakeFirst();
        return row !== undefined && as.includes(row.transcription) && row;
      }),
    ledger: async (callSid: string) => {
      const { calls } = await control(system, "calls");
      return (calls as { call_sid: string; recordings: Recorded[] }[]).find((one) => one.call_sid === callSid)
        ?.recordings[0];
    },
  };
}
type Recorded = { recording_sid: string; deleted: boolean; heard: number; transcripts: { ends: string }[] };

test("a call · is greeted, recorded and written down, in its person's thread", async () => {
  const on = await line();
  const { call_sid, verbs, answer } = await on.calls({ duration_s: 61 });
  expect(verbs).toEqual(["Say", "Say", "Record", "Hangup"]);
  expect(answer).toContain("Esta llamada se graba");
  const call = await on.ends(call_sid, "completed");
  expect(call).toMatchObject({ state: "completed", duration_seconds: 61, language: "es", sender_id: on.senderId });
  const { db } = system.database;
  const thread = await db
    .selectFrom("conversations")
    .select(["address", "sender_id", "contact_id"])
    .where("id", "=", call.conversation_id as string)
    .executeTakeFirstOrThrow();
  expect(thread).toEqual({ address: on.person, sender_id: on.senderId, contact_id: call.contact_id });
  expect((await on.ledger(call_sid))?.transcripts).toHaveLength(1);
});
