import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { retainedTables } from "../db/retention.ts";
import { privacy } from "../db/privacy.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { retentionActivities } from "./retention.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const retain = () =>
  new MockActivityEnvironment().run(retentionActivities({ db: database.db }).retain) as Promise<{
    workspaces: number;
    rows: number;
  }>;

/** A zone in which it is about this hour now. */
const zoneAt = (hour: number) => {
  const west = (new Date().getUTCHours() - hour + 24) % 24;
  return west <= 12 ? `Etc/GMT+${west}` : `Etc/GMT-${24 - west}`;
};

async function workspaceAt(hour: number, settings: object = {}): Promise<string> {
  const { id } = await database.db
    .insertInto("workspaces")
    .values({
      name: "Night",
      time_zone: zoneAt(hour),
      settings: JSON.stringify(settings),
      created_at: sql`now() - interval '400 days'`,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

const idOf = (days: number) =>
  sql`(lpad(to_hex((extract(epoch from now() - ${days} * interval '1 day') * 1000)::bigint), 12, '0')
    || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid`;

/** So many messages of that age, as they are when all has been told. */
async function messages(workspaceId: string, days: number, count = 1, state = "delivered"): Promise<void> {
  await sql`
    insert into messages (id, workspace_id, contact_id, direction, channel, state, reason, address, body, media,
      created_at, delivered_at)
    select ${idOf(days)}, ${workspaceId}, uuidv7(), 'out', 'sms', ${state}, 'why', '+573105550100', 'Hola', '["m"]',
      now() - ${days} * interval '1 day', now() - ${days} * interval '1 day'
    from generate_series(1, ${count}::int)`.execute(database.db);
}

async function kept(workspaceId: string, table = "messages", column = "body") {
  const { rows } = await sql<{ all: number; full: number }>`
    select count(*)::int as all, count(${sql.ref(column)})::int as full from ${sql.table(table)}
    where workspace_id = ${workspaceId}`.execute(database.db);
  return rows[0];
}

test("retain · takes texts older than 90 days and nothing that tells what happened", async () => {
  const workspace = await workspaceAt(12);
  await messages(workspace, 91, 2_500);
  await messages(workspace, 89);
  await messages(workspace, 120, 1, "uncertain");
  expect((await retain()).rows).toBe(2_500);
  expect(await kept(workspace)).toEqual({ all: 2_502, full: 2 });
  const { rows } = await sql`
    select distinct state, reason, address, media, delivered_at is not null as told from messages
    where workspace_id = ${workspace} and body is null`.execute(database.db);
  expect(rows).toEqual([
    { state: "delivered", reason: "why", address: "+573105550100", media: null, told: true },
  ]);
});

test("retain · goes on the next night from where it was, and takes what has ended meanwhile", async () => {
  const workspace = await workspaceAt(12);
  await messages(workspace, 120, 1, "uncertain");
  await messages(workspace, 100);
  await retain();
  expect(await kept(workspace)).toEqual({ all: 2, full: 1 });
  await sql`update messages set state = 'failed' where workspace_id = ${workspace} and state = 'uncertain'`.execute(
    database.db,
  );
  expect(await retain()).toEqual({ workspaces: 0, rows: 0 });
  await sql`delete from job_runs where workspace_id = ${workspace}`.execute(database.db);
  expect(await retain()).toEqual({ workspaces: 1, rows: 1 });
  expect(await kept(workspace)).toEqual({ all: 2, full: 0 });
});

test("retain · heeds the days that a workspace has set, and its clock", async () => {
  const long = await workspaceAt(12, { retention_days: 365 });
  const short = await workspaceAt(12, { retention_days: 7 });
  const asleep = await workspaceAt(0);
  for (const workspace of [long, short, asleep]) await messages(workspace, 100);
  await retain();
  expect([await kept(long), await kept(short), await kept(asleep)]).toEqual([
    { all: 1, full: 1 },
    { all: 1, full: 0 },
    { all: 1, full: 1 },
  ]);
});

test("retain · deletes stored webhooks, and empties rejected rows and notes", async () => {
  const workspace = await workspaceAt(12);
  const old = sql`now() - interval '91 days'`;
  await sql`insert into webhook_events (id, workspace_id, provider, kind, dedupe_key, payload, received_at)
    select ${idOf(91)}, ${workspace}, 'twilio', 'status', n::text, '{}', ${old} from generate_series(1, 3) n`.execute(
    database.db,
  );
  await sql`with i as (
      insert into imports (workspace_id, file_name, state, created_at) values (${workspace}, 'a.csv', 'completed', ${old})
      returning id)
    insert into import_rejects (workspace_id, import_id, line, reason, cells)
    select ${workspace}, id, 2, 'no_address', '["Ana"]' from i`.execute(database.db);
  await sql`insert into conversation_notes (workspace_id, conversation_id, author_kind, body, created_at)
    values (${workspace}, uuidv7(), 'machine', 'Vive en Cali', ${old})`.execute(database.db);
  await retain();
  expect(await kept(workspace, "webhook_events", "id")).toEqual({ all: 0, full: 0 });
  const { rows } = await sql`
    select r.reason, r.cells, n.body, j.report from import_rejects r, conversation_notes n, job_runs j
    where r.workspace_id = ${workspace} and n.workspace_id = ${workspace} and j.workspace_id = ${workspace}`.execute(
    database.db,
  );
  const report = { webhook_events: 3, import_rejects: 1, conversation_notes: 1 };
  expect(rows).toEqual([{ reason: "no_address", cells: [], body: "", report }]);
});

test("every table that is to be retained · is one that the statements of retention can work on", async () => {
  expect(retainedTables().length).toBeGreaterThan(6);
  for (const name of retainedTables()) expect(privacy[name]?.content, name).toBeTruthy();
  const workspace = await workspaceAt(12);
  await retain();
  const { rows } = await sql`select report from job_runs where workspace_id = ${workspace}`.execute(
    database.db,
  );
  expect(rows).toEqual([{ report: {} }]);
});
