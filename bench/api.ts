import { Pool } from "undici";
import { startRig } from "../tools/rig.ts";
import { type Stage, setStage } from "../tools/stage.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const PEOPLE = 100_000;
const REQUESTS = 2_000;
const AT_ONCE = 8;

/** What clients wait for the routes that they call most, eight at a time, in a workspace of 100,000 people. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const requests = context.size(REQUESTS);
  const times = new Map<string, { p50: number[]; p99: number[] }>();
  for (let round = 0; round < context.rounds; round++) {
    const rig = await startRig({ workers: 0 });
    try {
      const stage = await setStage(rig.database.db, { apiUrl: rig.apiUrl, people: PEOPLE, senders: 16 });
      const pool = new Pool(rig.apiUrl, { connections: AT_ONCE });
      for (const [name, make] of Object.entries(await routesOf(stage))) {
        // The first ones find plans and pages that nobody has asked for yet.
        await timesOf(pool, stage.apiKey, make, 100);
        const sorted = await timesOf(pool, stage.apiKey, make, requests);
        const of = times.get(name) ?? { p50: [], p99: [] };
        of.p50.push(sorted[Math.floor(sorted.length * 0.5)] ?? 0);
        of.p99.push(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
        times.set(name, of);
        context.say(`${name}: p50 ${of.p50.at(-1)?.toFixed(1)} ms, p99 ${of.p99.at(-1)?.toFixed(1)} ms`);
      }
      await pool.close();
    } finally {
      await rig.close();
    }
  }
  return [...times].flatMap(([name, { p50, p99 }]) => [
    figure(name, "p50", "ms", p50),
    figure(name, "p99", "ms", p99),
  ]);
}

type Make = (n: number) => { method: "GET" | "POST"; path: string; body?: object };

async function routesOf(stage: Stage): Promise<Record<string, Make>> {
  const { data } = await stage.ask("GET /v1/contacts?limit=100");
  const ids = (data as { id: string }[]).map(({ id }) => id);
  const { id: campaignId } = await stage.ask("POST /v1/campaigns", {
    name: "Bench",
    channel: "whatsapp",
    template_id: stage.templateId,
    list_ids: [stage.listId],
    variables: { product_name: "Altos de Los Rosales" },
  });
  return {
    "GET /v1/contacts": () => ({ method: "GET", path: "/v1/contacts?limit=50" }),
    "GET /v1/contacts/{id}": (n) => ({ method: "GET", path: `/v1/contacts/${ids[n % ids.length]}` }),
    "POST /v1/contacts": (n) => ({
      method: "POST",
      path: "/v1/contacts",
      body: { phone: `+57320${String(1_000_000 + n)}`, name: `Nueva Persona ${n}`, city: "Cali" },
    }),
    "GET /v1/campaigns/{id}": () => ({ method: "GET", path: `/v1/campaigns/${campaignId}` }),
    "GET /v1/senders": () => ({ method: "GET", path: "/v1/senders" }),
    "GET /v1/conversations": () => ({ method: "GET", path: "/v1/conversations" }),
  };
}

let made = 0;

/** Milliseconds of each, in ascending order. */
async function timesOf(pool: Pool, apiKey: string, make: Make, count: number): Promise<number[]> {
  const times: number[] = [];
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const { method, path, body } = make(made++);
      const began = performance.now();
      const answer = await pool.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body && { "content-type": "application/json", "idempotency-key": crypto.randomUUID() }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      await answer.body.dump();
      times.push(performance.now() - began);
      if (answer.statusCode >= 300) throw new Error(`${method} was answered with ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return times.toSorted((a, b) => a - b);
}
