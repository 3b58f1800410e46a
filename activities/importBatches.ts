import type { Db, Tx } from "../db/connect.ts";
import {
  applyPeople,
  findNamed,
  insertRejects,
  judgePeople,
  type Outcome,
  type PackedPeople,
  packPeople,
  type PersonRow,
  type RejectedRow,
} from "../db/importRows.ts";
import { CHUNK_BYTES, readChunk } from "../db/importFiles.ts";
import { advanceImport, type ContactImport, type ImportCursor, lockAtCursor } from "../db/imports.ts";
import { readConsent } from "../domain/consentWords.ts";
import {
  contactFields,
  givenColumns,
  type ImportedPerson,
  mergeRow,
  type RowLayout,
  readRow,
  strongest,
  withoutGiven,
} from "../domain/importRow.ts";
import { parseRegion } from "../domain/phone.ts";
import { placeOfNumber } from "../domain/place.ts";
import { csvRecords, utf8Slices } from "./csvRecords.ts";

const BATCH_ROWS = 4_000;

/** Some thousand rows of a file, the rows of one person merged. */
export type ImportBatch = {
  start: ImportCursor;
  end: ImportCursor;
  rows: number;
  people: ImportedPerson[];
  rejected: RejectedRow[];
  warnings: Record<string, number>;
  layout: RowLayout;
};

/** With all that can be made ready while the database works on the batch before. */
export type ReadyBatch = ImportBatch & {
  personRows: readonly PersonRow[];
  packed: PackedPeople;
};

/** Reads the file from the import's cursor on. */
export async function* importBatches(db: Db, contactImport: ContactImport): AsyncGenerator<ReadyBatch> {
  const { detected, cursor } = contactImport;
  const layout = layoutOf(contactImport);
  let read = 0;
  const chunks = async function* (from: number): AsyncGenerator<Buffer> {
    let skip = from % CHUNK_BYTES;
    for (let seq = Math.floor(from / CHUNK_BYTES); ; seq++) {
      const bytes = await readChunk(db, contactImport.id, seq);
      if (bytes === undefined) return;
      read = seq * CHUNK_BYTES + bytes.length;
      yield bytes.subarray(skip);
      skip = 0;
    }
  };
  let header = cursor.bytes === 0 ? detected.skip_lines + 1 : 0;
  let batch = newBatch(cursor, layout);
  let named = new Map<string, ImportedPerson>();
  const slices = utf8Slices(chunks, detected.encoding, cursor.bytes);
  for await (const { cells, line, end } of csvRecords(slices, detected.delimiter, cursor)) {
    batch.end = { phase: "rows", ...end, read };
    if (header-- > 0) continue;
    addRow(batch, named, cells, line);
    if (batch.rows < BATCH_ROWS) continue;
    yield ready(batch);
    batch = newBatch(batch.end, layout);
    named = new Map();
  }
  if (batch.rows > 0) yield ready(batch);
}

function layoutOf({ detected, options }: ContactImport): RowLayout {
  const { yes, no } = options.consent;
  const own = { ...(yes && { yes }), ...(no && { no }) };
  // Thousands of rows say the same few words.
  const said = new Map<string, "yes" | "no" | null>();
  return {
    columns: detected.columns,
    region: parseRegion(options.default_region),
    readConsent: (cell) => {
      let answer = said.get(cell);
      if (answer === undefined) {
        answer = readConsent(cell, own);
        if (said.size < 1_000) said.set(cell, answer);
      }
      return answer;
    },
  };
}

function newBatch(start: ImportCursor, layout: RowLayout): ImportBatch {
  return { start, end: start, rows: 0, people: [], rejected: [], warnings: {}, layout };
}

function ready(batch: ImportBatch): ReadyBatch {
  const personRows = batch.people.map((person, n) => rowOf(person, n, batch.layout));
  return { ...batch, personRows, packed: packPeople(personRows) };
}

function addRow(batch: ImportBatch, named: Map<string, ImportedPerson>, cells: string[], line: number): void {
  batch.rows += 1;
  const reading = readRow(cells, batch.layout);
  if (!reading.ok) {
    const { column: column_name, reason } = reading;
    batch.rejected.push({ line, column_name, reason, cells: cells.map((cell) => cell.replaceAll("\0", "")) });
    return;
  }
  const { person, warning } = reading;
  if (warning) batch.warnings[warning] = (batch.warnings[warning] ?? 0) + 1;
  const earlier = named.get(person.identity);
  if (earlier) {
    mergeRow(earlier, person);
    return;
  }
  named.set(person.identity, person);
  batch.people.push(person);
}

