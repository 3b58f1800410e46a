import { Writable } from "node:stream";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
// First, so that the schemas of domain/ are made after zod has learned to describe itself.
import { testSystem } from "./system.ts";
import { privacy } from "../db/privacy.ts";
import { columnsOf } from "../db/privacyWays.ts";
import { collectText } from "./historyText.ts";
import { fillTheRest, MARKS, marked } from "./markedPerson.ts";
import { control, smsStage } from "./smsStage.ts";

let logged = "";
const log = pino(
  { level: "trace" },
  new Writable({
    write(chunk, _, done) {
      logged += String(chunk);
      done();
    },
  }),
);

let system: Awaited<ReturnType<typeof testSystem>>;
beforeAll(async () => {
  system = await testSystem({ log });
}, 60_000);
afterAll(() => system?.close(), 60_000);

const FILE = [
  "nombre;telefono;correo;nota;acepta",
  `${marked.name};312 555 9871;${marked.email};${marked.attribute};sí`,
  `${marked.name};3.12556E+09;;;sí`,
  "",
].join("\n");

type Stage = Awaited<ReturnType<typeof smsStage>>;

async function importFile({ ask }: Stage): Promise<{ list_id: string; counts: Record<string, number> }> {
  const options = new URLSearchParams({
    file_name: `${marked.name}.csv`,
    list_name: "Todos",
    consent: JSON.stringify({ channels: ["sms"], source: "form", column: "acepta" }),
  });
  const { id } = await ask(`POST /v1/imports?${options.toString()}`, new Blob([FILE], { type: "text/csv" }));
  return system.until(async () => {
    const now = await ask(`GET /v1/imports/${id}`);
    return now.state === "completed" && now;
  });
}

/** Every row of the workspace as text, by table. */
async function dump(workspaceId: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const table of Object.keys(privacy)) {
    const own = sql.ref(table === "workspaces" ? "id" : "workspace_id");
    const common = ["switches", "reconciler_cursors"].includes(table);
    const { rows } = await sql<{ text: string | null }>`
      select string_agg(t::text, E'\n') as text from ${sql.table(table)} t
      where ${common ? sql`true` : sql`${own} = ${workspaceId}`}`.execute(system.database.db);
    texts.set(table, (rows[0]?.text ?? "").toLowerCase());
  }
  return texts;
}

const isMarked = (text: string) => MARKS.some((mark) => text.includes(mark));
const markedTables = async (workspaceId: string) =>
  [...(await dump(workspaceId))].filter(([, text]) => isMarked(text)).map(([table]) => table);

async function histories(workspaceId: string): Promise<{ types: Set<string>; text: string }> {
  const { workflow } = system.temporal.client;
  const types = new Set<string>();
  const words: string[] = [];
  for await (const run of workflow.list({ query: `WorkspaceId = '${workspaceId}'` })) {
    types.add(run.type);
    const handle = workflow.getHandle(run.workflowId, run.runId);
    collectText([await handle.fetchHistory(), (await handle.describe()).raw], words);
  }
  return { types, text: words.join("\n").toLowerCase() };
}

/** A message to the person, an answer of theirs, and something in every table that can have something. */
async function fill(stage: Stage): Promise<string> {
  const { ask, id: workspaceId } = stage;
  const imported = await importFile(stage);
  const [contact] = (await ask(`GET /v1/contacts?list_id=${imported.list_id}`)).data;
  await ask(`PATCH /v1/contacts/${contact.id}`, { tags: [marked.tag] });
  await ask("POST /v1/suppressions", { channel: "email", address: marked.email, note: marked.written });
  const body = { channel: "sms", to: marked.phone, body: `Hola ${marked.name}`, purpose: "transactional" };
  const single = await postWithKey(stage, "/v1/messages", body);
  await system.until(async () => (await ask(`GET /v1/messages/${single.id}`)).accepted_at !== null);
  const campaign = await stage.start([contact.id]);
  await stage.reaches(campaign.id, "completed");
  await stage.says(marked.phone, marked.reply);
  const { db } = system.database;
  const conversation = await db
    .selectFrom("conversations")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  const message = await db
    .selectFrom("messages")
    .select("id")
    .where("campaign_id", "=", campaign.id)
    .executeTakeFirstOrThrow();
  const ids = { conversationId: conversation.id, messageId: message.id };
  await fillTheRest(db as never, { workspaceId, contactId: contact.id, ...ids });
  return contact.id as string;
}

async function postWithKey({ key }: Stage, path: string, body: unknown): Promise<{ id: string }> {
  const response = await fetch(system.url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "idempotency-key": "the-marked-one",
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { id: string };
  expect(answer).toMatchObject({ id: expect.any(String) });
  return answer;
}

const atProvider = async () => {
  const { messages } = await control(system, "messages?limit=10000");
  return (messages as { from: string; to: string; deleted: boolean }[]).filter(
    ({ from, to }) => from === marked.phone || to === marked.phone,
  );
};

it("an erased person · is in no table, history or log, nor at the provider, and no import brings them back into a campaign", {
  timeout: 120_000,
}, async () => {
  const stage = await smsStage(system, { people: 1 });
  const contactId = await fill(stage);
  const before = await markedTables(stage.id);
  const able = Object.entries(privacy)
    .filter(([, table]) => table.person && columnsOf(table, "identifies", "content").length > 0)
    .map(([name]) => name);
  // Sealed answers show nothing, import rows for work are gone when the import has ended.
  expect(before.toSorted()).toEqual(able.filter((name) => name !== "idempotency_keys").toSorted());

  const { tables } = await stage.ask(`GET /v1/contacts/${contactId}/export`);
  const theirs = able.filter((name) =>
    privacy[name]?.person?.some(({ by }) => by !== "mention" && by !== "answer"),
  );
  expect(Object.keys(tables)).toEqual(expect.arrayContaining(theirs));
  for (const name of theirs) expect(isMarked(JSON.stringify(tables[name]).toLowerCase()), name).toBe(true);
  expect(tables.messages).toHaveLength(3);

  const { id } = await stage.ask(`POST /v1/contacts/${contactId}/erase`);
  const certificate = await system.until(async () => {
    const now = await stage.ask(`GET /v1/erasures/${id}`);
    return now.state !== "running" && now;
  }, 60);
  expect(await markedTables(stage.id)).toEqual([]);
  expect(certificate).toMatchObject({ state: "completed", provider: { erased: 3, remaining: 0 } });
  expect(Object.keys(certificate.rows).toSorted()).toEqual(
    [...before, "contact_list_members", "idempotency_keys"].toSorted(),
  );
  const { types, text } = await histories(stage.id);
  expect([...types]).toContain("erasureWorkflow");
  expect(text).toContain(id);
  expect(isMarked(text)).toBe(false);
  expect(logged).toContain("request");
  expect(isMarked(logged.toLowerCase())).toBe(false);
  const there = await atProvider();
  expect(there).toHaveLength(3);
  expect(there.every((message) => message.deleted)).toBe(true);

  const again = await importFile(stage);
  expect(again.counts).toMatchObject({ created: 1 });
  const { id: campaignId } = await stage.start([], { contact_ids: undefined, list_ids: [again.list_id] });
  await stage.reaches(campaignId, "completed");
  expect(await stage.states(campaignId)).toMatchObject([{ state: "skipped", reason: "suppressed" }]);
  expect(await atProvider()).toHaveLength(3);
});
