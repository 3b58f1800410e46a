import { afterAll, beforeAll, expect, test } from "vitest";
import {
  failTranscript,
  completeTranscript,
  ensureTranscripts,
  listTranscriptsOf,
} from "../../db/transcripts.ts";
import { inTransaction } from "../../db/connect.ts";
import { listRecordings, saveRecordings } from "../../db/recordings.ts";
import { digest } from "../../domain/transcript.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let on: { id: string; ask: Ask };
let serial = 0;
beforeAll(async () => {
  api = await testApi();
  on = await api.workspace({ default_region: "CO" });
});
afterAll(() => api.close());

const sid = (kind: string) => kind + String(++serial).padStart(32, "0");

/** A call of a minute and a bit, with its text where one is given. */
async function aCall(text: { language: string; lines: string[] } | null, transcription = "completed") {
  const { db } = api.database;
  const { id, call_sid } = await db
    .insertInto("calls")
    .values({
      workspace_id: on.id,
      call_sid: sid("CA"),
      state: "completed",
      duration_seconds: 61,
      transcription,
    })
    .returning(["id", "call_sid"])
    .executeTakeFirstOrThrow();
  const recording = {
    sid: sid("RE"),
    state: "completed",
    seconds: 61,
    channels: 2,
    url: "https://r.example/1",
  };
  await saveRecordings(db, on.id, id, [recording]);
  await ensureTranscripts(db, { id, workspace_id: on.id }, "twilio", await listRecordings(db, id));
  const [transcript] = await listTranscriptsOf(db, id);
  if (text !== null) {
    const sentences = text.lines.map((line, n) => ({
      speaker: n % 2 === 0 ? ("agent" as const) : ("person" as const),
      start: n,
      end: n + 1,
      confidence: 0.5,
      text: line,
    }));
    const { summary, actionItems } = digest(sentences, null);
    const stored = { ...text, sentences, summary, actionItems, intent: "pricing", sentiment: "neutral" };
    await inTransaction(db, (tx) =>
      completeTranscript(tx, on.id, transcript?.id ?? "", { ...stored, digestedBy: "rules" }),
    );
  } else await failTranscript(db, transcript?.id ?? "", "provider_failed");
  return call_sid;
}

test("GET /v1/transcripts · finds words in the forms of the language they were spoken in", async () => {
  const spanish = await aCall({
    language: "es",
    lines: ["¿Cuáles son los precios?", "Los apartamentos cuestan más."],
  });
  const english = await aCall({
    language: "en",
    lines: ["We are visiting the apartments", "I was running late"],
  });
  const german = await aCall({ language: "de", lines: ["Guten Tag", "Ich suche eine Wohnung"] });
  const found = async (q: string) => {
    const { body } = await on.ask(`GET /v1/transcripts?q=${encodeURIComponent(q)}`);
    return body.data.map((entry: { call_sid: string }) => entry.call_sid);
  };
  expect(await found("precio")).toEqual([spanish]);
  expect(await found("apartamento precio -guten")).toEqual([spanish]);
  expect(await found("run visit")).toEqual([english]);
  expect(await found("wohnung")).toEqual([german]);
  expect(await found("wohnungen")).toEqual([]);
  const { body } = await on.ask("GET /v1/transcripts?q=precio");
  expect(body.data[0].excerpt).toContain("«precios»");
  const { body: page } = await on.ask("GET /v1/transcripts?limit=2&intent=pricing");
  expect(page.data.map((entry: { language: string }) => entry.language)).toEqual(["de", "en"]);
  const { body: rest } = await on.ask(
    `GET /v1/transcripts?limit=2&intent=pricing&cursor=${page.next_cursor}`,
  );
  expect(rest).toMatchObject({ data: [{ call_sid: spanish, excerpt: null }], next_cursor: null });
});

test("GET /v1/transcripts/{call_sid} · gives text and sentences by speaker", async () => {
  const call = await aCall({
    language: "es",
    lines: ["Buenas tardes.", "Quisiera saber el precio del apartamento."],
  });
  const { body } = await on.ask(`GET /v1/transcripts/${call}`);
  expect(body).toMatchObject({
    call_sid: call,
    duration: 61,
    transcript_text: "Buenas tardes.\nQuisiera saber el precio del apartamento.",
    recording_url: "https://r.example/1",
    transcription_status: "completed",
    summary: "Quisiera saber el precio del apartamento.",
    intent: "pricing",
  });
  expect(body.sentences[1]).toEqual({
    speaker: "person",
    start: 1,
    end: 2,
    confidence: 0.5,
    text: "Quisiera saber el precio del apartamento.",
  });
  expect((await on.ask("GET /v1/transcripts/CAnone")).status).toBe(404);
});

test("POST /v1/calls/{call_sid}/retry · lets a failed one begin anew, once, and wakes its workflow", async () => {
  const call = await aCall(null, "failed");
  const { db } = api.database;
  const failed = await on.ask(`GET /v1/transcripts/${call}`);
  expect(failed.body).toMatchObject({ transcript_text: null, sentences: [], transcription_status: "failed" });
  const retried = await on.ask(`POST /v1/calls/${call}/retry`);
  expect(retried).toMatchObject({ status: 202, body: { transcription_status: "waiting", retries: 1 } });
  expect((await on.ask(`POST /v1/calls/${call}/retry`)).status).toBe(409);
  const owed = await db.selectFrom("temporal_outbox").select("workflow_id").execute();
  expect(owed).toContainEqual({ workflow_id: `call:${call}` });
  const { body } = await on.ask(`GET /v1/calls?transcription_status=waiting`);
  expect(body.data).toMatchObject([{ call_sid: call, direction: "in" }]);
});

test("DELETE /v1/calls/{call_sid}/recordings · asks for their deletion; the text stays", async () => {
  const call = await aCall({ language: "es", lines: ["Hola"] });
  const { status, body } = await on.ask(`DELETE /v1/calls/${call}/recordings`);
  expect(status).toBe(202);
  expect(body.recordings).toMatchObject([{ state: "completed", deleted_at: null }]);
  expect(body.recordings[0].deletion_requested_at).not.toBeNull();
  expect((await on.ask(`GET /v1/calls/${call}`)).body.recordings).toEqual(body.recordings);
  expect((await on.ask(`GET /v1/transcripts/${call}`)).body.transcript_text).toBe("Hola");
});

test("PUT /v1/members/{id}/call-phone · reads the number by the workspace's region", async () => {
  const { body: member } = await on.ask("POST /v1/members", {
    name: "A",
    email: "a@example.com",
    role: "agent",
  });
  const put = (call_phone: string | null) =>
    on.ask(`PUT /v1/members/${member.id}/call-phone`, { call_phone });
  expect((await put("300 123 4567")).body).toEqual({ call_phone: "+573001234567" });
  expect((await put("nobody")).body).toMatchObject({ code: "validation", field: "call_phone" });
  expect((await put(null)).body).toEqual({ call_phone: null });
});
