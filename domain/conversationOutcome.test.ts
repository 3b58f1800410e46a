import { describe, expect, test } from "vitest";
import { type BurstFacts, decideBurst, textFor } from "./conversationOutcome.ts";
import { DEFAULT_CONVERSATION_SETTINGS } from "./conversationSettings.ts";
import type { ReplyReading } from "./replyReading.ts";

const reading: ReplyReading = {
  intent: "pricing",
  sentiment: "neutral",
  confidence: 90,
  key_phrases: [],
  suggested_action: "send_prices",
  urgency: "medium",
  auto_response: { should_respond: true, suggested_response: "¿De cuál?", requires_human_review: false },
  opt_out: false,
  language: "es",
  provider: "rules",
  why: "",
};
const settings = { ...DEFAULT_CONVERSATION_SETTINGS, mode: "auto" as const };
const facts: BurstFacts = {
  settings,
  blocked: false,
  handed_off: false,
  keyword: undefined,
  machine: undefined,
  reading,
  matter: undefined,
  asks_what_it_is: false,
  asks_only_that: false,
  knowledge: undefined,
  wordless: false,
  tone: "friendly",
  lead_score: null,
  answers_today: 0,
  open: true,
  away_sent: false,
  language: "es",
};
const keyword = {
  id: "k",
  keywords: ["precio"],
  match: "whole" as const,
  channel: null,
  language: null,
  body: "Desde $10",
  hand_off: false,
};
const read = (change: Partial<ReplyReading>) => ({ ...facts, reading: { ...reading, ...change } });
const handedOver = (reason: string) => ({ kind: "hand_off", reason, body: null, away: false });

