import { describe, expect, test } from "vitest";
import { readConsent } from "./consentWords.ts";
import {
  contactFields,
  givenColumns,
  type ImportedPerson,
  mergeRow,
  type RowField,
  type RowLayout,
  readRow,
  withoutGiven,
} from "./importRow.ts";

const layoutOf = (...fields: (RowField | [string, RowField])[]): RowLayout => ({
  columns: fields.map((field) =>
    typeof field === "string" ? { header: field, field } : { header: field[0], field: field[1] },
  ),
  region: "CO",
  readConsent: (cell) => readConsent(cell),
});
const usual = layoutOf("name", "phone", "email", "city", "tags", "consent", ["Notas", "attribute"], "ignore");

function personOf(cells: string[], layout = usual): ImportedPerson {
  const reading = readRow(cells, layout);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.person;
}

describe("readRow", () => {
  test("names a person by the number, however it is written", () => {
    const reading = readRow(
      [" Paola ", "(310) 555-0001", "P@Example.com", "Cali", "a; b,a", "sí", "n", "x"],
      usual,
    );
    expect(reading).toEqual({
      ok: true,
      warning: null,
      person: {
        identity: "tel:+573105550001",
        phone: "+573105550001",
        phone_type: "mobile",
        country: "CO",
        email: "p@example.com",
        tags: ["a", "b"],
        consent: 1,
        values: ["Paola", "(310) 555-0001", "p@example.com", "Cali", "a; b,a", "sí", "n", "", ""],
      },
    });
  });

  test.each(["", "n/a", "---", "no tiene"])("takes the e-mail address where the number is %j", (phone) => {
    expect(personOf(["Ana", phone, "Ana@example.com"])).toMatchObject({
      identity: "mailto:ana@example.com",
      phone: null,
    });
  });

  test.each([
    ["5.73E+11", "excel_mangled"],
    ["#REF!", "excel_mangled"],
    ["12345", "too_short"],
    ["llamar", "not_a_number"],
  ])("rejects the number %j even beside an e-mail address", (phone, reason) => {
    expect(readRow(["Ana", phone, "ana@example.com"], usual)).toEqual({ ok: false, column: "phone", reason });
  });

  test("rejects who cannot be named, in a file without numbers too", () => {
    expect(readRow(["Ana", "", "sin correo"], usual)).toEqual({
      ok: false,
      column: "phone",
      reason: "no_identity",
    });
    expect(readRow(["x@"], layoutOf("email"))).toEqual({ ok: false, column: null, reason: "no_identity" });
    expect(readRow([], usual)).toEqual({ ok: false, column: "phone", reason: "no_identity" });
  });

  test("keeps an unusable e-mail address as it was typed, with a warning", () => {
    const reading = readRow(["Ana", "3105550001", "x@"], usual);
    expect(reading).toMatchObject({ ok: true, warning: "email_unusable", person: { email: null } });
    expect(contactFields(personOf(["Ana", "3105550001", "x@"]), usual)).toMatchObject({
      email: null,
      attributes: { email_as_typed: "x@" },
    });
    expect(readRow(["Ana", "3105550001", "sin correo"], usual)).toMatchObject({ ok: true, warning: null });
  });

  test("rejects cells and tags that are too long, by their column", () => {
    expect(readRow(["a".repeat(301), "3105550001"], usual)).toEqual({
      ok: false,
      column: "name",
      reason: "too_long",
    });
    const tag = `ok; ${"t".repeat(101)}`;
    expect(readRow(["", "3105550001", "", "", tag], usual)).toEqual({
      ok: false,
      column: "tags",
      reason: "too_long",
    });
  });

  test("composes letters and leaves out what the database cannot hold", () => {
    expect(personOf(["Lu\u0069\u0301s\0", "3105550001"]).values[0]).toBe("Luís");
  });

  test("lets a no win over a yes among several consent columns", () => {
    const layout = layoutOf("phone", ["a", "consent"], ["b", "consent"]);
    const consentOf = (a: string, b: string) => personOf(["3105550001", a, b], layout).consent;
    expect([consentOf("sí", "no"), consentOf("", "sí"), consentOf("?", "")]).toEqual([-1, 1, 0]);
  });
});

describe("mergeRow", () => {
  test("keeps the first value of each column, adds tags, lets a no win", () => {
    const person = personOf(["Ana", "3105550001", "", "Cali", "a", "sí"]);
    mergeRow(person, personOf(["Anita", "+573105550001", "ana@example.com", "Bogotá", "b", "no"]));
    expect(person).toMatchObject({ email: "ana@example.com", tags: ["a", "b"], consent: -1 });
    expect(contactFields(person, usual)).toMatchObject({ name: "Ana", city: "Cali" });
  });
});

describe("withoutGiven", () => {
  test("takes away what the file has given, column by column", () => {
    const layout = layoutOf(
      "phone",
      "email",
      "name",
      ...Array.from({ length: 7 }, (_, n): [string, RowField] => [`c${n}`, "attribute"]),
    );
    const earlier = personOf(
      ["3105550001", "a@example.com", "", ...Array.from({ length: 6 }, () => ""), "last"],
      layout,
    );
    const given = givenColumns(earlier.values);
    expect([...given]).toEqual([0b11, 0b10]);
    const later = personOf(["3105550001", "b@example.com", "Ana", "x", "", "", "", "", "", "other"], layout);
    withoutGiven(later, given, layout);
    expect(contactFields(later, layout)).toMatchObject({ email: null, name: "Ana", attributes: { c0: "x" } });
    withoutGiven(later, new Uint8Array(0), layout);
    expect(contactFields(later, layout).name).toBe("Ana");
  });
});

describe("contactFields", () => {
  const layout = layoutOf("phone", ["Zona", "time_zone"], ["Idioma", "language"], ["__proto__", "attribute"]);
  const fieldsOf = (...cells: string[]) => contactFields(personOf(["3105550001", ...cells], layout), layout);

  test("takes zones and languages that are some", () => {
    expect(fieldsOf("America/Bogota", "es")).toMatchObject({ time_zone: "America/Bogota", language: "es" });
    expect(fieldsOf("America/Bogota", "")).toMatchObject({ time_zone: "America/Bogota", language: null });
  });

  test("keeps others as attributes, whatever the header is", () => {
    const { time_zone, language, attributes } = fieldsOf("hora de aquí", "español", "x");
    expect([time_zone, language]).toEqual([null, null]);
    expect(JSON.stringify(attributes)).toBe('{"Zona":"hora de aquí","Idioma":"español","__proto__":"x"}');
  });
});
