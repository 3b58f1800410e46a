import type { Db } from "../db/connect.ts";
import { inTransaction } from "../db/connect.ts";
import {
  advanceConsents,
  lockAtConsents,
  nextPeople,
  type PeoplePage,
  recordNo,
  recordYes,
} from "../db/importConsents.ts";
import { type ContactImport, endImport, findImport, type ImportCursor } from "../db/imports.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { type ImportInput, wakeCampaign } from "../workflows/handles.ts";
import { Overtaken } from "./importBatches.ts";

/** Those who said no are locked while it is recorded: PostgreSQL has room for some thousand locks. */
const PAGE_NO = 500;
const PAGE_YES = 5_000;
/** So many pages are written side by side. */
const ABREAST = 2;

type Phase = ImportCursor["phase"];

/**
 * One page of those who said no, and where that leaves the import: pages of refusals come one after another, as each
 * waits for the locks of its people.
 */
export function recordRefusals(db: Db, { workspaceId, importId }: ImportInput): Promise<Phase> {
  return inTransaction(db, async (tx) => {
    const locked = await lockAtConsents(tx, importId);
    const contactImport = locked && (await findImport(tx, workspaceId, importId));
    if (!contactImport) return "ended";
    const { state, cursor: from } = contactImport;
    if (from.phase === "consents" || from.phase === "ended") return from.phase;
    const people = await nextPeople(tx, importId, { consent: -1, after: from.after, limit: PAGE_NO });
    const { cancelled, ...counts } = await recordNo(tx, contactImport, people);
    for (const { campaigns } of cancelled)
      await oweWake(
        tx,
        campaigns.map((one) => wakeCampaign(one)),
      );
    const at = { ...from, phase: "refusals" as const };
    const to = afterPage(at, people, state === "running" ? "consents" : "ended");
    if (!(await advanceConsents(tx, importId, counts, { from, to }))) throw new Overtaken();
    return to.phase;
  });
}

/**
 * Pages of those who said yes, a few abreast, until all are recorded or `goOn` says no after one. They are committed in
 * their order, each with the cursor, so what is recorded has no gap wherever a worker stops.
 * @throws Overtaken where another worker records them too
 */
export async function recordAcceptances(
  db: Db,
  contactImport: ContactImport,
  goOn: () => boolean,
): Promise<Phase> {
  const { id } = contactImport;
  const open: Promise<void>[] = [];
  let from = contactImport.cursor;
  try {
    do {
      const people = await nextPeople(db, id, { consent: 1, after: from.after, limit: PAGE_YES });
      const to = afterPage(from, people, "ended");
      const page = recordPage(db, contactImport, { people, from, to, before: open.at(-1) });
      // It is waited for below; where an earlier page fails first, this one fails with it.
      page.catch(() => undefined);
      open.push(page);
      from = to;
      if (open.length === ABREAST) await open.shift();
    } while (from.phase !== "ended" && goOn());
    await Promise.all(open);
  } finally {
    await Promise.allSettled(open);
  }
  return from.phase;
}

type YesPage = {
  people: PeoplePage;
  from: ImportCursor;
  to: ImportCursor;
  /** The page before, where it may still be under way. */
  before: Promise<void> | undefined;
};

function recordPage(db: Db, contactImport: ContactImport, { people, from, to, before }: YesPage) {
  const { id, workspace_id: workspaceId } = contactImport;
  return inTransaction(db, async (tx) => {
    const counts = await recordYes(tx, contactImport, people);
    await before;
    if (!(await advanceConsents(tx, id, counts, { from, to }))) throw new Overtaken();
    if (to.phase === "ended") await endImport(tx, workspaceId, id, { from: ["running"], to: "completed" });
  });
}

function afterPage(cursor: ImportCursor, { last }: PeoplePage, then: Phase): ImportCursor {
  const { after: _, ...rest } = cursor;
  return last === undefined ? { ...rest, phase: then } : { ...rest, after: last };
}
