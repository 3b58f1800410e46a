import { describe, expect, test } from "vitest";
import { classifyReply, languageOf } from "./classify.ts";

const read = (reply_text: string) => classifyReply({ reply_text });

describe("classifyReply", () => {
  test("says everything that POST /v1/ai/classify answers", () => {
    expect(read("Hola, ¿cuánto cuesta el apartamento?")).toEqual({
      intent: "pricing",
      sentiment: "neutral",
      confidence: expect.any(Number),
      key_phrases: expect.arrayContaining([expect.stringMatching(/cu[aá]nto|cuesta/)]),
      suggested_action: "send_price",
      urgency: "medium",
      auto_response: {
        should_respond: true,
        suggested_response: expect.stringContaining("precio"),
        requires_human_review: true,
      },
      opt_out: false,
      opt_in: false,
      language: "es",
      provider: "rules",
      why: expect.stringContaining("pricing"),
    });
  });

  test("an opt-out · is one in intent as well, awaits an action and gets no answer", () => {
    expect(read("por favor no me escriban más")).toMatchObject({
      intent: "opt_out",
      opt_out: true,
      urgency: "medium",
      suggested_action: "suppress",
      auto_response: { should_respond: false, suggested_response: null, requires_human_review: false },
    });
  });

  test("an opt-in · is interest", () => {
    expect(read("ALTA")).toMatchObject({
      intent: "interested",
      opt_in: true,
      opt_out: false,
      urgency: "medium",
    });
  });

  test("the language · is the text's, else the contact's, else the message's", () => {
    expect(classifyReply({ reply_text: "não quero, obrigado", language: "en" }).language).toBe("pt");
    expect(classifyReply({ reply_text: "👍", language: "pt" }).language).toBe("pt");
    expect(
      classifyReply({ reply_text: "👍", original_message: "Would you like to see the house?" }).language,
    ).toBe("en");
    expect(languageOf("how much is the house")).toBe("en");
    expect(languageOf("👍")).toBeUndefined();
  });

  test("answers speak the person's language and are null where silence is right", () => {
    expect(read("how much is it?").auto_response.suggested_response).toContain("price");
    expect(read("quanto custa?").auto_response.suggested_response).toContain("valor");
    expect(read("Ganaste un premio! Haz clic en http://bit.ly/xx").auto_response.should_respond).toBe(false);
  });
});
