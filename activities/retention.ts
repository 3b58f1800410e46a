import { heartbeat } from "@temporalio/activity";
import { type DueWorkspace, findDue, finishRun, retainedTables, retainTable } from "../db/retention.ts";
import { settingsOf } from "../domain/settings.ts";
import type { ActivityDeps } from "./deps.ts";

export interface RetentionReport {
  workspaces: number;
  /** Rows that were emptied or deleted. */
  rows: number;
}

const KIND = "retention";
const HOUR = 2;
const DAY_MS = 86_400_000;

export function retentionActivities({ db }: Pick<ActivityDeps, "db">) {
  return {
    /** Puts away what is too old in every workspace whose night has come; what was done before a death stays done. */
    async retain(): Promise<RetentionReport> {
      const due = await findDue(db, KIND, HOUR);
      let rows = 0;
      for (const workspace of due) rows += await retainWorkspace(workspace);
      return { workspaces: due.length, rows };
    },
  };

  async function retainWorkspace(workspace: DueWorkspace): Promise<number> {
    const days = settingsOf(workspace.settings).retention_days;
    const on = {
      workspaceId: workspace.id,
      since: workspace.created_at,
      until: new Date(Date.now() - days * DAY_MS),
      alive: () => heartbeat(),
    };
    const report: Record<string, number> = {};
    for (const name of retainedTables()) {
      const rows = await retainTable(db, name, on);
      if (rows > 0) report[name] = rows;
    }
    await finishRun(db, { workspaceId: workspace.id, kind: KIND, localDate: workspace.local_date, report });
    return Object.values(report).reduce((sum, rows) => sum + rows, 0);
  }
}
