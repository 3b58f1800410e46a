export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export const DELIMITERS = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * Guesses a file's encoding while its bytes go by: a byte order mark decides, then whether all of it is
 * valid UTF-8, else Windows-1252. Only the whole file gives a sure answer, as the first accent may
 * come late. The marks themselves are left to the decoder, which takes them off.
 */
export function watchEncoding(): { push(chunk: Uint8Array): void; encoding(): Encoding } {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const head: number[] = [];
  let valid = true;
  const decode = (chunk?: Uint8Array) => {
    try {
      if (valid) decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      valid = false; // fatal decoding throws at the first byte that is no UTF-8: that is the answer
    }
  };
  return {
    push(chunk) {
      if (head.length < 2) head.push(...chunk.subarray(0, 2));
      decode(chunk);
    },
    encoding() {
      if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
      if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
      decode();
      return valid ? "utf-8" : "windows-1252";
    },
  };
}

/** The encoding of a whole file in memory. */
export function guessEncoding(bytes: Uint8Array): Encoding {
  const watch = watchEncoding();
  watch.push(bytes);
  return watch.encoding();
}

/**
 * Finds the delimiter in the first lines of a file: the one that splits most records into as many columns
 * as the header has, among equals the one with more columns. Excel's `sep=;` line decides, and is one
 * line to skip. A file of one column has a comma.
 */
export function detectDelimiter(sample: string): { delimiter: Delimiter; skip_lines: 0 | 1 } {
  const told = /^\uFEFF?"?sep=([,;\t|])"?\r?(?:\n|$)/i.exec(sample)?.[1];
  if (told) return { delimiter: told as Delimiter, skip_lines: 1 };
  const records = recordsOf(sample);
  let best: { delimiter: Delimiter; share: number; count: number } = { delimiter: ",", share: 0, count: 0 };
  for (const delimiter of DELIMITERS) {
    const [count = 0, ...others] = records.map((record) => record.split(delimiter).length - 1);
    if (count === 0) continue;
    const share = (1 + others.filter((other) => other === count).length) / records.length;
    if (share > best.share || (share === best.share && count > best.count))
      best = { delimiter, share, count };
  }
  return { delimiter: best.delimiter, skip_lines: 0 };
}

/** Whether a first row names columns, and does not already hold somebody's number or address. */
export function isHeader(cells: readonly string[]): boolean {
  const named = cells.filter((cell) => /\p{L}/u.test(cell));
  return named.length > 0 && !cells.some((cell) => cell.includes("@") || cell.replace(/\D/g, "").length >= 7);
}

/** Up to 100 whole records, without what stands in quotes; the last one may be cut off and does not count. */
function recordsOf(sample: string): string[] {
  const bare = sample.replace(/"(?:[^"]|"")*(?:"|$)/g, "");
  const lines = bare.split(/\r\n|\r|\n/);
  const whole = lines.length > 1 ? lines.slice(0, -1) : lines;
  return whole.filter((line) => line.trim() !== "").slice(0, 100);
}
