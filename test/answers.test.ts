import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { control } from "../sandbox/testing.ts";
import { answeringStage } from "./answering.ts";
import { asked, breaches, conversations, entries } from "./answers.cases.ts";
import { type TestDatabase, testDatabase } from "./database.ts";
import { testSandbox } from "./sandbox.ts";

type Stage = Awaited<ReturnType<typeof answeringStage>>;

let database: TestDatabase;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let byRules: Stage;
let byModel: Stage;
beforeAll(async () => {
  [database, sandbox] = await Promise.all([testDatabase(), testSandbox()]);
  byRules = await answeringStage(database, { entries });
  byModel = await answeringStage(database, { entries, sandboxUrl: sandbox.url });
});
beforeEach(() => control(sandbox.url, "DELETE", "language/script"));
afterAll(() => Promise.all([database.close(), sandbox.close()]));

const script = (object: object) => control(sandbox.url, "POST", "language/script", { answer: { object } });
const timesAsked = async () =>
  (await control<{ requests: unknown[] }>(sandbox.url, "GET", "language/requests")).requests.length;

const MODEL = "claude-haiku-5-5";
const rows = conversations.map((one) => [one.language, one.texts.join(" / "), one] as const);

describe("thirty conversations", () => {
  test("are thirty, ten a language", () => {
    expect(conversations).toHaveLength(30);
    for (const language of ["en", "es", "pt"])
      expect(conversations.filter((one) => one.language === language)).toHaveLength(10);
  });

  test.each(rows)("by rules · %s: %s", async (language, _, { texts, rules, entry, says }) => {
    const answer = entry === undefined ? undefined : entries[language][entry];
    const done = await byRules.says(language, texts);
    expect(done).toMatchObject({
      became: rules,
      model: null,
      from: answer === undefined ? [] : [answer[0]],
    });
    if (answer !== undefined) expect(done.said).toEqual([answer[1]]);
    else if (says !== undefined) expect(done.said).toEqual([expect.stringMatching(says)]);
    else expect(done.said).toEqual([]);
  });

  test.each(rows)("by a model · %s: %s", async (language, _, one) => {
    await script(one.model ?? { decision: "answer", entries: [1], answer: "Claro." });
    const done = await byModel.says(language, one.texts);
    // What rules have decided, no model is asked about.
    expect(await timesAsked()).toBe(one.model === undefined ? 0 : 1);
    if (one.model === undefined) expect(done).toMatchObject({ became: one.rules, model: null });
    else if (one.model.decision === "hand_over")
      expect(done).toMatchObject({ became: "handed_off · unsure", model: MODEL, said: [] });
    else expect(done).toMatchObject({ became: "answered · model", model: MODEL, said: [one.model.answer] });
  });

  test.each(rows)("by a model that breaks every rule · %s: %s", async (language, _, one) => {
    const answer = "Soy Ana, una persona: 50 % de descuento garantizado hoy en https://ofertas.example";
    await script({ decision: "answer", entries: [1], answer });
    const done = await byModel.says(language, one.texts);
    expect(done).toMatchObject({ became: one.rules, model: null });
    expect(JSON.stringify([done.said, done.drafts])).not.toContain("Ana");
  });
});

describe("a model's answer", () => {
  const broken = breaches.map(([rule, ...given]) => [rule, given] as const);
  test.each(broken)("is stopped · %s: %j", async (_, [language, answer, more = {}]) => {
    await script({ decision: "answer", entries: [1, 2], answer, ...more });
    const done = await byModel.says(language, asked[language]);
    // It is told what is wrong, and has one further try.
    expect(await timesAsked()).toBe(2);
    expect(done).toMatchObject({ became: "draft · classification", model: null, from: [], said: [] });
  });

  test("is taken after all where its second try keeps to the entries", async () => {
    const answer = "El parqueadero es gratis para clientes.";
    const first = { decision: "answer", entries: [1, 2], answer: `${answer} Hoy.` };
    await control(sandbox.url, "POST", "language/script", { answer: { object: first }, times: 1 });
    await script({ decision: "answer", entries: [1, 2], answer });
    const done = await byModel.says("es", asked.es);
    expect(done).toMatchObject({ became: "answered · model", said: [answer] });
  });

  test("may use only the entries that it names", async () => {
    await script({ decision: "hand_over", entries: [], answer: "" });
    await byModel.says("es", asked.es);
    const parking = await numberGiven("gratis");
    await control(sandbox.url, "DELETE", "language/script");
    const answer = "El plan básico cuesta $20.000 al mes.";
    await script({ decision: "answer", entries: [parking], answer });
    expect(await byModel.says("es", asked.es)).toMatchObject({ became: "draft · classification", said: [] });
  });

  test("that fails leaves what rules do", async () => {
    await control(sandbox.url, "POST", "language/script", { answer: { refusal: "No." } });
    const done = await byModel.says("es", asked.es);
    expect(done).toMatchObject({ became: "draft · classification", model: null });
  });
});

