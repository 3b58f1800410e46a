import fc from "fast-check";
import { Parser } from "htmlparser2";
import { describe, expect, test } from "vitest";
import { isDomainError } from "../errors.ts";
import { compileEmail } from "./compile.ts";
import { applyValues, fillEmail, withLinks } from "./fill.ts";

const LINKS = { unsubscribe_url: "https://go.example/u/abc", preferences_url: "https://go.example/p/abc" };
const OPTIONS = { language: "es", marketing: false, physical_address: "Calle 1" };
const NAMES = ["a", "b", "c"] as const;

/** What people have in their fields, and what nobody should. */
const value = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom(
    `"><script>alert(1)</script>`,
    `' onmouseover='x`,
    "-->",
    "--!><b>",
    "]]>",
    "<![endif]-->",
    "&lt;b&gt;",
    "</style><b>",
    "{{ a }}{% if %}{b}",
    "-s1-",
    "-s",
    "1-",
    "s2-",
    "-",
    "javascript:alert(1)",
    "JaVa\nScript:alert(1)",
    "https://a.example/?x=1&y=<b>\"'",
    "\u0000\u0007",
    "$& $1 $`",
  ),
);
const person = fc.record({ a: value, b: value, c: value });
type Person = { a: string; b: string; c: string };

/** Places that a value may stand in, `@` for the value. */
const place = fc.constantFrom(
  "<p>@</p>",
  `<b title="x @ y">z</b>`,
  `<i title='@'>z</i>`,
  `<a href="@">z</a>`,
  `<a href="https://a.example/@/x?q=@#@">z</a>`,
  "<!-- @ -->",
  "<!--[if mso]><v:rect href='@' alt=\"@\"/><![endif]-->",
  "<title>@</title>",
  "<table><tr><td>@ -s1@- s@- -@</td></tr></table>",
);
const hole = fc
  .constantFrom(...NAMES)
  .chain((name) =>
    fc.constantFrom(
      `{${name}}`,
      `{${name}|x}`,
      `{{ ${name} }}`,
      `{{ ${name} | append: ${name} | default: "" }}`,
      `{% if ${name} %}{${name}}{% else %}{{ ${name} | default: "n" }}{% endif %}`,
      `{% assign d = ${name} | upcase %}{{ d }}`,
    ),
  );
const html = fc
  .array(fc.tuple(place, hole), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.map(([where, what]) => where.replaceAll("@", () => what)).join(""));

/** The mail a person gets, or undefined where something is missing. */
function mailOf(source: string, who: Person) {
  const compiled = compileEmail({ subject: "{a|x} {b|x}", html: source }, OPTIONS);
  const filled = fillEmail(compiled, { contact: who, attributes: {}, variables: {} });
  return filled.ok ? applyValues(compiled, withLinks(compiled, filled.values, LINKS)) : undefined;
}

/** Its elements with their attributes' names, as an independent reader of HTML finds them. */
function structureOf(source: string): { shape: string; links: string[] } {
  const shape: string[] = [];
  const links: string[] = [];
  const parser = new Parser({
    onopentag: (name, attributes) => {
      shape.push(`<${name} ${Object.keys(attributes).join(" ")}>`);
      if (attributes["href"] !== undefined) links.push(attributes["href"]);
    },
    onclosetag: (name) => shape.push(`</${name}>`),
    oncomment: () => shape.push("<!---->"),
    onprocessinginstruction: () => shape.push("<!>"),
  });
  parser.end(source);
  return { shape: shape.join(""), links };
}

describe("fillEmail", () => {
  test("no value · leaves the place where it stands, in HTML or the subject", () => {
    fc.assert(
      fc.property(html, person, (source, who) => {
        const mail = mailOf(source, who);
        fc.pre(mail !== undefined);
        const tame = mailOf(source, {
          a: "https://a.example",
          b: "https://b.example",
          c: "https://c.example",
        });
        const found = structureOf(mail.html);
        expect(found.shape).toBe(structureOf(tame?.html ?? "").shape);
        for (const link of found.links) expect(link).toMatch(/^(?:https?:|mailto:|tel:|sms:|$)/i);
        expect(mail.subject).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 500 },
    );
  });

  test("compiling and filling · gives what rendering as a whole gives", () => {
    const piece = fc.oneof(
      fc.constantFrom("<p>", "</p>", "uno", " ", "-", "-s1-", "s1-", "&amp;", "<br>").map((text) => ({
        source: text,
        says: () => text,
      })),
      fc.constantFrom(...NAMES).map((name) => ({
        source: `{${name}|amigo}`,
        says: (who: Person) => escaped(shown(who[name]) || "amigo"),
      })),
      fc.constantFrom(...NAMES).map((name) => ({
        source: `{% if ${name} %}<b>{{ ${name} }}</b>{% else %}<i>{${name}|}</i>{% endif %}`,
        says: (who: Person) => (shown(who[name]) ? `<b>${escaped(who[name])}</b>` : "<i></i>"),
      })),
      fc.constantFrom(...NAMES).map((name) => ({
        source: `{% unless ${name} == "x" %}{{ ${name} | default: "n" | upcase }}{% endunless %}`,
        says: (who: Person) =>
          who[name] === "x" ? "" : escaped((shown(who[name]) ? who[name] : "n").toUpperCase()),
      })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), person, (pieces, who) => {
        const source = `<body>${pieces.map((one) => one.source).join("")}</body>`;
        const whole = pieces.map((one) => one.says(who)).join("");
        expect(decoded(mailOf(source, who)?.html ?? "")).toBe(decoded(`<body>${whole}</body>`));
      }),
      { numRuns: 500 },
    );
  });
});

test("compileEmail · takes any text or refuses it with a field and a position", () => {
  const scrap = fc.constantFrom(
    "<",
    ">",
    '"',
    "'",
    "{",
    "}",
    "{{",
    "}}",
    "{%",
    "%}",
    " if a ",
    " endif ",
    " for x in a ",
    " endfor ",
    " else ",
    " assign q = a ",
    " raw ",
    " endraw ",
    " comment ",
    "a",
    "|",
    "<a href=",
    "<style>",
    "</style>",
    "<!--",
    "-->",
    "<!--[if mso]>",
    "-",
    " case a ",
    " when 1 ",
    "\n",
  );
  const anything = fc.oneof(
    fc.array(scrap, { maxLength: 25 }).map((scraps) => scraps.join("")),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(anything, person, (source, who) => {
      try {
        mailOf(source, who);
      } catch (error) {
        if (!isDomainError(error, "validation")) throw error;
        expect(error.field).toBe("email.html");
        expect(error.details?.["position"]).toEqual(expect.any(Number));
      }
    }),
    { numRuns: 1000 },
  );
});

const shown = (value: string) => value.replace(/[\s\p{Cf}]/gu, "") && value.trim();
const escaped = (value: string) =>
  value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
/** A dash may be written either way, controls are nowhere. */
const decoded = (html: string) => html.replaceAll("&#45;", "-").replace(/(?![\n\t])\p{Cc}/gu, "");
