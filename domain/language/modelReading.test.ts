import { expect, test } from "vitest";
import { classifyReply } from "./classify.ts";
import { joinReading, type ModelReading } from "./modelReading.ts";

const by = { provider: "anthropic" as const, model: "claude-haiku-5-5" };
const said = (more: Partial<ModelReading> = {}): ModelReading => ({
  intent: "question",
  sentiment: "neutral",
  urgency: "low",
  opt_out: false,
  suggested_action: "answer_question",
  confidence: 90,
  key_phrases: [],
  language: "es",
  ...more,
});
const joined = (reply_text: string, model: ModelReading) =>
  joinReading(classifyReply({ reply_text }), model, by, reply_text);

test("joinReading · never takes an opt-out back", () => {
  const { confidence } = classifyReply({ reply_text: "STOP" });
  expect(
    joined("STOP", said({ intent: "interested", opt_out: false, suggested_action: "send_details" })),
  ).toMatchObject({
    intent: "opt_out",
    opt_out: true,
    suggested_action: "suppress",
    confidence,
    urgency: "medium",
    auto_response: { should_respond: false, suggested_response: null },
  });
});

test("joinReading · takes over an opt-out that only the model sees", () => {
  const reply = "ya no quiero saber nada de ustedes por acá";
  for (const model of [said({ opt_out: true }), said({ intent: "opt_out" })])
    expect(joined(reply, model)).toMatchObject({ intent: "opt_out", opt_out: true, opt_in: false });
});

test("joinReading · lets nobody opt in by a model's word, and keeps the opt-in of the rules", () => {
  expect(joined("hola", said({ intent: "interested" })).opt_in).toBe(false);
  expect(joined("ALTA", said({ intent: "other" }))).toMatchObject({ opt_in: true, intent: "interested" });
  expect(joined("ALTA", said({ opt_out: true }))).toMatchObject({ opt_in: false, opt_out: true });
});

test("joinReading · answers by fixed texts, and shows as key phrases only words of the reply", () => {
  const reading = joined(
    "¿Cuánto cuesta?",
    said({ intent: "pricing", key_phrases: ["cuánto CUESTA", "visit evil.com", ""] }),
  );
  expect(reading.key_phrases).toEqual(["cuánto CUESTA"]);
  expect(reading.auto_response.suggested_response).toBe(
    "Gracias por preguntar. En un momento te enviamos el precio.",
  );
  expect(reading).toMatchObject({
    provider: "anthropic",
    why: "claude-haiku-5-5 reads it as pricing (90 %).",
  });
});
