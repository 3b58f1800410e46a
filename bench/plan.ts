import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { planAudience } from "../activities/planning.ts";
import { connectDatabase, type Db } from "../db/connect.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { OPEN_HOURS } from "../tools/demo/workspace.ts";
import { insertPeople } from "../tools/stage.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const SENDERS = 16;
const GOAL = 20_000;
/** No further round is begun that would not end by then. */
const MOST_MS = 300_000;

/** Everybody in a list judged by all rules, rendered, given a sender and a row: planning without Temporal's round trips. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const people = context.size(1_000_000);
  const rounds: Record<"rate" | "program" | "database" | "memory", number[]> = {
    rate: [],
    program: [],
    database: [],
    memory: [],
  };
  const began = performance.now();
  for (let round = 0; round < context.rounds; round++) {
    if (((performance.now() - began) / (round || 1)) * (round + 1) > MOST_MS) break;
    const { url, pid } = await context.database();
    const { db, close } = connectDatabase(url, {
      role: "campanile_worker",
      maxConnections: 4,
      onLost: () => {},
    });
    const input = await campaignFor(db, people);
    const used = { program: -cpuMsOf([process.pid]), database: -cpuMsOf([pid]) };
    const { seconds, peak } = await timed(db, input, people);
    used.program += cpuMsOf([process.pid]);
    used.database += cpuMsOf([pid]);
    rounds.rate.push(people / seconds);
    rounds.program.push((used.program * 1_000) / people);
    rounds.database.push((used.database * 1_000) / people);
    rounds.memory.push(peak);
    context.say(`${people} planned in ${seconds.toFixed(1)} s, ${Math.round(peak)} MB at most`);
    await close();
  }
  return [
    figure("all rules", "rows_per_s", "rows/s", rounds.rate, GOAL),
    figure("all rules", "cpu_us_per_row", "µs", rounds.program),
    figure("all rules", "pg_cpu_us_per_row", "µs", rounds.database),
    figure("all rules", "rss_mb", "MB", rounds.memory),
  ];
}

async function campaignFor(db: Db, people: number) {
  const { workspace } = await createWorkspaceWithOwner(db, {
    name: "Plan",
    default_region: "CO",
    time_zone: "America/Bogota",
    settings: OPEN_HOURS,
  });
  const list = await db
    .insertInto("contact_lists")
    .values({ workspace_id: workspace.id, name: "Everybody" })
    .returning("id")
    .executeTakeFirstOrThrow();
  await insertPeople(db, workspace.id, list.id, people);
  const senders = Array.from({ length: SENDERS }, (_, i) => ({
    workspace_id: workspace.id,
    channel: "whatsapp",
    address: `+57310555${String(i).padStart(4, "0")}`,
  }));
  await db.insertInto("senders").values(senders).execute();
  const template = await db
    .insertInto("templates")
    .values({
      workspace_id: workspace.id,
      name: "plan",
      channel: "whatsapp",
      language: "es",
      body: "Hola {name|amigo}, te escribimos de {product_name} en {city}.",
      content_sid: "HX00000000000000000000000000000000",
      approval_status: "approved",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const campaign = await db
    .insertInto("campaigns")
    .values({
      workspace_id: workspace.id,
      name: "Plan",
      channel: "whatsapp",
      template_id: template.id,
      variables: JSON.stringify({ product_name: "Altos de Los Rosales" }),
      audience: JSON.stringify({ list_ids: [list.id] }),
      state: "running",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return { workspaceId: workspace.id, campaignId: campaign.id };
}

async function timed(db: Db, input: { workspaceId: string; campaignId: string }, people: number) {
  const deps = {
    db,
    kick: () => {},
    addressKey: Buffer.alloc(32, 7),
    providers: { sandboxed: true },
  };
  let peak = 0;
  const began = performance.now();
  for (let done = false; !done; ) {
    const environment = new MockActivityEnvironment();
    environment.on("heartbeat", () => {
      peak = Math.max(peak, process.memoryUsage.rss() / 1e6);
    });
    ({ done } = (await environment.run(() => planAudience(deps, input))) as { done: boolean });
  }
  const seconds = (performance.now() - began) / 1_000;
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from messages where campaign_id = ${input.campaignId}`.execute(db);
  if (rows[0]?.n !== people) throw new Error(`${rows[0]?.n} of ${people} people have a row`);
  return { seconds, peak };
}