describe("decideBurst", () => {
  test("answers by itself, leaves a draft, or leaves it to people, as the mode says", () => {
    expect(decideBurst(facts)).toEqual({ kind: "answer", by: "classification", body: "¿De cuál?" });
    expect(decideBurst({ ...facts, settings: { ...settings, mode: "review" } })).toEqual({
      kind: "draft",
      by: "classification",
      body: "¿De cuál?",
    });
    expect(decideBurst({ ...facts, settings: { ...settings, mode: "manual" } })).toEqual({
      kind: "left",
      reason: "manual",
    });
  });

  test("asks a person where the reading says so", () => {
    const review = { ...reading.auto_response, requires_human_review: true };
    expect(decideBurst(read({ auto_response: review }))).toMatchObject({ kind: "draft" });
  });

  test("says what it is to who asks that, on the way to a person too", () => {
    const asking = { ...read({ intent: "human_request" }), asks_what_it_is: true };
    expect(decideBurst({ ...asking, asks_only_that: true })).toMatchObject({
      kind: "answer",
      by: "assistant",
    });
    const curt = { ...read({ intent: "question", sentiment: "negative" }), asks_what_it_is: true };
    expect(decideBurst({ ...curt, asks_only_that: true })).toMatchObject({ by: "assistant" });
    expect(decideBurst(curt)).toMatchObject({ kind: "hand_off", reason: "negative_sentiment" });
    const handed = decideBurst(asking);
    expect(handed).toMatchObject({ kind: "hand_off", reason: "person_wanted" });
    expect(handed.kind === "hand_off" && handed.body).toMatch(/asistente automático/);
  });

  test("hands a complaint over, however calmly it is told", () => {
    expect(decideBurst(read({ intent: "complaint" }))).toMatchObject({
      kind: "hand_off",
      reason: "complaint",
    });
  });

  test("is silent to who is blocked, to whom people talk, and to machines, before all else", () => {
    const said = { ...facts, keyword };
    expect(decideBurst({ ...said, blocked: true })).toEqual({ kind: "left", reason: "blocked" });
    expect(decideBurst({ ...said, handed_off: true })).toEqual({ kind: "left", reason: "with_person" });
    expect(decideBurst({ ...said, machine: "echo" })).toEqual({ kind: "left", reason: "loop" });
    expect(decideBurst(read({ intent: "out_of_office" }))).toEqual({
      kind: "left",
      reason: "nothing_to_say",
    });
  });

  test("takes a keyword before any reading, in every mode", () => {
    const manual = { ...facts, keyword, settings: { ...settings, mode: "manual" as const } };
    expect(decideBurst(manual)).toEqual({ kind: "answer", by: "keyword", body: "Desde $10" });
    expect(decideBurst({ ...facts, keyword: { ...keyword, hand_off: true } })).toEqual({
      ...handedOver("keyword"),
      body: "Desde $10",
    });
    expect(decideBurst({ ...facts, keyword: { ...keyword, body: null } })).toMatchObject({ kind: "answer" });
  });

  test("never answers an opt-out", () => {
    expect(decideBurst(read({ opt_out: true, intent: "opt_out", sentiment: "negative" }))).toEqual({
      kind: "opted_out",
    });
  });

  test.each([
    ["person_wanted", read({ intent: "human_request" })],
    ["negative_sentiment", read({ intent: "complaint", sentiment: "negative" })],
    ["unsure", read({ confidence: 49 })],
    ["unsure", read({ auto_response: { ...reading.auto_response, suggested_response: null } })],
    ["unsure", read({ intent: "other", auto_response: { ...reading.auto_response, should_respond: false } })],
    ["unsure", { ...facts, wordless: true }],
    ["limit", { ...facts, answers_today: settings.answers_per_day }],
    [
      "lead_score",
      {
        ...facts,
        lead_score: 80,
        settings: { ...settings, hand_off: { ...settings.hand_off, lead_score: 80 } },
      },
    ],
  ])("hands over · %s", (reason, given) => {
    expect(decideBurst(given)).toEqual(handedOver(reason));
  });

  test("hands nothing over that the workspace does not want to be, nor a refusal that is only curt", () => {
    const hand_off = { ...settings.hand_off, on_negative: false, on_request: false };
    const off = { ...settings, hand_off };
    expect(decideBurst({ ...read({ intent: "human_request" }), settings: off })).toMatchObject({
      kind: "answer",
    });
    expect(decideBurst({ ...read({ sentiment: "negative" }), settings: off })).toMatchObject({
      kind: "answer",
    });
    expect(decideBurst(read({ intent: "not_interested", sentiment: "negative" }))).toMatchObject({
      kind: "answer",
    });
    const low = { ...settings, hand_off: { ...settings.hand_off, lead_score: 80 } };
    expect(decideBurst({ ...facts, settings: low })).toMatchObject({ kind: "answer" });
  });

  test("says nothing where nothing is wanted", () => {
    expect(decideBurst(read({ intent: "thanks" }))).toEqual({ kind: "left", reason: "nothing_to_say" });
  });

  describe("outside business hours", () => {
    const closed = { ...facts, open: false };
    const away = settings.away.es;

    test("says so once, instead of any answer, and leaves the rest for later", () => {
      expect(decideBurst(closed)).toEqual({ kind: "away", body: away });
      expect(decideBurst({ ...closed, keyword })).toEqual({ kind: "away", body: away });
      expect(decideBurst({ ...closed, away_sent: true })).toEqual({ kind: "left", reason: "outside_hours" });
    });

    test("says so to who waits for a person, who stays with them", () => {
      expect(decideBurst({ ...closed, handed_off: true })).toEqual({ kind: "away", body: away });
      expect(decideBurst({ ...closed, handed_off: true, away_sent: true })).toEqual({
        kind: "left",
        reason: "with_person",
      });
      expect(decideBurst({ ...closed, ...read({ intent: "human_request" }), open: false })).toEqual({
        kind: "hand_off",
        reason: "person_wanted",
        body: away,
        away: true,
      });
    });

    test("keeps a draft where the away text has been said", () => {
      const review = { ...closed, away_sent: true, settings: { ...settings, mode: "review" as const } };
      expect(decideBurst(review)).toMatchObject({ kind: "draft" });
    });
  });
});

test("textFor · speaks the person's language, else Spanish", () => {
  const texts = { en: "Hi", es: "Hola", pt: null };
  expect(textFor(texts, "en-US")).toBe("Hi");
  expect(textFor(texts, "pt")).toBeNull();
  expect(textFor(texts, "fr")).toBe("Hola");
  expect(textFor(texts, null)).toBe("Hola");
});
