import { expect, test } from "vitest";
import { faultOfAnswer } from "./answerFaults.ts";
import { ANSWER_TONES, toned } from "./answerTone.ts";
import { LANGUAGES } from "./language.ts";
import { SENTIMENTS } from "./labels.ts";

test("toned · calms who is upset and is glad with who is glad, in their language", () => {
  expect(toned("Sí.", "negative", "es", "friendly")).toBe("Lamentamos las molestias. Sí.");
  expect(toned("Sim.", "positive", "pt", "friendly")).toBe("Que bom! Sim.");
  expect(toned("Yes.", "neutral", "en", "casual")).toBe("Yes.");
});

test("toned · says it in another way in each tone, without a promise or a fact", () => {
  for (const language of LANGUAGES)
    for (const mood of SENTIMENTS) {
      const said = ANSWER_TONES.map((tone) => toned("", mood, language, tone));
      if (mood === "neutral") expect(said).toEqual(["", "", ""]);
      else expect(new Set(said).size).toBe(ANSWER_TONES.length);
      for (const opening of said.filter(Boolean)) expect(faultOfAnswer(opening, ["-"])).toBeUndefined();
    }
});
