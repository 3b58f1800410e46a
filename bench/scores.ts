import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { leadScoreActivities, type ScoresReport } from "../activities/leadScores.ts";
import { connectDatabase, type Db } from "../db/connect.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { insertPeople } from "../tools/stage.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

/** A million people within ten minutes. */
const GOAL = 1_700;
/** One in so many has been written to four times and has answered once. */
const ACTIVE = 5;
/** No further round is begun that would not end by then. */
const MOST_MS = 300_000;

/** The nightly run over everybody: the first, which writes all scores, and the next, which finds most as they are. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const people = context.size(1_000_000);
  const rounds = {
    first: [] as number[],
    next: [] as number[],
    program: [] as number[],
    database: [] as number[],
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
    await setScene(db, people);
    const used = { program: -cpuMsOf([process.pid]), database: -cpuMsOf([pid]) };
    const first = await timed(db, people);
    used.program += cpuMsOf([process.pid]);
    used.database += cpuMsOf([pid]);
    await db.deleteFrom("job_runs").execute();
    const next = await timed(db, people);
    rounds.first.push(people / first);
    rounds.next.push(people / next);
    rounds.program.push((used.program * 1_000) / people);
    rounds.database.push((used.database * 1_000) / people);
    context.say(`${people} scored in ${first.toFixed(1)} s, again in ${next.toFixed(1)} s`);
    await close();
  }
  return [
    figure("first night", "rows_per_s", "rows/s", rounds.first, GOAL),
    figure("first night", "cpu_us_per_row", "µs", rounds.program),
    figure("first night", "pg_cpu_us_per_row", "µs", rounds.database),
    figure("next night", "rows_per_s", "rows/s", rounds.next, GOAL),
  ];
}

async function setScene(db: Db, people: number): Promise<void> {
  // Where the day is as old as possible, so that it is always past three.
  const { rows } = await sql<{ name: string }>`
    select name from pg_timezone_names where name like 'Etc/GMT%'
    order by extract(hour from now() at time zone name) desc limit 1`.execute(db);
  const { workspace } = await createWorkspaceWithOwner(db, {
    name: "Scores",
    default_region: "CO",
    time_zone: rows[0]?.name ?? "Etc/GMT",
  });
  const workspaceId = workspace.id;
  const list = await db
    .insertInto("contact_lists")
    .values({ workspace_id: workspaceId, name: "Everybody" })
    .returning("id")
    .executeTakeFirstOrThrow();
  await insertPeople(db, workspaceId, list.id, people);
  const active = sql`(select id, row_number() over (order by id) as n from contacts where workspace_id = ${workspaceId})`;
  await sql`
    insert into messages (workspace_id, contact_id, direction, channel, state, created_at, delivered_at, read_at, replied_at)
    select ${workspaceId}, c.id, 'out', 'whatsapp', 'read', at, at, at + interval '10 minutes',
      case when week = 1 then at + interval '20 minutes' end
    from ${active} c cross join generate_series(1, 4) week, lateral (select now() - week * interval '7 days' as at) sent
    where c.n % ${ACTIVE} = 0`.execute(db);
  const sender = await db
    .insertInto("senders")
    .values({ workspace_id: workspaceId, channel: "whatsapp", address: "+573109998877" })
    .returning("id")
    .executeTakeFirstOrThrow();
  await sql`
    with threads as (
      insert into conversations (workspace_id, channel, contact_id, sender_id, address, last_inbound_at)
      select ${workspaceId}, 'whatsapp', c.id, ${sender.id}, c.id::text, now() - interval '7 days'
      from ${active} c where c.n % ${ACTIVE} = 0
      returning id
    )
    insert into conversation_bursts (last_message_id, workspace_id, conversation_id, messages, started_at, ended_at, outcome,
      intent, sentiment, confidence)
    select uuidv7(), ${workspaceId}, id, 1, now() - interval '7 days', now() - interval '7 days', 'left', 'pricing',
      'neutral', 90
    from threads`.execute(db);
  await sql`analyze messages`.execute(db);
}

/** As the schedule does it, without Temporal's few round trips; in seconds. */
async function timed(db: Db, people: number): Promise<number> {
  const { scoreNightly } = leadScoreActivities({ db });
  const began = performance.now();
  const report = (await new MockActivityEnvironment().run(scoreNightly)) as ScoresReport;
  if (report.people !== people) throw new Error(`${report.people} of ${people} people were scored`);
  return (performance.now() - began) / 1_000;
}
