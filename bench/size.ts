import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { client } from "../tools/client.ts";
import { startRig } from "../tools/rig.ts";
import { setStage } from "../tools/stage.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";
import { planned } from "./send.ts";

const SENDERS = 16;
const SENT = 10_000;
const SMALL = 10_000;
/** What a message may cost with the large backlog, as a multiple of what it costs with the small one. */
const GOAL = 1.3;

/** What a message costs the worker and PostgreSQL while so many rows are queued: CPU, which a busy machine bends least. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const large = context.size(1_000_000);
  const costs = { small: [] as number[], large: [] as number[], ratio: [] as number[] };
  for (let round = 0; round < context.rounds; round++) {
    const small = await cost(SMALL);
    const big = await cost(large);
    costs.small.push(small);
    costs.large.push(big);
    costs.ratio.push(big / small);
    context.say(`${small.toFixed(3)} ms a message of ${SMALL}, ${big.toFixed(3)} ms of ${large}`);
  }
  return [
    figure(`queued-${SMALL}`, "cpu_ms_per_message", "ms", costs.small),
    figure(`queued-${large}`, "cpu_ms_per_message", "ms", costs.large),
    figure("large to small", "ratio", "×", costs.ratio, GOAL),
  ];
}

async function cost(queued: number): Promise<number> {
  const rig = await startRig({ workers: 1 });
  try {
    const stage = await setStage(rig.database.db, { apiUrl: rig.apiUrl, people: queued, senders: SENDERS });
    await client(rig.sandboxUrl)("POST /_sandbox/behaviours", { match: { all: true }, outcome: "silent" });
    const campaignId = await planned(rig, stage);
    const pids = ["worker-1", "postgres"].map((name) => rig.parts.get(name)?.pid ?? -1);
    const accepted = async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from attempts where workspace_id = ${stage.workspaceId} and outcome = 'accepted'`.execute(
        rig.database.db,
      );
      return rows[0]?.n ?? 0;
    };
    const before = cpuMsOf(pids);
    await stage.ask("POST /v1/workspace/resume-sending");
    for (let tries = 0; (await accepted()) < SENT; tries++) {
      if (tries === 1_200)
        throw new Error(`${SENT} messages of campaign ${campaignId} were not sent in time`);
      await sleep(500);
    }
    const spent = cpuMsOf(pids) - before;
    return spent / (await accepted());
  } finally {
    await rig.close();
  }
}
