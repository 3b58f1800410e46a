import { activityInfo, heartbeat } from "@temporalio/activity";
import { type Db, inTransaction } from "../db/connect.ts";
import { listContactIds } from "../db/contacts.ts";
import { takeMarks } from "../db/leadMarks.ts";
import { type ScoreCause, updateScores } from "../db/leadScores.ts";
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
        const { people, changed } = await scoreNight(workspace, after);
        report.workspaces += 1;
        report.people += people;
        report.changed += changed;
      }
      return report;
    },
  };

  async function scoreNight({ id: workspaceId, local_date: localDate }: DueWorkspace, from?: string) {
    const report = await scoreEverybody(db, workspaceId, {
      cause: "nightly",
      from,
      reached: (after) => heartbeat({ workspaceId, after } satisfies Progress),
    });
    await finishRun(db, { workspaceId, kind: KIND, localDate, report });
    return report;
  }
}

/** What a run over everybody is told, and tells: from whom on, and up to whom it has come. */
export interface ScoringRun {
  cause: ScoreCause;
  from: string | undefined;
  reached(after: string): void;
}

/** Scores everybody of a workspace by pages; nobody where scores are switched off. */
export async function scoreEverybody(db: Db, workspaceId: string, { cause, from, reached }: ScoringRun) {
  const sum = { people: 0, changed: 0, qualified: 0, cooled: 0 };
  const scoring = await readScoring(db, workspaceId);
  for (let after = from; scoring?.settings.enabled; ) {
    const page = await listContactIds(db, workspaceId, { after, limit: BATCH });
    const last = page.at(-1);
    if (last === undefined) break;
    const done = await inTransaction(db, (tx) => updateScores(tx, scoring, page, cause));
    for (const key of ["people", "changed", "qualified", "cooled"] as const) sum[key] += done[key];
    after = last;
    reached(after);
  }
  return sum;
}
