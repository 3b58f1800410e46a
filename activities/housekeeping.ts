import { deleteOldIdempotencyKeys, deleteOldMinutes } from "../db/housekeeping.ts";
import type { ActivityDeps } from "./deps.ts";

export interface HousekeepingReport {
  idempotencyKeys: number;
  senderMinutes: number;
}

export function housekeepingActivities({ db }: Pick<ActivityDeps, "db">) {
  return {
    /** Deletes what has served its time; repeatable. */
    async keepHouse(): Promise<HousekeepingReport> {
      return {
        idempotencyKeys: await deleteOldIdempotencyKeys(db),
        senderMinutes: await deleteOldMinutes(db),
      };
    },
  };
}
