import { expect, test } from "vitest";
import { scriptedLanguage } from "../../test/scriptedLanguage.ts";
import type { Sentence } from "../transcript.ts";
import { rulesOnly } from "./asking.ts";
import { digestCall } from "./digestCall.ts";
import type { CallSummary } from "./prompts/summarizeCall.ts";

const said = (...lines: (readonly [Sentence["speaker"], string])[]): Sentence[] =>
  lines.map(([speaker, text], n) => ({ speaker, text, start: n, end: n + 1, confidence: null }));

const call = said(
  ["person", "Quisiera saber el precio del apartamento de 3 alcobas."],
  ["agent", "Cuesta 250 millones. Le envío la lista esta tarde."],
);

const summary: CallSummary = {
  summary: "Preguntó por el precio del apartamento de 3 alcobas: 250 millones.",
  action_items: ["La empresa envía la lista esta tarde."],
  intent: "pricing",
  sentiment: "neutral",
};

const model = scriptedLanguage<CallSummary>;

test("digestCall · takes the model's summary, and says whose it is", async () => {
  const { language, asked } = model(() => summary);
  expect(await digestCall(language, "w", { sentences: call, tongue: "es" })).toEqual({
    summary: summary.summary,
    actionItems: summary.action_items,
    intent: "pricing",
    sentiment: "neutral",
    digestedBy: "gpt-5.4-mini",
  });
  expect(asked).toMatchObject([
    {
      feature: "summaries",
      told: "Write in Spanish.",
      said: [
        {
          label: "the call",
          text: "person: Quisiera saber el precio del apartamento de 3 alcobas.\nagent: Cuesta 250 millones. Le envío la lista esta tarde.",
        },
      ],
    },
  ]);
});

test("digestCall · gives an extract by rules where no model is asked", async () => {
  const digested = await digestCall(rulesOnly, "w", { sentences: call, tongue: "es" });
  expect(digested).toMatchObject({ digestedBy: "rules", intent: expect.any(String) });
  for (const sentence of digested.summary.split(". "))
    expect(call.some(({ text }) => text.includes(sentence))).toBe(true);
});

test.each([
  ["an amount that was not said", { summary: "Cuesta 200 millones." }],
  ["a link that was not said", { action_items: ["Entrar a https://evil.com/pago"] }],
  ["nothing", { summary: " " }],
  ["words without end", { summary: "Habló del apartamento. ".repeat(200) }],
  ["a list without end", { action_items: Array.from({ length: 11 }, () => "Llamar.") }],
])("digestCall · does not take a summary with %s", async (_, wrong) => {
  const { language } = model(() => ({ ...summary, ...wrong }));
  const digested = await digestCall(language, "w", { sentences: call, tongue: "es" });
  expect(digested.digestedBy).toBe("rules");
  expect(JSON.stringify(digested)).not.toMatch(/200|evil/);
});

const long = said(
  ...Array.from(
    { length: 400 },
    (_, n) => ["person", `Frase larga número ${n} sobre el apartamento y sus alcobas.`] as const,
  ),
);
const part: CallSummary = { ...summary, summary: "Habló del apartamento.", action_items: [] };

test("digestCall · has a long call summed up in parts, by whole sentences, and then as a whole", async () => {
  const { language, asked } = model(({ prompt }) =>
    prompt.name === "join_call_summaries"
      ? { ...part, summary: "Toda la llamada fue sobre el apartamento." }
      : part,
  );
  const digested = await digestCall(language, "w", { sentences: long, tongue: "es" });
  expect(digested.summary).toBe("Toda la llamada fue sobre el apartamento.");
  const parts = asked.slice(0, -1).map(({ said: [one] }) => one?.text ?? "");
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.join("\n").split("\n")).toEqual(long.map(({ text }) => `person: ${text}`));
  for (const text of parts) expect(text.length).toBeLessThanOrEqual(12_000);
  expect(asked.at(-1)).toMatchObject({ prompt: { name: "join_call_summaries" } });
  expect(asked.at(-1)?.said).toHaveLength(parts.length);
});

test("digestCall · falls back as a whole where one part fails", async () => {
  const { language } = model((_, n) => (n === 2 ? undefined : part));
  const digested = await digestCall(language, "w", { sentences: long, tongue: "es" });
  expect(digested.digestedBy).toBe("rules");
});

test("digestCall · falls back as a whole where the parts cannot be joined", async () => {
  const { language } = model(({ prompt }) => (prompt.name === "join_call_summaries" ? undefined : part));
  const digested = await digestCall(language, "w", { sentences: long, tongue: null });
  expect(digested.digestedBy).toBe("rules");
});

test("digestCall · asks nobody about a call in which nothing was said", async () => {
  const { language, asked } = model(() => summary);
  const digested = await digestCall(language, "w", { sentences: [], tongue: "es" });
  expect([digested.digestedBy, asked]).toEqual(["rules", []]);
});
