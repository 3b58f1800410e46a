import { setTimeout as sleep } from "node:timers/promises";
import { client } from "../tools/client.ts";
import { startRig } from "../tools/rig.ts";
import { setStage } from "../tools/stage.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const PEOPLE = 1_000;
const LONGEST_MS = 60_000;

/** From "start" to the provider's first message, in a workspace that has never sent: workflows, plan, slice, call. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const people = context.size(PEOPLE);
  const seconds: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const rig = await startRig({ workers: 1 });
    try {
      const sandbox = client(rig.sandboxUrl);
      const stage = await setStage(rig.database.db, { apiUrl: rig.apiUrl, people, senders: 16 });
      const began = performance.now();
      await stage.ask("POST /v1/campaigns", {
        name: "Bench",
        channel: "whatsapp",
        template_id: stage.templateId,
        list_ids: [stage.listId],
        variables: { product_name: "Altos de Los Rosales" },
        start: true,
      });
      while ((await sandbox("GET /_sandbox/ledger")).accepted === 0) {
        if (performance.now() - began > LONGEST_MS) throw new Error("Nothing was sent within a minute");
        await sleep(10);
      }
      seconds.push((performance.now() - began) / 1_000);
      context.say(`the first message after ${seconds.at(-1)?.toFixed(2)} s`);
    } finally {
      await rig.close();
    }
  }
  return [figure(`${people} people`, "first_message_s", "s", seconds)];
}
