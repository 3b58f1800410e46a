import { expect, test } from "vitest";
import { insightsOf, languageOfRegion, nextActionsOf, qualifiedNote, wordsOf } from "./leadRules.ts";
import { type LeadFacts, scoreLead } from "./leadScore.ts";
import { LEAD_TEXTS } from "./leadTexts.ts";

const QUIET: LeadFacts = {
  named: true,
  has_email: false,
  has_mobile: true,
  has_place: true,
  has_language: false,
  attributes: 0,
  opted_in: true,
  opted_out: false,
  delivered: 2,
  seen: 1.5,
  replies: 0,
  inbound: 0,
  last_inbound_days: null,
  reply_minutes: null,
  reply_days: null,
  intent: 0,
  declined: false,
  spoken: 0,
  mood: 0,
  calls: 0,
  visits: 0,
};
const situation = (facts: Partial<LeadFacts>, awaiting = false) => {
  const all = { ...QUIET, ...facts };
  return { facts: all, score: scoreLead(all), awaiting };
};
const ASKING = {
  delivered: 3,
  seen: 3,
  replies: 2,
  inbound: 4,
  last_inbound_days: 0,
  reply_minutes: 6,
  reply_days: 0,
  intent: 1.6,
  spoken: 2,
  mood: 1,
};

test("who reads and does not answer · is asked something short", () => {
  expect(insightsOf(situation({}))).toEqual(["reads_only", "never_answered"]);
  expect(nextActionsOf(situation({}))).toEqual(["ask_a_short_question"]);
});

test("who asks and waits · is answered first, then sent details", () => {
  expect(insightsOf(situation(ASKING, true))).toEqual([
    "awaiting",
    "wants_it",
    "answers_often",
    "answers_fast",
  ]);
  expect(nextActionsOf(situation(ASKING, true)).slice(0, 1)).toEqual(["answer_now"]);
});

test("who is upset · is calmed down before anything is offered", () => {
  expect(nextActionsOf(situation({ ...ASKING, mood: -1 }))).toContain("calm_down");
  expect(nextActionsOf(situation({ ...ASKING, mood: -1 }))).not.toContain("propose_meeting");
});

test("who opted out or declined · is left alone, and nothing else is suggested", () => {
  expect(nextActionsOf(situation({ ...ASKING, opted_out: true }, true))).toEqual(["leave_alone"]);
  expect(nextActionsOf(situation({ ...ASKING, declined: true }, true))).toEqual(["ask_again_later"]);
});

test("wordsOf · speaks each language, with its figures filled in", () => {
  const on = situation({ ...ASKING, last_inbound_days: 40, replies: 1.63 });
  for (const language of ["en", "es", "pt"] as const) {
    const words = wordsOf(on, language);
    expect(JSON.stringify(words)).not.toMatch(/[{]\w+[}]/);
    expect(Object.keys(words.factors)).toEqual(Object.keys(LEAD_TEXTS.en.factors));
    expect(words.insights.length).toBeGreaterThan(2);
  }
  expect(wordsOf(on, "es").insights).toContain("No escribe desde hace 40 días.");
  expect(wordsOf(on, "es").factors.replies).toBe(
    "Respuestas a sus mensajes: 1,6 (las antiguas cuentan menos)",
  );
});

test("qualifiedNote · says by what, and what to do", () => {
  const note = qualifiedNote(situation(ASKING, true), "intent", "pt");
  expect(note).toMatch(/^Lead qualificado pelo que disse; \d+ pontos\./);
  expect(note).toContain("→ Responder agora.");
});

test("languageOfRegion · is Spanish where it is neither English nor Portuguese", () => {
  expect(["MX", "CO", "BR", "US", "DE"].map(languageOfRegion)).toEqual(["es", "es", "pt", "en", "es"]);
});
