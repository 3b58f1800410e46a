import { describe, expect, test } from "vitest";
import { type EmailContent, EmailInput, languageFor, wordsFor } from "./content.ts";

const content: EmailContent = {
  subject: "Hola",
  html: "<p>Hola</p>",
  text: "Hola",
  languages: { pt: { subject: "Olá", html: "<p>Olá</p>" }, fr_CA: { subject: "Allô" } },
};

describe("languageFor", () => {
  test.each([
    ["pt_BR", "pt"],
    ["pt", "pt"],
    ["fr_CA", "fr_CA"],
    ["fr", "en"],
    ["es_MX", "es"],
    ["en_US", "en"],
    [null, "es"],
  ])("%s · is compiled as %s", (reads, language) => {
    expect(languageFor(content, reads)).toBe(language);
  });
});

describe("wordsFor", () => {
  test("a variant · is complete by the common words, but for a text that says something else", () => {
    expect(wordsFor(content, "pt")).toEqual({ subject: "Olá", html: "<p>Olá</p>" });
    expect(wordsFor(content, "fr_CA")).toEqual({ subject: "Allô", html: "<p>Hola</p>", text: "Hola" });
    expect(wordsFor(content, "es")).toEqual({ subject: "Hola", html: "<p>Hola</p>", text: "Hola" });
  });
});

test.each([
  ["subject", { subject: "a\nb" }],
  ["reply_to", { reply_to: "sin correo" }],
  ["languages", { languages: { español: {} } }],
  ["repeatable_minutes", { repeatable_minutes: 14 }],
  ["unknown", { unknown: 1 }],
  ["html", { blocks: [{ type: "divider" }] }],
  ["languages", { languages: { pt: { html: "x", blocks: [{ type: "divider" }] } } }],
])("EmailInput · refuses a wrong %s", (field, wrong) => {
  const parsed = EmailInput.safeParse({ subject: "x", html: "x", ...wrong });
  expect(JSON.stringify(parsed.error?.issues)).toContain(field);
});

test("EmailInput · takes the least repeatable_minutes", () => {
  expect(EmailInput.safeParse({ subject: "x", html: "x", repeatable_minutes: 15 }).success).toBe(true);
});
