import { DEFAULT_WEIGHTS, type ScoreWeights } from "../domain/leadScore.ts";
import { settingsOf } from "../domain/settings.ts";
import type { Db } from "./connect.ts";
import type { Scoring } from "./leadScores.ts";

/** How a workspace scores its people; `region` says in which language it is told about them. */
export interface WorkspaceScoring extends Scoring {
  region: string;
  /** Whether the weights are the workspace's own. */
  fitted: boolean;
}

/** Undefined where there is no such workspace. */
export async function readScoring(db: Db, workspaceId: string): Promise<WorkspaceScoring | undefined> {
  const row = await db
    .selectFrom("workspaces as w")
    .leftJoin("lead_score_fits as f", (join) =>
      join.onRef("f.workspace_id", "=", "w.id").on("f.state", "=", "accepted"),
    )
    .select(["w.settings", "w.default_region", "f.weights"])
    .where("w.id", "=", workspaceId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    workspaceId,
    settings: settingsOf(row.settings).lead_scores,
    weights: (row.weights as ScoreWeights | null) ?? DEFAULT_WEIGHTS,
    region: row.default_region,
    fitted: row.weights !== null,
  };
}