/** The number of the entry with these words among those that the model was given. */
async function numberGiven(words: string): Promise<number> {
  const { requests } = await control<{ requests: { turns: { text: string }[] }[] }>(
    sandbox.url,
    "GET",
    "language/requests",
  );
  const text = requests[0]?.turns[0]?.text ?? "";
  return Number([...text.slice(0, text.indexOf(words)).matchAll(/entry (\d+), begins/g)].at(-1)?.[1]);
}

describe("modes and moods", () => {
  test("in review mode · answers wait as drafts, with what they come from", async () => {
    const on = await answeringStage(database, {
      entries,
      sandboxUrl: sandbox.url,
      conversations: { mode: "review" },
    });
    const answer = "El parqueadero es gratis para clientes.";
    await script({ decision: "answer", entries: [1, 2], answer });
    expect(await on.says("es", ["¿Hacen devoluciones?"])).toMatchObject({
      became: "draft · knowledge",
      from: ["¿Hacen devoluciones?"],
      said: [],
      drafts: [{ body: "Sí, hasta 30 días después con la factura.", source: "knowledge" }],
    });
    expect(await on.says("es", asked.es)).toMatchObject({
      became: "draft · model",
      model: MODEL,
      drafts: [{ body: answer, source: "model" }],
    });
    expect(await on.says("es", ["¿eres un robot?"])).toMatchObject({ became: "draft · assistant" });
  });

  test("in manual mode · nothing is looked up and nobody asked", async () => {
    const on = await answeringStage(database, {
      entries,
      sandboxUrl: sandbox.url,
      conversations: { mode: "manual" },
    });
    for (const texts of [["¿Hacen devoluciones?"], asked.es, ["¿eres un robot?"]])
      expect(await on.says("es", texts)).toMatchObject({ became: "left · manual", from: [], said: [] });
    expect(await timesAsked()).toBe(0);
  });

  test("to who is upset and handed over · the workspace's text is said calmingly", async () => {
    const text = "Ya te atiende una persona.";
    const on = await answeringStage(database, {
      entries,
      conversations: { hand_off: { text: { es: text } } },
    });
    const upset = await on.says("es", ["pésimo servicio, me cobraron dos veces y nadie responde"]);
    expect(upset.said).toEqual([`Lamentamos las molestias. ${text}`]);
    const calm = await on.says("es", ["quiero hablar con un asesor por favor"]);
    expect(calm.said).toEqual([text]);
  });

  test("to people of a segment · fixed openings and a model's answer have the segment's tone", async () => {
    const text = "Ya te atiende una persona.";
    const on = await answeringStage(database, {
      entries,
      sandboxUrl: sandbox.url,
      conversations: { hand_off: { text: { es: text } } },
    });
    await on.speaksTo("vip", "professional");
    const upset = ["pésimo servicio, me cobraron dos veces y nadie responde"];
    expect((await on.says("es", upset, ["vip"])).said).toEqual([`Lamentamos los inconvenientes. ${text}`]);
    expect((await on.says("es", upset, ["nuevo"])).said).toEqual([`Lamentamos las molestias. ${text}`]);

    await script({ decision: "answer", entries: [1, 2], answer: "El parqueadero es gratis para clientes." });
    await on.says("es", asked.es, ["vip"]);
    await on.says("es", asked.es);
    const { requests } = await control<{ requests: { turns: { text: string }[] }[] }>(
      sandbox.url,
      "GET",
      "language/requests",
    );
    const told = requests.map(({ turns }) => turns[0]?.text.split("\n")[0]);
    expect(told).toEqual(["Answer in Spanish. Tone: professional.", "Answer in Spanish. Tone: friendly."]);
  });
});
