import { parse } from "csv-parse/sync";
import type { Channel } from "./address.ts";
import { type Delimiter, detectDelimiter, type Encoding, isHeader } from "./csvFormat.ts";
import { DomainError } from "./errors.ts";
import { channelsNamed, type MappedColumn, mapColumns } from "./importMapping.ts";

/** How a CSV is cut into cells; the same wherever a file is read. */
export const csvForm = (delimiter: Delimiter) => ({
  delimiter,
  record_delimiter: ["\r\n", "\n", "\r"],
  relax_quotes: true,
  relax_column_count: true,
  skip_empty_lines: true,
});

export type CsvHead = {
  delimiter: Delimiter;
  skip_lines: 0 | 1;
  columns: MappedColumn[];
  /** What the consent of this file is for. */
  channels: Channel[];
};

/**
 * Reads delimiter and headers from the first bytes of a file, whole or cut off anywhere, and says what each column is.
 * Without `channels` its consent is for those that the first consent column names, else for WhatsApp alone: a yes
 * is not stretched.
 * @throws DomainError `validation` where there is no header line, or mapColumns refuses it.
 */
export function readHead(
  sample: Uint8Array,
  encoding: Encoding,
  given: { delimiter?: Delimiter; mapping?: Record<string, string>; channels?: readonly Channel[] },
): CsvHead {
  const text = new TextDecoder(encoding).decode(sample);
  const { delimiter: detected, skip_lines } = detectDelimiter(text);
  const delimiter = given.delimiter ?? detected;
  const header = firstRecords(text, delimiter, skip_lines + 1)[skip_lines];
  if (!header || !isHeader(header)) throw noHeaders();
  const overrides = given.mapping ?? {};
  const channels = given.channels ?? channelsOf(mapColumns(header, { overrides }));
  return {
    delimiter,
    skip_lines,
    columns: mapColumns(header, { overrides, channels }),
    channels: [...channels],
  };
}

function channelsOf(columns: readonly MappedColumn[]): Channel[] {
  const named = channelsNamed(columns.find(({ field }) => field === "consent")?.header ?? "");
  return named.length > 0 ? named : ["whatsapp"];
}

function firstRecords(text: string, delimiter: Delimiter, count: number): string[][] {
  try {
    return parse(text, { ...csvForm(delimiter), to: count });
  } catch (cause) {
    throw new DomainError("validation", "The first line of the file cannot be read as columns.", {
      field: "file",
      fix: "Close the quote that is open, or name the delimiter.",
      cause,
    });
  }
}

function noHeaders(): DomainError {
  return new DomainError("validation", "The first line of the file does not name its columns.", {
    field: "file",
    fix: "Put headers such as name, phone, email into the first line.",
  });
}
