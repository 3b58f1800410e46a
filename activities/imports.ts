import { heartbeat, cancellationSignal } from "@temporalio/activity";
import type { Db } from "../db/connect.ts";
import { inTransaction } from "../db/connect.ts";
import { endOfRows } from "../db/importProgress.ts";
import {
  analyzePeople,
  beginImport,
  type ContactImport,
  clearImport,
  endImport,
  findImport,
  type ImportCursor,
  type ImportState,
} from "../db/imports.ts";
import type { ImportInput } from "../workflows/handles.ts";
import { UnreadableFile } from "./csvRecords.ts";
import { ahead } from "./ahead.ts";
import { importBatches, Overtaken, writePart } from "./importBatches.ts";
import { recordAcceptances, recordRefusals } from "./importConsents.ts";

/** Where an import stands: counts and states, nothing of a person. */
export interface ImportReport {
  state: ImportState;
  phase: ImportCursor["phase"];
  dryRun: boolean;
  /** 0–100. */
  percent: number;
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  duplicates: number;
  rejected: number;
  optedIn: number;
  optedOut: number;
  warnings: Record<string, number>;
}

/** How much one activity does before it hands over to the next: then the workflow's details are fresh. */
const STRETCH_ROWS = 200_000;
const STRETCH_MS = 60_000;
/** From here on the planner of the database is told at once how many there are now. */
const MANY_PEOPLE = 5_000;

export interface ImportDeps {
  db: Db;
  /** Wakes that a page of consents owes are driven at once. Never throws. */
  kick(): void;
}

export function importActivities({ db, kick }: ImportDeps) {
  return {
    /** Reads on in the file until it ends, the import is cancelled, or a stretch is done; each batch stands by itself. */
    async readImportRows(input: ImportInput): Promise<ImportReport> {
      const contactImport = await beginImport(db, input.workspaceId, input.importId);
      if (!contactImport) return gone;
      if (contactImport.state !== "running" || contactImport.cursor.phase !== "rows")
        return reportOf(contactImport);
      try {
        await readStretch(db, contactImport);
      } catch (error) {
        if (!(error instanceof UnreadableFile)) throw error;
        await endImport(db, input.workspaceId, input.importId, { to: "failed", error: error.message });
      }
      return report(db, input);
    },

    /**
     * When the rows are read: first everybody who said no, then who said yes. So nobody whom the file contradicts
     * itself about is ever taken for a yes. An import that was broken off records the refusals only.
     */
    async recordImportConsents(input: ImportInput): Promise<ImportReport> {
      const until = Date.now() + STRETCH_MS;
      const goOn = () => {
        heartbeat();
        return Date.now() < until && !cancellationSignal().aborted;
      };
      let phase: ImportCursor["phase"] = "refusals";
      while (phase === "refusals" && goOn()) {
        phase = await recordRefusals(db, input);
        kick();
      }
      const contactImport = await findImport(db, input.workspaceId, input.importId);
      if (!contactImport) return gone;
      try {
        if (contactImport.cursor.phase === "consents" && goOn())
          await recordAcceptances(db, contactImport, goOn);
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
      }
      return report(db, input);
    },

    /** What the import needed to work goes: the file, and who was in it. What it has brought is counted. */
    async clearImportWork(input: ImportInput): Promise<void> {
      await clearImport(db, input.importId);
      const { created } = await report(db, input);
      if (created >= MANY_PEOPLE) await analyzePeople(db);
    },

    /** An operator's word from Temporal UI; what has been written stays. */
    async cancelImport(input: ImportInput): Promise<void> {
      await endImport(db, input.workspaceId, input.importId, { to: "cancelled" });
    },
  };
}

async function readStretch(db: Db, contactImport: ContactImport): Promise<void> {
  const until = Date.now() + STRETCH_MS;
  let rows = 0;
  let end = contactImport.cursor;
  for await (const batch of ahead(importBatches(db, contactImport))) {
    const writes = batch.parts.map((part) => inTransaction(db, (tx) => writePart(tx, contactImport, part)));
    const outcomes = await Promise.allSettled(writes);
    const failures = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    const failure = failures.find((one) => !(one instanceof Overtaken));
    if (failure !== undefined) throw failure;
    if (failures.length > 0) return;
    rows += batch.rows;
    end = batch.end;
    heartbeat({ rows: contactImport.row_count + rows });
    if (rows >= STRETCH_ROWS || Date.now() >= until || cancellationSignal().aborted) return;
  }
  await endOfRows(db, contactImport.id, end);
}

const gone: ImportReport = {
  state: "cancelled",
  phase: "ended",
  dryRun: false,
  percent: 0,
  rows: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  duplicates: 0,
  rejected: 0,
  optedIn: 0,
  optedOut: 0,
  warnings: {},
};

async function report(db: Db, { workspaceId, importId }: ImportInput): Promise<ImportReport> {
  const contactImport = await findImport(db, workspaceId, importId);
  return contactImport ? reportOf(contactImport) : gone;
}

function reportOf(row: ContactImport): ImportReport {
  return {
    state: row.state,
    phase: row.cursor.phase,
    dryRun: row.dry_run,
    percent:
      row.state === "completed" ? 100 : Math.min(99, Math.floor((100 * row.cursor.read) / (row.bytes || 1))),
    rows: row.row_count,
    created: row.created_count,
    updated: row.updated_count,
    unchanged: row.unchanged_count,
    duplicates: row.duplicate_count,
    rejected: row.rejected_count,
    optedIn: row.opted_in_count,
    optedOut: row.opted_out_count,
    warnings: row.warnings,
  };
}
