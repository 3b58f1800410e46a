import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { environmentLanguage } from "../../connectLanguage.ts";
import { signatureOf, similarityOf } from "../../domain/language/similarity.ts";
import { control } from "../../sandbox/testing.ts";
import { testSandbox } from "../../test/sandbox.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
beforeAll(async () => {
  [api, sandbox] = await Promise.all([testApi(), testSandbox()]);
  const models = {
    LLM_PROVIDER: "rules" as const,
    LLM_MAX_TOKENS: 1_000,
    ANTHROPIC_BASE_URL: sandbox.url,
    OPENAI_BASE_URL: `${sandbox.url}/v1`,
  };
  api.deps.language = environmentLanguage(models, api.database.db, 10_000);
});
beforeEach(() => control(sandbox.url, "DELETE", "language/script"));
afterAll(() => Promise.all([api.close(), sandbox.close()]));

const NOTICE = "Responde BAJA para salir.";
const TEXT = `Hola {name|amigo}, soy Valeria de Artek Mar. ¿Te gustaría conocer el proyecto? ${NOTICE}`;
const WARM = `¡Qué gusto saludarte, {name|amigo}! Te escribe Valeria, del equipo de Artek Mar: si quieres ver de cerca lo que construimos, dímelo. ${NOTICE}`;
const POLITE = `Buen día, {name|amigo}. En nombre de Artek Mar, Valeria pone a su disposición la información del conjunto cuando lo desee. ${NOTICE}`;
const CHATTY = `Oye {name|amigo}, Valeria por aquí, la de Artek Mar. ¿Te cuento cómo van quedando los apartamentos? ${NOTICE}`;

const answers = (...texts: string[]) => ({
  object: { wordings: texts.map((text, i) => ({ tone: i % 2 ? "professional" : "friendly", text })) },
});
const script = (answer: object, more: object = {}) =>
  control(sandbox.url, "POST", "language/script", { answer, ...more });
const requests = async () =>
  (await control<{ requests: { turns: { text: string }[] }[] }>(sandbox.url, "GET", "language/requests"))
    .requests;

async function aCampaign(provider: "anthropic" | "openai" = "anthropic") {
  const workspace = await api.workspace({ settings: { language: { provider } } });
  const { body } = await workspace.ask("POST /v1/campaigns", {
    name: "Lanzamiento",
    channel: "sms",
    message_template: TEXT,
  });
  return { ...workspace, campaignId: body.id as string, path: `/v1/campaigns/${body.id}/variants` };
}

type Shown = { body: string; provider: string; state: string; tone: string };

function expectApart(variants: readonly Shown[]) {
  const signatures = variants.map(({ body }) => signatureOf(body));
  for (const [i, a] of signatures.entries())
    for (const b of signatures.slice(i + 1)) expect(similarityOf(a, b)).toBeLessThan(0.7);
}

test.each(["anthropic", "openai"] as const)(
  "variants · are written by %s where the workspace chose it, and approved where their risk is low",
  async (provider) => {
    const { ask, path } = await aCampaign(provider);
    await script(answers(WARM, POLITE, CHATTY));
    const { status, body } = await ask(`POST ${path}`, { variants: 3, auto_approve: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ note: null });
    expect(body).not.toHaveProperty("fallback_from");
    expect(body.data).toMatchObject([
      { body: WARM, provider, tone: "friendly", state: "approved" },
      { body: POLITE, provider, tone: "professional", state: "approved" },
      { body: CHATTY, provider, state: "approved" },
    ]);
    expectApart(body.data);
    expect((await requests())[0]?.turns[0]?.text).toContain("Wordings: 3.");
  },
);

test("variants · that a model wrote wrongly are refused one by one, told to it once, and made by rules", async () => {
  const { ask, path } = await aCampaign();
  await script(
    answers(
      WARM,
      WARM.replace("dímelo", "dime"),
      POLITE.replace(NOTICE, ""),
      CHATTY.replace("¿Te", "https://evil.example ¿Te"),
    ),
  );
  const { body } = await ask(`POST ${path}`, { variants: 3 });
  expect(body).toMatchObject({ fallback_from: "anthropic", reason: "not_allowed" });
  expect(body.data.map((one: Shown) => one.provider)).toEqual(["anthropic", "rules", "rules"]);
  expectApart(body.data);
  for (const { body: text } of body.data as Shown[]) {
    expect(text).toContain("Responde BAJA para salir");
    expect(text).toContain("{name|amigo}");
    expect(text).not.toContain("evil.example");
  }
  for (const fault of ["70 % or more like another", "lost the opt-out notice", "added the link https://evil"])
    expect(body.note).toContain(fault);
  const [, again] = await requests();
  expect(again?.turns.at(-1)?.text).toContain("2 more are needed.");
});

test("variants · of a model's second try are taken beside those of its first", async () => {
  const { ask, path } = await aCampaign();
  await script(answers(WARM, POLITE.replace("{name|amigo}", "{nombre}")), { times: 1 });
  await script(answers(WARM, CHATTY));
  const { body } = await ask(`POST ${path}`, { variants: 2 });
  expect(body.data).toMatchObject([
    { body: WARM, provider: "anthropic" },
    { body: CHATTY, provider: "anthropic" },
  ]);
  expect(body).toMatchObject({ note: null });
  expect(body).not.toHaveProperty("reason");
});

test("variants · are made by rules where the model fails, which says so", async () => {
  const { ask, path } = await aCampaign();
  await script({ refusal: "No." });
  const { body } = await ask(`POST ${path}`, { variants: 2 });
  expect(body).toMatchObject({ fallback_from: "anthropic", reason: "refused", note: null });
  expect(body.data.map((one: Shown) => one.provider)).toEqual(["rules", "rules"]);
});

test("variants · of a text that was changed while the model thought are not kept", async () => {
  const { ask, path, campaignId } = await aCampaign();
  await script({ ...answers(WARM), delay_ms: 2_000 });
  const asked = ask(`POST ${path}`, { variants: 1 });
  await expect.poll(async () => (await requests()).length).toBe(1);
  const changed = await ask(`PATCH /v1/campaigns/${campaignId}`, { message_template: "Otra cosa, {name}." });
  expect(changed.status).toBe(200);
  expect((await asked).status).toBe(409);
  expect((await ask(`GET ${path}`)).body.data).toEqual([]);
});
