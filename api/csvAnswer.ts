import { Readable } from "node:stream";
import { stringify } from "csv-stringify";
import type { Context } from "hono";
import type { AppEnv } from "./deps.ts";

const PAGE = 1_000;

/** All rows behind pages that are read one after another, each from the cursor of the last row before it. */
export async function* rowsOf<Row, Cursor>(
  page: (after: Cursor | undefined, limit: number) => Promise<Row[]>,
  cursorOf: (row: Row) => Cursor,
): AsyncGenerator<Row> {
  for (let last: Row | undefined; ; ) {
    const rows = await page(last === undefined ? undefined : cursorOf(last), PAGE);
    yield* rows;
    last = rows.at(-1);
    if (rows.length < PAGE) return;
  }
}

/** Rows as a CSV file that spreadsheets read, while they are being read. */
export function csvAnswer(
  c: Context<AppEnv>,
  name: string,
  columns: readonly string[],
  rows: AsyncIterable<unknown>,
): Response {
  const csv = stringify({
    header: true,
    bom: true,
    columns: [...columns],
    // A cell that a spreadsheet would run as a formula is shown as text.
    escape_formulas: true,
    cast: { date: (value) => value.toISOString(), boolean: String },
  });
  const lines = Readable.toWeb(Readable.from(rows).pipe(csv)) as ReadableStream;
  return c.body(lines, 200, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="${name}.csv"`,
  });
}
