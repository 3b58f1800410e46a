import { expect, test } from "vitest";
import { scriptedLanguage } from "../../test/scriptedLanguage.ts";
import { rulesOnly } from "./asking.ts";
import type { ModelWordings } from "./prompts/varyText.ts";
import { variantTexts } from "./variantTexts.ts";

const message =
  "Hola {name}, soy Valeria de Artek Mar. Tu visita es el 3 de marzo. Responde BAJA para salir.";
const other =
  "Qué tal, {name}: le habla Valeria, de Artek Mar. Quedó agendado que nos acompañe el 3 de marzo. Responde BAJA para salir.";
const asked = { message, n: 2, beside: [] };

const answering = (...texts: string[]) =>
  scriptedLanguage<ModelWordings>((_, n) => ({
    wordings: [{ text: texts[Math.min(n, texts.length) - 1] as string, tone: "friendly" }],
  }));

test("variantTexts · fills up by rules what the model does not give", async () => {
  const { language, asked: questions } = answering(other);
  const { variants, refused } = await variantTexts(language, "w", asked);
  expect(variants.map(({ provider }) => provider)).toEqual(["openai", "rules"]);
  expect(variants[0]).toMatchObject({ body: other, tone: "friendly" });
  expect(refused).toEqual([]);
  expect(questions[0]?.told).toBe(
    "Wordings: 2. Tones: friendly, professional and casual in turn. Language: es.",
  );
});

test("variantTexts · asks in the one tone that is wanted, beside what there is", async () => {
  const { language, asked: questions } = answering(other);
  const { variants } = await variantTexts(language, "w", {
    ...asked,
    n: 1,
    tone: "professional",
    beside: ["Hola"],
  });
  expect(variants).toMatchObject([{ body: other, tone: "professional", provider: "openai" }]);
  expect(questions[0]).toMatchObject({
    told: "Wordings: 1. Tones: professional. Language: es.",
    said: [{}, { label: "wording 1 that there is already", text: "Hola" }],
  });
});

test("variantTexts · says nothing of a language that shows in no word", async () => {
  const { language, asked: questions } = answering("6789");
  await variantTexts(language, "w", { ...asked, message: "12345" });
  expect(questions[0]?.told).toContain("Language: that of the message.");
});

test.each([
  [
    "It is in another language.",
    "Hello {name}, this is Valeria of Artek Mar and we expect you on the 3 de marzo. BAJA",
  ],
  ["It is much longer than the message.", `${other} ${"Nos vemos pronto en la obra. ".repeat(12)}`],
])("variantTexts · refuses a wording, and says: %s", async (why, text) => {
  const { language } = answering(text);
  const { variants, refused } = await variantTexts(language, "w", asked);
  expect(variants.every(({ provider }) => provider === "rules")).toBe(true);
  expect(refused).toEqual([expect.stringContaining(why)]);
});

test("variantTexts · is by rules where there is no model", async () => {
  const { variants, refused } = await variantTexts(rulesOnly, "w", asked);
  expect(variants).toHaveLength(2);
  expect([variants[0]?.provider, refused]).toEqual(["rules", []]);
});
