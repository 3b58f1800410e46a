import { deleteOldEvents } from "../db/conversationEvents.ts";
import { deleteOldMailCounts } from "../db/emailCounts.ts";
import { deleteUnusedFiles } from "../db/emailFiles.ts";
import { sweepErased } from "../db/erasureRows.ts";
import { deleteOldIdempotencyKeys, deleteOldMinutes } from "../db/housekeeping.ts";
import { failStaleUploads } from "../db/imports.ts";
import { deleteOldLanguageCalls } from "../db/languageBook.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findOverdue } from "../db/warmupDays.ts";
import { wakeWarmup } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

export interface HousekeepingReport {
  idempotencyKeys: number;
  senderMinutes: number;
  /** Imports whose upload was broken off with the API. */
  staleUploads: number;
  conversationEvents: number;
  /** Figures of e-mail by receiving domain and hour. */
  mailCounts: number;
  /** Files that no e-mail names any more. */
  unusedFiles: number;
  /** Calls of language models; their figures by day stay. */
  languageCalls: number;
  /** Webhooks that came late, about people who were erased before. */
  lateWebhooks: number;
  /** Warmups that are behind their days. */
  overdueWarmups: number;
}

const LONGEST_UPLOAD_HOURS = 24;
/** A day is judged at its end; a while later somebody has to look again. */
const WARMUP_OVERDUE_MINUTES = 15;
/** Live views resume by them; nobody comes back for older ones. */
const EVENT_DAYS = 7;
const LANGUAGE_CALL_DAYS = 90;

export function housekeepingActivities({ db }: Pick<ActivityDeps, "db">) {
  return {
    /** Deletes what has served its time; repeatable. */
    async keepHouse(): Promise<HousekeepingReport> {
      return {
        idempotencyKeys: await deleteOldIdempotencyKeys(db),
        senderMinutes: await deleteOldMinutes(db),
        staleUploads: await failStaleUploads(db, LONGEST_UPLOAD_HOURS),
        conversationEvents: await deleteOldEvents(db, EVENT_DAYS),
        mailCounts: await deleteOldMailCounts(db),
        unusedFiles: await deleteUnusedFiles(db),
        languageCalls: await deleteOldLanguageCalls(db, LANGUAGE_CALL_DAYS),
        lateWebhooks: await sweepErased(db),
        overdueWarmups: await wakeOverdueWarmups(db),
      };
    },
  };
}

async function wakeOverdueWarmups(db: ActivityDeps["db"]): Promise<number> {
  const overdue = await findOverdue(db, WARMUP_OVERDUE_MINUTES);
  await oweWake(db, overdue.map(wakeWarmup));
  return overdue.length;
}
