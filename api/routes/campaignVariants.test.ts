import { afterAll, beforeAll, expect, test } from "vitest";
import { signatureOf, similarityOf } from "../../domain/language/similarity.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const TEXT =
  "Hola {name|amigo}, soy Valeria de Artek Mar. ¿Te gustaría conocer el proyecto? Responde BAJA para salir.";
type Variant = { id: string; n: number; body: string; state: string; decided_by: string | null };

async function aCampaign(fields: object = { message_template: TEXT }, channel = "sms") {
  const workspace = await api.workspace();
  const { body } = await workspace.ask("POST /v1/campaigns", { name: "Lanzamiento", channel, ...fields });
  return { ...workspace, campaignId: body.id as string, path: `/v1/campaigns/${body.id}/variants` };
}

test("variants · are proposed, apart from each other, and decided by a person", async () => {
  const { ask, path } = await aCampaign();
  const { status, body } = await ask(`POST ${path}`, { variants: 3 });
  expect(status).toBe(200);
  const made = body.data as Variant[];
  expect(made.map(({ state }) => state)).toEqual(["proposed", "proposed", "proposed"]);
  for (const [i, a] of made.entries())
    for (const b of made.slice(i + 1))
      expect(similarityOf(signatureOf(a.body), signatureOf(b.body))).toBeLessThan(0.7);
  const [first, second] = made as [Variant, Variant];
  const approved = await ask(`POST ${path}/${first.id}`, { decision: "approved" });
  expect(approved.body).toMatchObject({ state: "approved", decided_by: expect.any(String) });
  await ask(`POST ${path}/${second.id}`, { decision: "rejected" });

  // Anew: what was decided stays, the third one gives way.
  const again = await ask(`POST ${path}`, { variants: 1 });
  const states = (again.body.data as Variant[]).map(({ n, state }) => [n, state]);
  expect(states).toEqual([
    [1, "approved"],
    [2, "rejected"],
    [3, "proposed"],
  ]);
});

test("variants · approve themselves where their risk is low and that is wanted", async () => {
  const { ask, path } = await aCampaign();
  const { body } = await ask(`POST ${path}`, { variants: 2, auto_approve: true });
  expect(body.data).toMatchObject([
    { state: "approved", decided_by: null, risk_level: "low" },
    { state: "approved", decided_by: null, risk_level: "low" },
  ]);
});

test("variants · go with the text that they are wordings of", async () => {
  const { ask, path, campaignId } = await aCampaign();
  await ask(`POST ${path}`, { variants: 2, auto_approve: true });
  await ask(`PATCH /v1/campaigns/${campaignId}`, { message_template: "Otra cosa, {name|amigo}." });
  expect((await ask(`GET ${path}`)).body.data).toEqual([]);
});

test("variants · of a WhatsApp template are proposals, whatever is asked", async () => {
  const { ask, id } = await api.workspace();
  const { id: templateId } = await api.database.db
    .insertInto("templates")
    .values({ workspace_id: id, name: "t", channel: "whatsapp", body: TEXT, approval_status: "approved" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const campaign = await ask("POST /v1/campaigns", {
    name: "L",
    channel: "whatsapp",
    template_id: templateId,
  });
  const path = `/v1/campaigns/${campaign.body.id}/variants`;
  const { body } = await ask(`POST ${path}`, { variants: 2, auto_approve: true });
  const [first] = body.data as [Variant];
  expect(first.state).toBe("proposed");
  const refused = await ask(`POST ${path}/${first.id}`, { decision: "approved" });
  expect(refused.status).toBe(409);
});

test("variants · of a campaign that has started, and of another workspace, are refused", async () => {
  const { ask, path, campaignId } = await aCampaign();
  const { ask: stranger } = await api.workspace();
  expect((await stranger(`POST ${path}`, { variants: 1 })).status).toBe(404);
  await api.database.db
    .updateTable("campaigns")
    .set({ state: "running" })
    .where("id", "=", campaignId)
    .execute();
  expect((await ask(`POST ${path}`, { variants: 1 })).status).toBe(409);
});
