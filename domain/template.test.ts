import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DomainError } from "./errors.ts";
import {
  contentVariables,
  parseTemplate,
  renderTemplate,
  type TemplateValues,
  toWhatsAppContent,
  variablesOf,
} from "./template.ts";

const nobody: TemplateValues = { contact: {}, attributes: {}, variables: {} };
const paola: TemplateValues = {
  contact: { name: " Paola ", city: "Cali", email: null },
  attributes: { city: "Palmira", age: 41, vip: true, tags: ["a"], debt: Number.NaN, zero: 0 },
  variables: { product_name: "Altos de Los Rosales", name: "cliente", age: 18 },
};
const render = (text: string, values = paola) => renderTemplate(parseTemplate(text), values);
const refusal = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error instanceof DomainError ? error : undefined;
  }
  return undefined;
};

describe("parseTemplate", () => {
  test.each([
    ["", []],
    ["Hola", ["Hola"]],
    ["Hola {name|amigo}, bien?", ["Hola ", { name: "name", fallback: "amigo" }, ", bien?"]],
    ["{ name }{b}", [{ name: "name" }, { name: "b" }]],
    ["{name|}", [{ name: "name", fallback: "" }]],
    ["{name| a|b }", [{ name: "name", fallback: "a|b" }]],
    ["{{name}}", ["{name}"]],
    ["{{{name}}}", ["{", { name: "name" }, "}"]],
    ["a{{b}}c{{", ["a{b}c{"]],
    ["{año_de_compra}", [{ name: "año_de_compra" }]],
    ["{Fecha de compra|hoy}", [{ name: "Fecha de compra", fallback: "hoy" }]],
  ])("parseTemplate · reads %j", (text, parts) => {
    expect(parseTemplate(text)).toEqual(parts);
  });

  test.each([
    ["Hola {name", 5],
    ["Hola name}", 9],
    ["{}", 0],
    ["a {|amigo}", 2],
    ["{a,b}", 0],
    ["{1}", 0],
    ["{name|{b}}", 0],
    ["{name|a}}", 8],
  ])("parseTemplate · refuses %j at its character %i", (text, position) => {
    const error = refusal(() => parseTemplate(text, "message_template"));
    expect(error).toMatchObject({ code: "validation", field: "message_template", details: { position } });
    expect(error?.message).toContain(`character ${position + 1}`);
  });

  test("parseTemplate · keeps any text whose braces are doubled", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(render(text.replace(/[{}]/g, "$&$&"), nobody)).toEqual({ ok: true, text });
      }),
    );
  });
});

describe("renderTemplate", () => {
  test.each([
    ["Hola {name}", "Hola Paola"],
    ["{name} de {city}", "Paola de Cali"],
    ["{age} {vip} {zero}", "41 true 0"],
    ["{product_name}", "Altos de Los Rosales"],
    ["{email|sin correo}", "sin correo"],
    ["Hola{apellido|}!", "Hola!"],
    ["{debt|nada}{tags|nada}", "nadanada"],
    ["{toString|no}{constructor|no}", "nono"],
    ["{{name}} {name}", "{name} Paola"],
  ])("renderTemplate · %j becomes %j", (template, text) => {
    expect(render(template)).toEqual({ ok: true, text });
  });

  test("renderTemplate · names each missing variable once, and gives no text", () => {
    expect(render("{email} {x} {name} {x} {email|a}")).toEqual({ ok: false, missing: ["email", "x"] });
  });

  test("renderTemplate · takes a blank value for none and looks on", () => {
    const values = {
      contact: { name: " \u200b\n" },
      attributes: { name: "" },
      variables: { name: "cliente" },
    };
    expect(render("{name}", values)).toEqual({ ok: true, text: "cliente" });
    expect(render("{name}", { ...values, variables: {} })).toEqual({ ok: false, missing: ["name"] });
  });

  test("renderTemplate · leaves braces of a value alone", () => {
    expect(render("{name}", { ...nobody, contact: { name: "{city} {{x}}" } })).toEqual({
      ok: true,
      text: "{city} {{x}}",
    });
  });

  test("renderTemplate · fills all or names what is missing, whatever has a value", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,6}$/), { minLength: 1, maxLength: 6 });
    const value = fc.oneof(
      fc.constant(""),
      fc.constant("  "),
      fc.constant(null),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(names, fc.array(value, { minLength: 6, maxLength: 6 }), (all, values) => {
        const contact = Object.fromEntries(all.map((name, i) => [name, values[i]]));
        const given = all.filter((name) => (contact[name] ?? "").trim() !== "");
        const result = render(all.map((name) => `{${name}}`).join("·"), { ...nobody, contact });
        if (result.ok) {
          expect(result.text).toBe(all.map((name) => contact[name]?.trim()).join("·"));
        } else {
          expect(result.missing).toEqual(all.filter((name) => !given.includes(name)));
        }
      }),
    );
  });
});

describe("toWhatsAppContent", () => {
  test("toWhatsAppContent · numbers variables in order, the same one with the same number", () => {
    const template = parseTemplate("Hola {name|amigo}, {product_name} y {name|amigo} o {name}.");
    expect(toWhatsAppContent(template)).toEqual({
      body: "Hola {{1}}, {{2}} y {{1}} o {{3}}.",
      variables: [{ name: "name", fallback: "amigo" }, { name: "product_name" }, { name: "name" }],
      samples: { 1: "amigo", 2: "product_name", 3: "name" },
      warnings: [],
    });
    expect(variablesOf(template)).toHaveLength(3);
  });

  test("toWhatsAppContent · warns of what the approval refuses", () => {
    expect(toWhatsAppContent(parseTemplate("{a}{b} c")).warnings).toEqual([
      "starts_with_variable",
      "adjacent_variables",
    ]);
    expect(toWhatsAppContent(parseTemplate("c {b}")).warnings).toEqual(["ends_with_variable"]);
  });

  test("toWhatsAppContent · refuses literal braces", () => {
    const error = refusal(() => toWhatsAppContent(parseTemplate("a {{1}} {name}"), "template"));
    expect(error).toMatchObject({ code: "unsupported", field: "template" });
  });
});

describe("contentVariables", () => {
  const numbered = (text: string, values: TemplateValues) =>
    contentVariables(toWhatsAppContent(parseTemplate(text)).variables, values);

  test("contentVariables · gives values by number, with breaks and runs of blanks drawn together", () => {
    const values = { ...nobody, contact: { name: "Paola\n\tLópez     de  la Rosa" } };
    expect(numbered("Hola {name}, {x|un\nregalo}.", values)).toEqual({
      ok: true,
      json: JSON.stringify({ 1: "Paola López de la Rosa", 2: "un regalo" }),
    });
  });

  test("contentVariables · counts an empty value or fallback as missing", () => {
    expect(numbered("Hola {name|} {x} {y|z}.", nobody)).toEqual({ ok: false, missing: ["name", "x"] });
  });

  test("contentVariables · never gives what WhatsApp refuses, and says what the text would say", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const values = { ...nobody, contact: { name } };
        const result = numbered("a {name} b", values);
        const rendered = render("{name}", values);
        expect(result.ok).toBe(rendered.ok);
        if (!result.ok || !rendered.ok) return;
        const sent = (JSON.parse(result.json) as Record<string, string>)["1"];
        expect(sent).toBe(rendered.text.split(/\s+/).join(" ").trim());
        expect(sent).not.toMatch(/[\n\r\t]| {4}|^$/);
      }),
    );
  });
});
