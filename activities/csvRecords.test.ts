import { describe, expect, test } from "vitest";
import type { Encoding } from "../domain/csvFormat.ts";
import { csvRecords, utf8Slices } from "./csvRecords.ts";

async function* pieces(bytes: Buffer, from: number, size: number) {
  for (let at = from; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  bytes: Buffer,
  options: { encoding?: Encoding; size?: number; start?: { bytes: number; line: number } } = {},
) {
  const { encoding = "utf-8", size = 7, start = { bytes: 0, line: 1 } } = options;
  const slices = utf8Slices((from) => pieces(bytes, from, size), encoding, start.bytes);
  return Array.fromAsync(csvRecords(slices, ";", start));
}

describe("csvRecords", () => {
  const text = '\ufeffa;b\r\n\r\n"x\r\ny\n\nz";ñ\r\n\n1;"dijo ""ya"""\r2;3';
  const expected = [
    [["a", "b"], 1],
    [["x\r\ny\n\nz", "ñ"], 3],
    [["1", 'dijo "ya"'], 8],
    [["2", "3"], 9],
  ];

  test.each([1, 2, 3, 7, 1_000])("gives cells and physical lines, in pieces of %i bytes", async (size) => {
    const records = await read(Buffer.from(text), { size });
    expect(records.map(({ cells, line }) => [cells, line])).toEqual(expected);
  });

  test("goes on from the end of any record as if it had never stopped", async () => {
    const whole = await read(Buffer.from(text));
    for (const [n, { end }] of whole.entries()) {
      expect(await read(Buffer.from(text), { start: end })).toEqual(whole.slice(n + 1));
    }
  });

  test("goes on in files of other encodings", async () => {
    const latin = Buffer.from("nombre;ciudad\nNu\xf1ez;Bogot\xe1\n\x80;\xe9\n", "latin1");
    const utf16 = Buffer.from("\ufeffnombre;ciudad\nNuñez;Bogotá\n€;é\n", "utf16le");
    for (const [bytes, encoding] of [
      [latin, "windows-1252"],
      [utf16, "utf-16le"],
    ] as const) {
      const whole = await read(bytes, { encoding, size: 5 });
      expect(whole.map(({ cells }) => cells)).toEqual([
        ["nombre", "ciudad"],
        ["Nuñez", "Bogotá"],
        ["€", "é"],
      ]);
      expect(await read(bytes, { encoding, size: 5, start: whole[1]?.end ?? { bytes: 0, line: 1 } })).toEqual(
        whole.slice(2),
      );
    }
  });

  test("names the line of a quote that is never closed", async () => {
    await expect(read(Buffer.from('a;b\n1;2\n3;"x\n4;5\n'))).rejects.toThrow(
      "The record that begins in line 3",
    );
  });

  test("passes on what the source fails with", async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from("a;b\n");
      throw new Error("connection lost");
    };
    const records = csvRecords(utf8Slices(broken, "utf-8", 0), ";", { bytes: 0, line: 1 });
    await expect(Array.fromAsync(records)).rejects.toThrow("connection lost");
  });
});
