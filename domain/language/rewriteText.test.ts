import { expect, test } from "vitest";
import { scriptedLanguage } from "../../test/scriptedLanguage.ts";
import { rulesOnly } from "./asking.ts";
import type { ModelRewriting } from "./prompts/rewriteText.ts";
import { rewriteText } from "./rewriteText.ts";

const message = "Hola {name}, tu cita es el 3 de marzo. Responde BAJA para salir.";
const reworded = "Hola {name}, te esperamos el 3 de marzo. Responde BAJA para salir.";
const answering = (...texts: string[]) =>
  scriptedLanguage<ModelRewriting>((_, n) => ({
    rewritten: texts[Math.min(n, texts.length) - 1] as string,
    changes: ["Warmer."],
  }));

test("rewriteText · takes a model's wording that keeps what must survive", async () => {
  const { language, asked } = answering(reworded);
  expect(await rewriteText(language, "w", { message, tone: "friendly" })).toEqual({
    original: message,
    rewritten: reworded,
    tone: "friendly",
    provider: "openai",
    changes: ["Warmer."],
  });
  expect(asked).toMatchObject([{ told: "Tone: friendly. Language: es.", names: [] }]);
});

test("rewriteText · tells the model the language that is wanted, or that of the message where none shows", async () => {
  const { language, asked } = answering(reworded);
  await rewriteText(language, "w", { message, tone: "casual", language: "pt" });
  await rewriteText(language, "w", { message: "12345", tone: "casual" });
  expect(asked[0]?.told).toBe("Tone: casual. Language: pt.");
  expect(asked.at(-1)?.told).toBe("Tone: casual. Language: that of the message.");
});

test("rewriteText · takes a translation that keeps the opt-out notice by its keyword", async () => {
  const translated = "Hello {name}, we expect you on the 3 of March. Reply BAJA to stop.";
  const { language } = answering(translated);
  const done = await rewriteText(language, "w", { message, tone: "professional", language: "en" });
  expect([done.provider, done.rewritten]).toEqual(["openai", translated]);
});

test("rewriteText · wants the person greeted, and asks once more", async () => {
  const plain = "Tu cita es el 3 de marzo a las 10.";
  const greeted = "Hola Ana, tu cita es el 3 de marzo a las 10.";
  const { language, asked } = answering("Te esperamos el 3 de marzo a las 10.", greeted);
  const done = await rewriteText(language, "w", { message: plain, tone: "friendly", contact_name: "Ana" });
  expect([done.rewritten, asked.length, asked[0]?.names]).toEqual([greeted, 2, ["Ana"]]);
});

test.each([
  ["loses a date", "Hola {name}, te esperamos. Responde BAJA para salir."],
  ["makes up a link", `${reworded} https://otro.example/x`],
  ["shouts", reworded.replace("te esperamos", "¡¡¡URGENTE!!! COMPRA YA, GRATIS, ÚLTIMA OPORTUNIDAD")],
])("rewriteText · leaves a text as it was where the model %s twice, and says why", async (_, wrong) => {
  const { language, asked } = answering(wrong);
  const done = await rewriteText(language, "w", { message, tone: "friendly" });
  expect(done).toMatchObject({ rewritten: message, provider: "rules", reason: "not_allowed" });
  expect(done.changes).toEqual([
    expect.stringMatching(/^Left as it was: the model's wording was refused\. ./),
  ]);
  expect(asked).toHaveLength(2);
});

test("rewriteText · rewrites by rules where there is no model, and says so where one failed", async () => {
  const alone = await rewriteText(rulesOnly, "w", { message, tone: "friendly" });
  const { language } = scriptedLanguage<ModelRewriting>(() => undefined);
  expect(alone.provider).toBe("rules");
  expect(await rewriteText(language, "w", { message, tone: "friendly" })).toEqual({
    ...alone,
    by: undefined,
    fallback_from: "openai",
    reason: "unreachable",
  });
});
