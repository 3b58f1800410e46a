import { activityInfo, heartbeat } from "@temporalio/activity";
import { inTransaction } from "../db/connect.ts";
import { listContactIds } from "../db/contacts.ts";
import { takeMarks } from "../db/leadMarks.ts";
import { updateScores } from "../db/leadScores.ts";
import { type DueWorkspace, findDue, finishRun } from "../db/retention.ts";
import { readScoring } from "../db/scoring.ts";
import type { ActivityDeps } from "./deps.ts";
import { tellQualified } from "./qualifiedLeads.ts";

/** Locks of so many people are held for some tens of milliseconds. */
const BATCH = 500;
/** After which a round ends, so that a flood of news does not keep it from telling anybody. */
const MOST_BATCHES = 20;

/**
 * One round of keeping scores current: whoever something has happened to is scored anew, and colleagues are told of
 * those who became qualified leads. Returns how many people were scored.
 */
export async function refreshScores(deps: Pick<ActivityDeps, "db" | "kick">): Promise<number> {
  let people = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const taken = await inTransaction(deps.db, async (tx) => {
      let marks = 0;
      for (const { workspaceId, contactIds } of await takeMarks(tx, BATCH)) {
        marks += contactIds.length;
        const scoring = await readScoring(tx, workspaceId);
        if (scoring?.settings.enabled)
          people += (await updateScores(tx, scoring, contactIds, "event")).people;
      }
      return marks;
    });
    if (taken === 0) break;
  }
  await tellQualified(deps);
  return people;
}

export interface ScoresReport {
  workspaces: number;
  people: number;
  changed: number;
}

/** As the run of retention, and an hour later. */
const KIND = "lead_scores";
const HOUR = 3;

/** Up to whom the run had come that this one goes on from. */
interface Progress {
  workspaceId: string;
  after: string;
}

export function leadScoreActivities({ db }: Pick<ActivityDeps, "db">) {
  return {
    /** Scores everybody in each workspace whose night has come: time alone takes points. Repeatable. */
    async scoreNightly(): Promise<ScoresReport> {
      const before = activityInfo().heartbeatDetails as Progress | undefined;
      const report: ScoresReport = { workspaces: 0, people: 0, changed: 0 };
      for (const workspace of await findDue(db, KIND, HOUR)) {
        const after = before?.workspaceId === workspace.id ? before.after : undefined;
        const { people, changed } = await scoreEverybody(workspace, after);
        report.workspaces += 1;
        report.people += people;
        report.changed += changed;
      }
      return report;
    },
  };

  async function scoreEverybody(workspace: DueWorkspace, from: string | undefined) {
    const sum = { people: 0, changed: 0, qualified: 0, cooled: 0 };
    const scoring = await readScoring(db, workspace.id);
    for (let after = from; scoring?.settings.enabled; ) {
      const page = await listContactIds(db, workspace.id, { after, limit: BATCH });
      if (page.length === 0) break;
      const done = await inTransaction(db, (tx) => updateScores(tx, scoring, page, "nightly"));
      for (const key of ["people", "changed", "qualified", "cooled"] as const) sum[key] += done[key];
      after = page.at(-1);
      heartbeat({ workspaceId: workspace.id, after } as Progress);
    }
    const { id: workspaceId, local_date: localDate } = workspace;
    await finishRun(db, { workspaceId, kind: KIND, localDate, report: sum });
    return sum;
  }
}
