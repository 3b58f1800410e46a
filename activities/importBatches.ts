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
import { advanceImport, LANES, waitsAt } from "../db/importProgress.ts";
import type { ContactImport, ImportCursor } from "../db/imports.ts";
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

/** Some thousand rows of a file, in parts that are written side by side: all rows of one person are in one part. */
type ImportBatch = {
  start: ImportCursor;
  end: ImportCursor;
  rows: number;
  parts: ImportPart[];
};

/** The rows of one person merged. */
type ImportPart = {
  lane: number;
  rows: number;
  people: ImportedPerson[];
  rejected: RejectedRow[];
  warnings: Record<string, number>;
};

/** With all that can be made ready while the database works on the batch before. */
type ReadyPart = ImportPart & {
  start: ImportCursor;
  end: ImportCursor;
  layout: RowLayout;
  personRows: readonly PersonRow[];
  packed: PackedPeople;
};

/** The parts of a batch that are to be written. */
type ReadyBatch = { rows: number; end: ImportCursor; parts: ReadyPart[] };

/** Somebody else has written this part, or the import no longer runs: nothing of it is the caller's to write. */
export class Overtaken extends Error {
  override name = "Overtaken";
}

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
  const until = cursor.written?.until ?? 0;
  let batch = newBatch(cursor);
  let named = new Map<string, ImportedPerson>();
  const slices = utf8Slices(chunks, detected.encoding, cursor.bytes);
  for await (const { cells, line, end } of csvRecords(slices, detected.delimiter, cursor)) {
    batch.end = { phase: "rows", ...end, read };
    if (header-- > 0) continue;
    addRow(batch, layout, named, cells, line);
    // A batch of which a part is written ends where it did.
    if (batch.start.written ? end.bytes < until : batch.rows < BATCH_ROWS) continue;
    yield ready(batch, layout);
    batch = newBatch(batch.end);
    named = new Map();
  }
  if (batch.rows > 0) yield ready(batch, layout);
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

function newBatch(start: ImportCursor): ImportBatch {
  const part = (lane: number) => ({ lane, rows: 0, people: [], rejected: [], warnings: {} });
  return { start, end: start, rows: 0, parts: Array.from({ length: LANES }, (_, lane) => part(lane)) };
}

/** The parts that are still to be written. */
function ready({ start, end, rows, parts }: ImportBatch, layout: RowLayout): ReadyBatch {
  const written = start.written?.lanes ?? [];
  return {
    rows,
    end,
    parts: parts
      .filter(({ lane }) => !written.includes(lane))
      .map((part) => {
        const personRows = part.people.map((person, n) => rowOf(person, n, layout));
        return { ...part, start, end, layout, personRows, packed: packPeople(personRows) };
      }),
  };
}

/** The same for all rows of one person, whatever batch they are in. */
function laneOf(identity: string): number {
  let sum = 0;
  for (let at = 0; at < identity.length; at++) sum += identity.charCodeAt(at);
  return sum % LANES;
}

function addRow(
  batch: ImportBatch,
  layout: RowLayout,
  named: Map<string, ImportedPerson>,
  cells: string[],
  line: number,
): void {
  batch.rows += 1;
  const reading = readRow(cells, layout);
  const part = batch.parts[reading.ok ? laneOf(reading.person.identity) : 0] as ImportPart;
  part.rows += 1;
  if (!reading.ok) {
    const { column: column_name, reason } = reading;
    part.rejected.push({ line, column_name, reason, cells: cells.map((cell) => cell.replaceAll("\0", "")) });
    return;
  }
  const { person, warning } = reading;
  if (warning) part.warnings[warning] = (part.warnings[warning] ?? 0) + 1;
  const earlier = named.get(person.identity);
  if (earlier) {
    mergeRow(earlier, person);
    return;
  }
  named.set(person.identity, person);
  part.people.push(person);
}

/**
 * Writes a part, with its counts, in the caller's transaction; the last of its batch moves the cursor.
 * @throws Overtaken with which the transaction is to be rolled back
 */
export async function writePart(tx: Tx, contactImport: ContactImport, part: ReadyPart): Promise<void> {
  if (!(await waitsAt(tx, contactImport.id, part))) throw new Overtaken();
  const known = new Map<number, { outcome: Outcome }>();
  const rows = [...part.personRows];
  for (const earlier of await findNamed(tx, contactImport.id, part.packed)) {
    known.set(earlier.n, earlier);
    rows[earlier.n] = completedRow(
      structuredClone(part.people[earlier.n] as ImportedPerson),
      earlier,
      part.layout,
    );
  }
  const counts = { created: 0, updated: 0, unchanged: 0 };
  const packed = known.size === 0 ? part.packed : packPeople(rows);
  for (const { n, outcome } of await settle(tx, contactImport, { rows, packed, known: [...known.keys()] })) {
    const before = known.get(n)?.outcome;
    if (before === undefined) counts[outcome] += 1;
    else if (before === "unchanged" && outcome === "updated") {
      counts.unchanged -= 1;
      counts.updated += 1;
    }
  }
  await insertRejects(tx, contactImport, part.rejected);
  const newPeople = rows.length - known.size;
  const advanced = await advanceImport(tx, contactImport.id, part, {
    row_count: part.rows,
    created_count: counts.created,
    updated_count: counts.updated,
    unchanged_count: counts.unchanged,
    duplicate_count: part.rows - part.rejected.length - newPeople,
    rejected_count: part.rejected.length,
    warnings: part.warnings,
  });
  if (!advanced) throw new Overtaken();
}

/** People whom somebody else made while the statement ran are found by the next one. */
async function settle(
  tx: Tx,
  contactImport: ContactImport,
  { rows, packed, known }: { rows: readonly PersonRow[]; packed: PackedPeople; known: readonly number[] },
) {
  if (contactImport.dry_run) return judgePeople(tx, contactImport, packed, known);
  const settled: { n: number; outcome: Outcome }[] = [];
  let open = rows;
  for (let tries = 0; open.length > 0; tries++) {
    if (tries === 5) throw new Error(`${open.length} people of a batch were neither there nor could be made`);
    settled.push(...(await applyPeople(tx, contactImport, tries === 0 ? packed : packPeople(open), known)));
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
