import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, aThread, received } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const DAY = "GET /v1/analytics/keywords?days=1&until=2025-03-12";

let numbers = 0;

async function asked() {
  const workspace = await api.workspace();
  const { ask, id } = workspace;
  const { db } = api.database;
  const sender_id = await aNumber(db, id, `+57310000005${numbers++}`);
  const [ana, eva, luz] = await people(db, id, 3);
  const say = async (contact_id: string | undefined, texts: string[], reason?: string) => {
    const conversation_id = await aThread(db, id, { sender_id, contact_id });
    for (const [hour, body] of texts.entries())
      await received(db, id, {
        sender_id,
        contact_id,
        conversation_id,
        body,
        at: `2025-03-12T${12 + hour}:00:00Z`,
        ...(reason !== undefined && { reason }),
      });
  };
  await say(ana, ["¿Qué PRECIO tiene?", "¿y el précio, con cita?"]);
  await say(eva, ["El precio, por favor", "preciosa la vista"]);
  await say(luz, ["precio: respuesta automática"], "automatic");
  const lead = { workspace_id: id, qualified_by: "intent", score: 60 };
  await db
    .insertInto("qualified_leads")
    .values([
      { ...lead, contact_id: ana ?? "", at: "2025-03-18T12:00:00Z" },
      // Was one before she asked.
      { ...lead, contact_id: eva ?? "", at: "2025-03-12T11:00:00Z" },
    ])
    .execute();
  await ask("POST /v1/keyword-answers", { keywords: ["Precio", "cita"], body: "Desde 300 millones." });
  await ask("POST /v1/keyword-answers", { keywords: ["horario"], body: "De 8 a 18." });
  return workspace;
}

test("listKeywordAnalytics · counts whole words of people without case and accents, and the leads that came of them", async () => {
  const { ask } = await asked();
  const { status, body } = await ask(DAY);
  expect(status).toBe(200);
  expect(body.data).toEqual([
    { keyword: "precio", mentions: 3, conversations: 2, leads: 1, conversion: 50 },
    { keyword: "cita", mentions: 1, conversations: 1, leads: 1, conversion: 100 },
    { keyword: "horario", mentions: 0, conversations: 0, leads: 0, conversion: null },
  ]);
  expect((await ask(`${DAY}&limit=1`)).body.data).toHaveLength(1);
  const before = await ask("GET /v1/analytics/keywords?days=1&until=2025-03-11");
  expect(before.body.data[0]).toMatchObject({ mentions: 0 });
});

test("listKeywordAnalytics · takes other words and phrases, and reads nothing of another workspace", async () => {
  const { ask } = await asked();
  const { body } = await ask(`${DAY}&keywords=${encodeURIComponent("por favor, Vista")}`);
  expect(body.data).toMatchObject([
    { keyword: "por favor", mentions: 1 },
    { keyword: "vista", mentions: 1 },
  ]);
  const other = await api.workspace();
  const theirs = await other.ask(`${DAY}&keywords=precio`);
  expect(theirs.body.data).toMatchObject([{ keyword: "precio", mentions: 0 }]);
  const { body: wrong } = await ask(`${DAY}&keywords=,`);
  expect(wrong.field ?? wrong.errors[0].field).toBe("keywords");
});
