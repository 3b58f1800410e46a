import { deleteOldEvents } from "../db/conversationEvents.ts";
import { sweepErased } from "../db/erasureRows.ts";
import { deleteOldIdempotencyKeys, deleteOldMinutes } from "../db/housekeeping.ts";
import { failStaleUploads } from "../db/imports.ts";
import type { ActivityDeps } from "./deps.ts";

export interface HousekeepingReport {
  idempotencyKeys: number;
  senderMinutes: number;
  /** Imports whose upload was broken off with the API. */
  staleUploads: number;
  conversationEvents: number;
  /** Webhooks that came late, about people who were erased before. */
  lateWebhooks: number;
}

const LONGEST_UPLOAD_HOURS = 24;
/** Live views resume by them; nobody comes back for older ones. */
const EVENT_DAYS = 7;

export function housekeepingActivities({ db }: Pick<ActivityDeps, "db">) {
  return {
    /** Deletes what has served its time; repeatable. */
    async keepHouse(): Promise<HousekeepingReport> {
      return {
        idempotencyKeys: await deleteOldIdempotencyKeys(db),
        senderMinutes: await deleteOldMinutes(db),
        staleUploads: await failStaleUploads(db, LONGEST_UPLOAD_HOURS),
        conversationEvents: await deleteOldEvents(db, EVENT_DAYS),
        lateWebhooks: await sweepErased(db),
      };
    },
  };
}
