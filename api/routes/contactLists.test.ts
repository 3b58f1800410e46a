import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace();
});
afterAll(() => api.close());

test("contact lists · are created, renamed, listed; a name is taken once, case aside", async () => {
  const { status, body } = await ws.ask("POST /v1/contact-lists", { name: "Feria" });
  expect(status).toBe(201);
  expect((await ws.ask("POST /v1/contact-lists", { name: "FERIA" })).body).toMatchObject({
    code: "conflict",
    field: "name",
  });
  const other = await ws.ask("POST /v1/contact-lists", { name: "Otra", description: "x" });
  expect((await ws.ask(`PATCH /v1/contact-lists/${other.body.id}`, { name: "feria" })).status).toBe(409);
  const renamed = await ws.ask(`PATCH /v1/contact-lists/${other.body.id}`, {
    name: "Nueva",
    description: null,
  });
  expect(renamed.body).toMatchObject({ name: "Nueva", description: null });
  const listed = await ws.ask("GET /v1/contact-lists");
  expect(listed.body.data.map((one: { id: string }) => one.id)).toEqual([other.body.id, body.id]);
  expect((await ws.ask(`DELETE /v1/contact-lists/${body.id}`)).status).toBe(204);
  expect((await ws.ask(`GET /v1/contact-lists/${body.id}`)).status).toBe(404);
  expect((await ws.ask("POST /v1/contact-lists", { name: "Feria" })).status).toBe(201);
});

test("members · 10,000 at once, counted as added, already there and unknown; paged by id", async () => {
  const { body: list } = await ws.ask("POST /v1/contact-lists", { name: "Grande" });
  const ids = await people(api.database.db, ws.id, 10_000);
  const stranger = await api.workspace();
  const [foreign] = await people(api.database.db, stranger.id, 1);
  const add = (contact_ids: unknown[]) =>
    ws.ask(`POST /v1/contact-lists/${list.id}/members`, { contact_ids });
  expect((await add(ids)).body).toEqual({ added: 10_000, already: 0, unknown: 0 });
  expect((await add([ids[0], ids[0], foreign])).body).toEqual({ added: 0, already: 1, unknown: 1 });
  expect((await add([...ids, foreign])).status).toBe(400);
  expect((await ws.ask(`GET /v1/contact-lists/${list.id}`)).body.member_count).toBe(10_000);

  const first = await ws.ask(`GET /v1/contact-lists/${list.id}/members?limit=200`);
  const second = await ws.ask(
    `GET /v1/contact-lists/${list.id}/members?limit=200&cursor=${first.body.next_cursor}`,
  );
  const shown = [...first.body.data, ...second.body.data].map(
    (one: { contact_id: string }) => one.contact_id,
  );
  expect(shown).toEqual(ids.slice(0, 400));

  const remove = await ws.ask(`POST /v1/contact-lists/${list.id}/members/remove`, {
    contact_ids: [...ids.slice(0, 3), foreign],
  });
  expect(remove.body).toEqual({ removed: 3 });
  expect((await stranger.ask(`GET /v1/contact-lists/${list.id}/members`)).status).toBe(404);
  const theirs = await stranger.ask(`POST /v1/contact-lists/${list.id}/members`, { contact_ids: [foreign] });
  expect(theirs.status).toBe(404);
});

test("DELETE /v1/contact-lists/{id} · waits for campaigns that have still to read it", async () => {
  const { body: list } = await ws.ask("POST /v1/contact-lists", { name: "En uso" });
  const campaign = await api.database.db
    .insertInto("campaigns")
    .values({
      workspace_id: ws.id,
      name: "Pronto",
      channel: "whatsapp",
      state: "scheduled",
      audience: JSON.stringify({ list_ids: [], exclude: { list_ids: [list.id] } }),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const refused = await ws.ask(`DELETE /v1/contact-lists/${list.id}`);
  expect(refused.body).toMatchObject({ code: "state_conflict", details: { campaign_id: campaign.id } });
  await api.database.db
    .updateTable("campaigns")
    .set({ planned_at: new Date() })
    .where("id", "=", campaign.id)
    .execute();
  expect((await ws.ask(`DELETE /v1/contact-lists/${list.id}`)).status).toBe(204);
});
