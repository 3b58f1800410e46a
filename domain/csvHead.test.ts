import { describe, expect, test } from "vitest";
import { readHead } from "./csvHead.ts";

const head = (text: string, given: Parameters<typeof readHead>[2] = {}) =>
  readHead(Buffer.from(text), "utf-8", given);

describe("readHead", () => {
  test("finds delimiter and columns, in a file that is cut off too", () => {
    expect(head('Nombre;Teléfono;Notas\nPaola;3105550001;"abier')).toEqual({
      delimiter: ";",
      skip_lines: 0,
      columns: [
        { header: "Nombre", field: "name" },
        { header: "Teléfono", field: "phone" },
        { header: "Notas", field: "attribute" },
      ],
      channels: ["whatsapp"],
    });
  });

  test("reads the file as its encoding says", () => {
    const bytes = Buffer.from("tel\xe9fono,ciudad\n", "latin1");
    expect(readHead(bytes, "windows-1252", {}).columns[0]).toEqual({ header: "teléfono", field: "phone" });
  });

  test("skips Excel's line, and lets the client name the delimiter", () => {
    expect(head("sep=;\nphone;name\n")).toMatchObject({ delimiter: ";", skip_lines: 1 });
    expect(head("phone|a,b\n1|2,3\n", { delimiter: "|" }).columns.map(({ header }) => header)).toEqual([
      "phone",
      "a,b",
    ]);
  });

  test("takes the channels of consent from its header, else WhatsApp alone", () => {
    expect(head("phone,Acepta SMS,Acepta WhatsApp\n")).toMatchObject({
      channels: ["sms"],
      columns: [{}, { field: "consent" }, { field: "attribute" }],
    });
    expect(head("phone,consent\n").channels).toEqual(["whatsapp"]);
    expect(head("phone,consent\n", { channels: ["email"] }).channels).toEqual(["email"]);
    expect(head("phone,firma\n", { mapping: { firma: "consent" } }).columns[1]).toEqual({
      header: "firma",
      field: "consent",
    });
  });

  test.each([
    ["", "does not name its columns"],
    ["3105550001,Paola\n", "does not name its columns"],
    ['phone,"name\nx,y\n', "cannot be read as columns"],
    ["ciudad,nombre\n", "No column was recognised"],
  ])("refuses %j", (text, why) => {
    expect(() => head(text)).toThrow(why);
  });
});
