import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { field, fields, parseForm } from "./form.ts";

describe("parseForm", () => {
  test("reads what URLSearchParams writes", () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(pairs, (given) => {
        const text = new URLSearchParams(given).toString();
        expect([...parseForm(Buffer.from(text))]).toEqual([...new URLSearchParams(text)]);
      }),
    );
  });

  test("makes a list of a repeated name, and takes lower-case escapes", () => {
    const form = parseForm(Buffer.from("MediaUrl=a&MediaUrl=b%c3%b1&Body=&x"));
    expect(fields(form, "MediaUrl")).toEqual(["a", "bñ"]);
    expect(field(form, "MediaUrl")).toBe("bñ");
    expect([field(form, "Body"), field(form, "x"), field(form, "y")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
