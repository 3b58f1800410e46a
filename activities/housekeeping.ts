import { deleteOldIdempotencyKeys, deleteOldMinutes } from "../db/housekeeping.ts";
import { failStaleUploads } from "../db/imports.ts";
import type { ActivityDeps } from "./deps.ts";

export interface HousekeepingReport {
  idempotencyKeys: number;
  senderMinutes: number;
  /** Imports whose upload was broken off with the API. */
  staleUploads: number;
}

const LONGEST_UPLOAD_HOURS = 24;

export function housekeepingActivities({ db }: Pick<ActivityDeps, "db">) {
  return {
    /** Deletes what has served its time; repeatable. */
    async keepHouse(): Promise<HousekeepingReport> {
      return {
        idempotencyKeys: await deleteOldIdempotencyKeys(db),
        senderMinutes: await deleteOldMinutes(db),
        staleUploads: await failStaleUploads(db, LONGEST_UPLOAD_HOURS),
      };
    },
  };
}
