import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DELIMITERS, detectDelimiter, guessEncoding, isHeader, watchEncoding } from "./csvFormat.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("guessEncoding", () => {
  test.each([
    ["plain ASCII", utf8("name,phone"), "utf-8"],
    ["nothing", utf8(""), "utf-8"],
    ["UTF-8", utf8("José Ñáñez 😀"), "utf-8"],
    ["UTF-8 with a mark", utf8("\uFEFFTeléfono"), "utf-8"],
    ["Windows-1252", Uint8Array.from([0x4a, 0x6f, 0x73, 0xe9, 0x2c]), "windows-1252"],
    ["Windows-1252 at the very end", Uint8Array.from([0x4a, 0x6f, 0x73, 0xe9]), "windows-1252"],
    ["UTF-16 little end", Uint8Array.from([0xff, 0xfe, 0x41, 0]), "utf-16le"],
    ["UTF-16 big end", Uint8Array.from([0xfe, 0xff, 0, 0x41]), "utf-16be"],
  ])("guessEncoding · knows %s", (_, bytes, encoding) => {
    expect(guessEncoding(bytes)).toBe(encoding);
  });

  test("watchEncoding · says the same however the bytes are cut", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 }).map(utf8);
    const anyBytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(text, anyBytes), fc.integer({ min: 1, max: 7 }), (bytes, size) => {
        const watch = watchEncoding();
        for (let at = 0; at < bytes.length; at += size) watch.push(bytes.subarray(at, at + size));
        expect(watch.encoding()).toBe(guessEncoding(bytes));
      }),
    );
  });

  test("watchEncoding · takes every text in UTF-8 for what it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(guessEncoding(utf8(text))).toBe("utf-8");
      }),
    );
  });
});

describe("detectDelimiter", () => {
  test.each([
    ["a;b;c\n1;2;3\n", ";"],
    ["a,b\n1,2", ","],
    ["a\tb\tc\r\n1\t2\t3\r\n", "\t"],
    ["a|b\n1|2\n", "|"],
    ['nombre;nota\nAna;"hola, qué, tal"\nLuis;a, b\n', ";"],
    ['name,notes\nAna,"cliente; nuevo"\nLuis,"dijo ""a;b"""\n', ","],
    ['name;notes\nAna;"feria\n2026, x, y"\nLuis;z\n', ";"],
    ["a;b,c;d\n1;2;3\n4;5;6\n", ";"],
    ["correo\na@b.co\n", ","],
    ["", ","],
  ])("detectDelimiter · %j is cut at %j", (sample, delimiter) => {
    expect(detectDelimiter(sample)).toEqual({ delimiter, skip_lines: 0 });
  });

  test("detectDelimiter · believes Excel's own line", () => {
    expect(detectDelimiter("sep=;\na,b,c\n1,2,3\n")).toEqual({ delimiter: ";", skip_lines: 1 });
    expect(detectDelimiter("\uFEFFsep=\t\r\na\tb\r\n")).toEqual({ delimiter: "\t", skip_lines: 1 });
  });

  test("detectDelimiter · finds the delimiter that wrote the table, whatever is quoted in it", () => {
    const cell = fc.string({ unit: fc.constantFrom(...Array.from('abc ,;|\t\n"é')), maxLength: 8 });
    fc.assert(
      fc.property(
        fc.constantFrom(...DELIMITERS),
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 5 }),
        (delimiter, columns, rows) => {
          const header = Array.from({ length: columns }, (_, i) => `column ${i}`).join(delimiter);
          const body = rows.map((row) =>
            row
              .slice(0, columns)
              .map((text) => `"${text.replaceAll('"', '""')}"`)
              .join(delimiter),
          );
          expect(detectDelimiter(`${[header, ...body].join("\n")}\n`).delimiter).toBe(delimiter);
        },
      ),
    );
  });
});

describe("isHeader", () => {
  test.each([
    [["Nombre", "Teléfono"], true],
    [["name", "phone", ""], true],
    [["Ana", "3104264109"], false],
    [["Ana", "ana@example.com"], false],
    [["", "1"], false],
    [[], false],
  ])("isHeader · %j: %s", (cells, answer) => {
    expect(isHeader(cells)).toBe(answer);
  });
});
