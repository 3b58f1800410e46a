import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DomainError } from "./errors.ts";
import { type MappingOptions, mapColumns } from "./importMapping.ts";

const fields = (headers: string[], options?: MappingOptions) =>
  mapColumns(headers, options).map(({ field }) => field);
const refusal = (headers: string[], options?: MappingOptions) => {
  try {
    mapColumns(headers, options);
  } catch (error) {
    return error instanceof DomainError ? error : undefined;
  }
  return undefined;
};

describe("mapColumns", () => {
  test.each([
    [
      ["Nombre", "Teléfono", "Correo", "Ciudad", "Etiqueta", "Autoriza WhatsApp"],
      ["name", "phone", "email", "city", "tags", "consent"],
    ],
    [
      ["name", "phone", "email", "city", "notes", "consent"],
      ["name", "phone", "email", "city", "attribute", "consent"],
    ],
    [
      ["Nome", "Telefone", "E-mail", "Cidade", "Etiquetas", "Aceita WhatsApp?", "Observações"],
      ["name", "phone", "email", "city", "tags", "consent", "attribute"],
    ],
    [
      ["\uFEFFNOMBRE COMPLETO", "Cel.", "CORREO_ELECTRONICO", "Departamento", "Zona horaria", "Idioma"],
      ["name", "phone", "email", "region", "time_zone", "language"],
    ],
    [
      ["Teléfono", "Celular", "Nombre", "Nombre completo", "Email", "Correo"],
      ["attribute", "phone", "attribute", "name", "attribute", "email"],
    ],
    [
      ["Tele\u0301fono", "Tags", "Grupo", "Fecha de teléfono", "Tipo de correo"],
      ["phone", "tags", "tags", "attribute", "attribute"],
    ],
    [
      ["First Name", "Last Name", "Mobile Phone", "Opt-in"],
      ["name", "attribute", "phone", "consent"],
    ],
  ])("mapColumns · reads %j", (headers, expected) => {
    expect(fields(headers)).toEqual(expected);
  });

  test("mapColumns · lets an override win, and demotes what it would have taken", () => {
    const overrides = { telefono: "ignore", "Contacto 2": "phone", Ciudad: "attribute" };
    expect(fields(["Teléfono", "Celular", "Contacto 2", "Ciudad"], { overrides })).toEqual([
      "ignore",
      "attribute",
      "phone",
      "attribute",
    ]);
  });

  test.each([
    [undefined, "consent", "consent", "consent"],
    [["whatsapp"], "consent", "attribute", "consent"],
    [["sms"], "attribute", "consent", "consent"],
    [["email", "voice"], "attribute", "attribute", "consent"],
  ] as const)("mapColumns · for consent on %j takes the columns about it", (channels, whatsapp, sms, any) => {
    const headers = ["Teléfono", "Autoriza WhatsApp", "Acepta SMS", "Consentimiento"];
    expect(fields(headers, channels ? { channels } : {})).toEqual(["phone", whatsapp, sms, any]);
  });

  test("mapColumns · makes headers unique and names blank ones", () => {
    const headers = mapColumns(["phone", "", "nota\n", "nota", "nota 2", "column 2"]).map(
      ({ header }) => header,
    );
    expect(headers).toEqual(["phone", "column 2", "nota", "nota 2", "nota 2 2", "column 2 2"]);
  });

  test.each([
    [["Teléfono"], { overrides: { Celular: "phone" } }, "mapping.Celular"],
    [["Teléfono"], { overrides: { Teléfono: "fax" } }, "mapping.Teléfono"],
    [["A", "B"], { overrides: { A: "phone", B: "phone" } }, "mapping.B"],
    [["Nombre", "Ciudad"], {}, "mapping"],
    [["Ana", "3104264109"], {}, "mapping"],
    [["Teléfono", "No contactar"], {}, "mapping.No contactar"],
    [["phone", "Opt-Out"], {}, "mapping.Opt-Out"],
    [["email", "Unsubscribed"], {}, "mapping.Unsubscribed"],
  ])("mapColumns · refuses %j with %j at %s", (headers, options, field) => {
    expect(refusal(headers, options)).toMatchObject({ code: "validation", field });
  });

  test("mapColumns · takes a column of opt-outs once it is told what it is", () => {
    expect(fields(["phone", "Opt-Out"], { overrides: { "Opt-Out": "attribute" } })).toEqual([
      "phone",
      "attribute",
    ]);
  });

  test("mapColumns · keeps every column, each under a name of its own, one at most for a person's number", () => {
    const header = fc.oneof(
      fc.string(),
      fc.constantFrom("Teléfono", "Celular", "phone", "Correo", "email", "Tags", "", "a"),
    );
    fc.assert(
      fc.property(fc.array(header, { maxLength: 12 }), (rest) => {
        const columns = mapColumns(["whatsapp", ...rest.filter((text) => !/opt|baj|no |dnc/i.test(text))]);
        expect(new Set(columns.map((column) => column.header)).size).toBe(columns.length);
        for (const single of ["phone", "email", "name"] as const) {
          expect(columns.filter(({ field }) => field === single).length).toBeLessThan(2);
        }
      }),
    );
  });
});
