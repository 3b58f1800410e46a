import { describe, expect, test } from "vitest";
import { auditLinks } from "./auditLinks.ts";
import { inDarkMode } from "./darkMode.ts";
import { riskOfMail } from "./mailRisk.ts";
import { previewEmail } from "./preview.ts";

describe("auditLinks", () => {
  test.each([
    ['<a href="https://a.example/x">Ver</a>', null],
    ['<a href="mailto:a@a.example">Ver</a>', null],
    ['<a href="https://a.example"><img src="x" alt="Ver"></a>', null],
    ['<a href="">Ver</a>', "empty"],
    ['<a href="#">Ver</a>', "empty"],
    ['<a href="tel:">Ver</a>', "empty"],
    ['<a href="www.a.example">Ver</a>', "no_scheme"],
    ['<a href="https://a b.example">Ver</a>', "malformed"],
    ['<a href="https://">Ver</a>', "malformed"],
    ['<a href="https://servidor/x">Ver</a>', "malformed"],
    ['<a href="javascript:x()">Ver</a>', "unsafe_scheme"],
    ['<a href="http://a.example">Ver</a>', "insecure"],
    ['<a href="http://localhost:8080/x">Ver</a>', "local"],
    ['<a href="https://192.168.0.4/x">Ver</a>', "local"],
    ['<a href="https://intranet.local/x">Ver</a>', "local"],
    ['<a href="https://bit.ly/x">Ver</a>', "shortener"],
    ['<a href="https://habit.ly.example/x">Ver</a>', null],
    ['<a href="https://a.example"><img src="x"></a>', "no_text"],
  ])("%s · %s", (html, problem) => {
    expect(auditLinks(html)).toMatchObject([{ problem }]);
  });
});

describe("riskOfMail", () => {
  const plain = {
    subject: "Tu cita del martes",
    html: "<p>Hola Ana, soy Laura de Casa Verde. Tu cita es el martes a las 10.</p>",
    text: "Hola Ana, soy Laura de Casa Verde. Tu cita es el martes a las 10.",
    links: [],
  };
  const bad = { url: "http://a.example", text: "x", problem: "insecure" } as const;

  test("an everyday mail · has no factor of its own", () => {
    expect(riskOfMail(plain).score).toBeLessThan(20);
    expect(riskOfMail(plain).factors.filter((factor) => !factor.startsWith("Reads"))).toEqual([]);
  });

  test.each([
    ["Little but images", { html: `<img src="x">`, text: "Hola a todos" }],
    ["The subject is long: 95 characters", { subject: `Hola ${"a".repeat(90)}` }],
    ["No text part", { html: `<img src="x">`, text: "" }],
    ["The subject is all capitals", { subject: "OFERTA DEL MES" }],
    ["The subject has 3 exclamation marks", { subject: "Hola!!!" }],
    ["The subject pretends", { subject: "Re: tu pedido" }],
    ["Links with a fault: 1 of 1", { links: [bad] }],
    ["Links that show another address", { links: [{ ...bad, text: "www.banco.example", problem: null }] }],
    ["Scripts, forms or frames", { html: "<form></form>" }],
  ])("%s · is named with its points and adds to the score", (factor, change) => {
    const risk = riskOfMail({ ...plain, ...change });
    expect(risk.factors).toContainEqual(expect.stringMatching(new RegExp(`^${factor}.*\\(\\+\\d+\\)$`)));
    expect(risk.score).toBeGreaterThan(riskOfMail(plain).score);
  });
});

describe("inDarkMode", () => {
  test("a mail with rules of its own · shows them; another is darkened", () => {
    const css =
      "@media (prefers-color-scheme: dark) {p{color:#fff}} @media screen and (prefers-color-scheme:light){p{color:#000}}";
    expect(inDarkMode(`<style>${css}</style>`)).toBe(
      "<style>@media (min-width:0) {p{color:#fff}} @media screen and (max-width:0){p{color:#000}}</style>",
    );
    expect(inDarkMode("<html><head></head><body></body></html>")).toMatch(/invert\(1\).*<\/head>/);
  });
});

describe("previewEmail", () => {
  const options = {
    language: "es",
    marketing: true,
    physical_address: "Calle 1",
    field: "email",
    values: { contact: {}, attributes: {}, variables: {} },
    links: { unsubscribe_url: "https://go.example/u/x", preferences_url: "https://go.example/u/x" },
  };

  test("what is missing · stands in brackets, and a missing link as an example", () => {
    const html = `<p>{name} {{ city }}</p><a href="{shop}">Ver</a><img src="https://a.example/x.png">`;
    const preview = previewEmail({ subject: "{name}", html }, options);
    expect(preview.missing_variables).toEqual(["name", "city", "shop"]);
    expect(preview.subject).toBe("[name]");
    expect(preview.html).toContain(`<p>[name] [city]</p><a href="https://example.com">Ver</a>`);
    expect(preview.warnings).toEqual([
      "There is no preheader: inboxes show the first words of the mail.",
      "1 of 1 images have no alt text.",
    ]);
  });

  test("more than Gmail shows · is said", () => {
    const preview = previewEmail(
      { subject: "x", preheader: "y", html: `<p>${"ñ".repeat(53_000)}</p>` },
      options,
    );
    expect(preview).toMatchObject({ clipped: true, warnings: [expect.stringContaining("Gmail cuts")] });
  });

  test.each([
    ["content_failed", "{% for a in (1..100000000) %}x{% endfor %}", "The logic takes too long"],
    ["content_too_large", "<p>{{ about }}</p>", "larger than a call takes (10,000 bytes)"],
  ])("%s · is told as a warning", (_, html, warning) => {
    const values = { ...options.values, contact: { about: "x".repeat(9_000) } };
    const preview = previewEmail({ subject: "x", preheader: "y", html }, { ...options, values });
    expect(preview.warnings).toContainEqual(expect.stringContaining(warning));
  });

  test("scripts, forms and frames · are said to be removed", () => {
    const preview = previewEmail({ subject: "x", preheader: "y", html: "<form></form>" }, options);
    expect(preview.warnings).toEqual(["Mail programs remove scripts, forms and frames."]);
  });
});
