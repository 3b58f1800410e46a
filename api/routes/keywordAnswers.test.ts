import { afterAll, beforeAll, expect, test } from "vitest";
import { listActiveKeywordAnswers } from "../../db/conversationBursts.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ask: Ask;
let workspaceId: string;
beforeAll(async () => {
  api = await testApi();
  ({ ask, id: workspaceId } = await api.workspace());
});
afterAll(() => api.close());

test("keyword answers · are listed by position, page by page, and tried while they are enabled", async () => {
  const made = [];
  for (const [keywords, position] of [
    [["precio"], 5],
    [["horario", "Horarios"], 0],
    [["asesor"], 5],
  ] as const) {
    const { status, body } = await ask("POST /v1/keyword-answers", {
      keywords,
      position,
      body: "Hola {name|amigo}",
    });
    expect(status).toBe(201);
    made.push(body.id);
  }
  const [price, hours, person] = made;
  const first = await ask("GET /v1/keyword-answers?limit=2");
  expect(first.body.data.map((one: { id: string }) => one.id)).toEqual([hours, price]);
  const second = await ask(`GET /v1/keyword-answers?limit=2&cursor=${first.body.next_cursor}`);
  expect(second.body.data.map((one: { id: string }) => one.id)).toEqual([person]);

  await ask(`PATCH /v1/keyword-answers/${price}`, { enabled: false });
  await ask(`PATCH /v1/keyword-answers/${person}`, {
    position: 0,
    hand_off: true,
    body: null,
    channel: "sms",
  });
  await ask(`DELETE /v1/keyword-answers/${hours}`);
  expect(await listActiveKeywordAnswers(api.database.db, workspaceId)).toEqual([
    {
      id: person,
      keywords: ["asesor"],
      match: "whole",
      channel: "sms",
      language: null,
      body: null,
      hand_off: true,
    },
  ]);
  expect((await ask(`GET /v1/keyword-answers/${hours}`)).status).toBe(404);
  expect((await ask(`DELETE /v1/keyword-answers/${hours}`)).status).toBe(404);
});

test.each([
  [{ keywords: ["hola"] }, 422, "body"],
  [{ keywords: ["hola"], body: "Hola {name" }, 422, "body"],
  [{ keywords: ["¡!"], body: "Hola" }, 422, "keywords[0]"],
  [{ keywords: [], body: "Hola" }, 400, "keywords"],
])("createKeywordAnswer · refuses %j", async (given, status, field) => {
  const refused = await ask("POST /v1/keyword-answers", given);
  expect({ status: refused.status, field: refused.body.field }).toEqual({ status, field });
});

test("updateKeywordAnswer · keeps the answer where the change would leave nothing to say", async () => {
  const { body } = await ask("POST /v1/keyword-answers", { keywords: ["hola"], body: "Hola" });
  expect((await ask(`PATCH /v1/keyword-answers/${body.id}`, { body: null })).status).toBe(422);
  expect((await ask(`GET /v1/keyword-answers/${body.id}`)).body.body).toBe("Hola");
});
