import { activityInfo, heartbeat } from "@temporalio/activity";
import type { Db } from "../db/connect.ts";
import { readLeadFacts } from "../db/leadFacts.ts";
import {
  type FitResult,
  findFit,
  finishFit,
  finishRescoring,
  sampleBuyers,
  sampleOthers,
  tellFitProgress,
} from "../db/leadScoreFits.ts";
import {
  caseOf,
  daysAhead,
  type FitCase,
  fitWeights,
  judgeFit,
  LEAST_CONVERTED,
  LOOK_BACK_DAYS,
  MOST_CONVERTED,
  OTHERS_EACH,
  splitCases,
} from "../domain/leadScoreFit.ts";
import type { LeadScoreFitInput } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";
import { scoreEverybody } from "./leadScores.ts";

/** Where a fit stands: figures only. */
export interface FitReport {
  state: string;
  people: number | null;
  converted: number | null;
  held_out: number | null;
  held_out_converted: number | null;
  auc_default: number | null;
  auc_fitted: number | null;
}

/** A person, and the moment at which they are looked at. */
interface Looked {
  id: string;
  at: Date;
  converted: boolean;
}

const DAY_MS = 86_400_000;
const PAGE = 500;

export function leadScoreFitActivities({ db }: Pick<ActivityDeps, "db">) {
  return {
    /** Fits weights where that is due, and says how it stands. Repeatable: nothing is drawn, and the result stands once. */
    async fitLeadScores({ workspaceId, fitId }: LeadScoreFitInput): Promise<FitReport> {
      const fit = await findFit(db, workspaceId, fitId);
      if (fit?.state === "requested") await finishFit(db, fitId, await fitNow(db, workspaceId, fitId));
      return reportOf(await findFit(db, workspaceId, fitId));
    },

    /** Scores everybody anew where the weights have changed; null where there is nothing to do. */
    async scoreByFit({ workspaceId, fitId }: LeadScoreFitInput): Promise<{ people: number } | null> {
      const fit = await findFit(db, workspaceId, fitId);
      if (!fit?.rescoring) return null;
      const from = activityInfo().heartbeatDetails as string | undefined;
      const { people } = await scoreEverybody(db, workspaceId, {
        cause: "weights",
        from,
        reached: heartbeat,
      });
      await finishRescoring(db, fitId, fit.decided_at);
      return { people };
    },
  };
}

/** The row is gone where the workspace is. */
function reportOf(fit: FitReport | undefined): FitReport {
  return {
    state: fit?.state ?? "gone",
    people: fit?.people ?? null,
    converted: fit?.converted ?? null,
    held_out: fit?.held_out ?? null,
    held_out_converted: fit?.held_out_converted ?? null,
    auc_default: fit?.auc_default ?? null,
    auc_fitted: fit?.auc_fitted ?? null,
  };
}

async function fitNow(db: Db, workspaceId: string, fitId: string): Promise<FitResult> {
  const cases = await readCases(db, workspaceId, fitId, await sample(db, workspaceId));
  const converted = cases.filter((one) => one.converted).length;
  const counts = { people: cases.length, converted };
  if (converted < LEAST_CONVERTED || cases.length - converted < LEAST_CONVERTED)
    return { state: "too_few", ...counts };
  const { fitted, heldOut } = splitCases(cases);
  const weights = fitWeights(fitted);
  const judgement = judgeFit(heldOut, weights);
  return {
    state: judgement.gain_low > 0 ? "proposed" : "no_better",
    ...counts,
    held_out: heldOut.length,
    held_out_converted: heldOut.filter((one) => one.converted).length,
    ...judgement,
    weights,
  };
}

/** Each buyer some days before they bought; with each, others at that very moment. */
async function sample(db: Db, workspaceId: string): Promise<Looked[]> {
  const bought = await sampleBuyers(db, workspaceId, LOOK_BACK_DAYS, MOST_CONVERTED);
  if (bought.length < LEAST_CONVERTED) return bought.map(({ id, at }) => ({ id, at, converted: true }));
  const buyers = bought.map(({ id, at }, n) => ({
    id,
    at: new Date(at.getTime() - daysAhead(n) * DAY_MS),
    converted: true,
  }));
  const others = await sampleOthers(db, workspaceId, LOOK_BACK_DAYS, buyers.length * OTHERS_EACH);
  return [
    ...buyers,
    ...others.map((id, n) => ({ id, at: (buyers[n % buyers.length] as Looked).at, converted: false })),
  ];
}

async function readCases(
  db: Db,
  workspaceId: string,
  fitId: string,
  looked: readonly Looked[],
): Promise<FitCase[]> {
  const cases: FitCase[] = [];
  for (let from = 0; from < looked.length; from += PAGE) {
    const page = looked.slice(from, from + PAGE);
    const facts = await readLeadFacts(db, {
      workspaceId,
      contactIds: page.map(({ id }) => id),
      at: page.map(({ at }) => at),
      qualifying: [],
    });
    const byId = new Map(facts.map((row) => [row.contact_id, row]));
    for (const { id, converted } of page) {
      const known = byId.get(id);
      const one = known && caseOf(known, converted);
      if (one) cases.push(one);
    }
    await tellFitProgress(db, fitId, looked.length, from + page.length);
    heartbeat();
  }
  return cases;
}
