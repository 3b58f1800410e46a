import { expect, test } from "vitest";
import { LARGE_MAIL_BYTES } from "./attachments.ts";
import type { EmailContent } from "./content.ts";
import { GMAIL_CLIPS_AT } from "./preview.ts";
import { startWarnings } from "./startWarnings.ts";

const on = { marketing: true, physical_address: "Calle 84 # 51-20, Barranquilla", variables: {} };
const plain = "<p>Hola {name}: el jueves abrimos la sala de ventas en Cali, de 9 a 17 horas.</p>";
const warningsOf = (content: Partial<EmailContent>) =>
  startWarnings({ subject: "Nuestra sala de ventas", html: plain, ...content }, on);
const long = `<p>${"Altos de Los Rosales. ".repeat(GMAIL_CLIPS_AT / 22)}</p>`;

test("startWarnings · has nothing to say of a mail that nobody would notice anything of", () => {
  expect(warningsOf({})).toEqual([]);
});

test("startWarnings · names the size that Gmail cuts, and the one that servers refuse", () => {
  expect(warningsOf({ html: long })).toEqual([
    expect.stringMatching(/^Gmail cuts the mail: 1\d\d of 102 KB\.$/),
  ]);
  const plan = {
    file_name: "plano.pdf",
    content_type: "application/pdf",
    disposition: "attachment" as const,
    sha256: "0".repeat(64),
    size: LARGE_MAIL_BYTES,
  };
  expect(warningsOf({ attachments: [plan] })).toEqual([
    expect.stringMatching(/^The mail has 1\d(\.\d)? MB: many mail servers refuse more than 10\./),
  ]);
});

test("startWarnings · counts links that lead nowhere, not those that are a matter of taste", () => {
  const link = (href: string) => `<p>Vea <a href="${href}">los planos</a> de las casas.</p>`;
  expect(warningsOf({ html: plain + link("#") + link("artekmar.co") + link("http://localhost/x") })).toEqual([
    "Links that lead nowhere: 3; the preview lists them.",
  ]);
  expect(
    warningsOf({ html: plain + link("http://artekmar.co") + link("{site|https://artekmar.co}") }),
  ).toEqual([]);
});

test("startWarnings · tells what filters take for spam", () => {
  const html = "<p>GANA DINERO RÁPIDO!!! HAZ CLIC AQUÍ AHORA!!! 100% GRATIS!!! $$$ URGENTE!!!</p>";
  expect(warningsOf({ subject: "GRATIS!!! GANA $$$ YA!!!", html })).toEqual([
    expect.stringMatching(/^Filters may take it for spam \(\d+(\.\d)? of 100\); the preview says why\.$/),
  ]);
});

test("startWarnings · looks at every language, and says which", () => {
  expect(warningsOf({ languages: { en: { subject: "Our showroom", html: long } } })).toEqual([
    expect.stringMatching(/^en: Gmail cuts the mail/),
  ]);
});