/**
 * Writes a batch, with counts and cursor, in the caller's transaction. False, and nothing written, where the import
 * no longer runs or somebody else has gone on from there.
 */
export async function writeBatch(tx: Tx, contactImport: ContactImport, batch: ReadyBatch): Promise<boolean> {
  if (!(await lockAtCursor(tx, contactImport.id, batch.start))) return false;
  const known = new Map<number, { outcome: Outcome }>();
  const rows = [...batch.personRows];
  for (const earlier of await findNamed(tx, contactImport.id, batch.packed)) {
    known.set(earlier.n, earlier);
    rows[earlier.n] = completedRow(
      structuredClone(batch.people[earlier.n] as ImportedPerson),
      earlier,
      batch.layout,
    );
  }
  const counts = { created: 0, updated: 0, unchanged: 0 };
  const packed = known.size === 0 ? batch.packed : packPeople(rows);
  for (const { n, outcome } of await settle(tx, contactImport, rows, packed)) {
    const before = known.get(n)?.outcome;
    if (before === undefined) counts[outcome] += 1;
    else if (before === "unchanged" && outcome === "updated") {
      counts.unchanged -= 1;
      counts.updated += 1;
    }
  }
  await insertRejects(tx, contactImport, batch.rejected);
  const newPeople = rows.length - known.size;
  await advanceImport(
    tx,
    contactImport.id,
    {
      row_count: batch.rows,
      created_count: counts.created,
      updated_count: counts.updated,
      unchanged_count: counts.unchanged,
      duplicate_count: batch.rows - batch.rejected.length - newPeople,
      rejected_count: batch.rejected.length,
      warnings: batch.warnings,
    },
    batch.end,
  );
  return true;
}

/** People whom somebody else made while the statement ran are found by the next one. */
async function settle(
  tx: Tx,
  contactImport: ContactImport,
  rows: readonly PersonRow[],
  packed: PackedPeople,
) {
  if (contactImport.dry_run) return judgePeople(tx, contactImport, packed);
  const settled: { n: number; outcome: Outcome }[] = [];
  let open = rows;
  for (let tries = 0; open.length > 0; tries++) {
    if (tries === 5) throw new Error(`${open.length} people of a batch were neither there nor could be made`);
    settled.push(...(await applyPeople(tx, contactImport, tries === 0 ? packed : packPeople(open))));
    const done = new Set(settled.map(({ n }) => n));
    open = rows.filter(({ n }) => !done.has(n));
  }
  return settled;
}

function rowOf(person: ImportedPerson, n: number, layout: RowLayout): PersonRow {
  const { identity, phone, phone_type, country, consent } = person;
  return {
    n,
    identity,
    phone,
    phone_type,
    country,
    number_zones: phone === null ? [] : placeOfNumber(phone, country).time_zones,
    ...contactFields(person, layout),
    consent,
    given: Buffer.from(givenColumns(person.values)).toString("hex"),
  };
}

/** What this batch adds to a person whom the file has named before. */
function completedRow(
  person: ImportedPerson,
  earlier: { n: number; consent: number; given: Buffer },
  layout: RowLayout,
): PersonRow {
  const given = givenColumns(person.values).map((bits, at) => bits | (earlier.given[at] ?? 0));
  withoutGiven(person, earlier.given, layout);
  person.consent = strongest(person.consent, earlier.consent as ImportedPerson["consent"]);
  return { ...rowOf(person, earlier.n, layout), given: Buffer.from(given).toString("hex") };
}

/** Works out the next two while the caller deals with this one: the database never waits for them, nor they for it. */
export async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  const ask = () => {
    const next = items.next();
    // Whoever stops early never asks for it; its failure is not to bring the process down.
    next.catch(() => undefined);
    return next;
  };
  const waiting = [ask(), ask()];
  try {
    for (;;) {
      const { value, done } = await (waiting.shift() as ReturnType<typeof ask>);
      if (done) return;
      waiting.push(ask());
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}
