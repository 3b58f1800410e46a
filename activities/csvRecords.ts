import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { CsvError, parse } from "csv-parse";
import type { Delimiter, Encoding } from "../domain/csvFormat.ts";
import { csvForm } from "../domain/csvHead.ts";

export type CsvRecord = {
  cells: string[];
  /** The physical line on which the record begins, from 1. */
  line: number;
  /** Where the next record begins, in bytes of the file as UTF-8, and the line there. */
  end: { bytes: number; line: number };
};

/** A file that cannot be read on: `message` may be shown. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

/** Small enough that the answers of the database are heard between two of them. */
const SLICE_BYTES = 4_096;
const LONGEST_RECORD = 1_000_000;
const CR = 13;
const LF = 10;

/**
 * A file as UTF-8, from `start` (counted in UTF-8) on, in small slices. A file in another encoding is decoded from its
 * beginning each time: what is before `start` is thrown away.
 */
export async function* utf8Slices(
  chunks: (from: number) => AsyncIterable<Buffer>,
  encoding: Encoding,
  start: number,
): AsyncGenerator<Buffer> {
  const decoder = encoding === "utf-8" ? undefined : new TextDecoder(encoding);
  let skip = decoder ? start : 0;
  for await (const chunk of chunks(decoder ? 0 : start)) {
    let bytes = decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
    if (skip > 0) {
      const skipped = Math.min(skip, bytes.length);
      skip -= skipped;
      bytes = bytes.subarray(skipped);
    }
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      yield bytes.subarray(at, at + SLICE_BYTES);
      await turn();
    }
  }
}

/**
 * The records of a CSV, one by one, without holding more than a few of them.
 * @throws UnreadableFile at a quote that is never closed.
 */
export async function* csvRecords(
  slices: AsyncIterable<Buffer>,
  delimiter: Delimiter,
  start: { bytes: number; line: number },
): AsyncGenerator<CsvRecord> {
  const lines = new LineCounter(start.line);
  // Where the records end that the parser has read and nobody has taken yet.
  const ends: number[] = [];
  const parser = parse({
    ...csvForm(delimiter),
    bom: start.bytes === 0,
    max_record_size: LONGEST_RECORD,
    on_record: (cells, { bytes }) => {
      ends.push(bytes);
      return cells;
    },
  });
  const source = Readable.from(lines.watching(slices), { objectMode: false });
  source.once("error", (error) => parser.destroy(error));
  let end = start.line;
  try {
    for await (const cells of source.pipe(parser) as AsyncIterable<string[]>) {
      const bytes = ends.shift() as number;
      const line = lines.skipBlank(bytes);
      end = lines.advance(bytes);
      yield { cells, line, end: { bytes: start.bytes + bytes, line: end } };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UnreadableFile(`The record that begins in line ${end} has a quote that is never closed.`);
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** Counts physical lines over the bytes that go by: \r\n, \n and \r end one, in quotes too. */
class LineCounter {
  #held: Buffer[] = [];
  /** Offset in the first held slice. */
  #at = 0;
  #position = 0;
  #afterCr = false;
  #line: number;

  constructor(line: number) {
    this.#line = line;
  }

  async *watching(slices: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const slice of slices) {
      this.#held.push(slice);
      yield slice;
    }
  }

  /** Goes on to the first byte that is no line end, at most to `limit`; gives the line there. */
  skipBlank(limit: number): number {
    return this.#run(limit, true);
  }

  /** Goes on to `position`; gives the line there. */
  advance(position: number): number {
    return this.#run(position, false);
  }

  #run(limit: number, onlyBlank: boolean): number {
    while (this.#position < limit) {
      const slice = this.#held[0];
      if (slice === undefined) break;
      if (this.#at === slice.length) {
        this.#held.shift();
        this.#at = 0;
        continue;
      }
      const byte = slice[this.#at];
      if (byte === LF) this.#line += this.#afterCr ? 0 : 1;
      else if (byte === CR) this.#line += 1;
      else if (onlyBlank) break;
      this.#afterCr = byte === CR;
      this.#at += 1;
      this.#position += 1;
    }
    return this.#line;
  }
}
