import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { describeSchema } from "../test/catalogue.ts";
import { inWorkspace } from "./connect.ts";
import { createWorkspaceWithOwner } from "./workspaces.ts";

/** No workspace's: the installation's own, and the migrator's. */
const COMMON = ["switches", "reconciler_cursors", "kysely_migration", "kysely_migration_lock"];

let database: TestDatabase;
let admin: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await admin.end();
  await database.close();
});

test("the schema · is the one that was written down; a migration comes with `vitest -u` on this file", async () => {
  await expect(await describeSchema(admin)).toMatchFileSnapshot("schema.txt");
});

test("every table · is under forced row-level security with one policy for each role", async () => {
  const { rows } = await admin.query<{
    name: string;
    forced: boolean;
    policies: string[];
    has_workspace: boolean;
  }>(`
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
      array(select p.policyname || ':' || array_to_string(p.roles, ',') from pg_policies p
        where p.schemaname = 'public' and p.tablename = c.relname order by 1) as policies,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and a.attnotnull) as has_workspace
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`);
  const tables = rows.filter(({ name }) => !COMMON.includes(name));
  expect(tables.length).toBeGreaterThan(20);
  for (const { name, forced, policies, has_workspace } of tables) {
    expect({ name, forced, policies }).toEqual({
      name,
      forced: true,
      policies: ["worker_all:campanile_worker", "workspace_only:campanile_api"],
    });
    expect(has_workspace || name === "workspaces", `${name} has no workspace_id`).toBe(true);
  }
});

test("the API's role · sees and writes the rows of its workspace only", async () => {
  const { db } = database.connect("campanile_api");
  const { workspace: mine } = await createWorkspaceWithOwner(database.db, { name: "Mine" });
  const { workspace: theirs } = await createWorkspaceWithOwner(database.db, { name: "Theirs" });
  const keys = await inWorkspace(db, mine.id, (tx) =>
    tx.selectFrom("api_keys").select("workspace_id").execute(),
  );
  expect(keys).toEqual([{ workspace_id: mine.id }]);
  expect(await db.selectFrom("workspaces").selectAll().execute()).toEqual([]);
  const stray = inWorkspace(db, mine.id, (tx) =>
    tx.insertInto("contact_lists").values({ workspace_id: theirs.id, name: "stray" }).execute(),
  );
  await expect(stray).rejects.toThrow(/row-level security/);
  const { numUpdatedRows } = await inWorkspace(db, mine.id, (tx) =>
    tx.updateTable("workspaces").set({ name: "taken" }).where("id", "=", theirs.id).executeTakeFirst(),
  );
  expect(numUpdatedRows).toBe(0n);
});

test("the API's role · can neither change what happened nor turn the switch for everything", async () => {
  const { db } = database.connect("campanile_api");
  const { workspace } = await createWorkspaceWithOwner(database.db, { name: "Mine" });
  const within = (query: "audit" | "consents" | "switch") =>
    inWorkspace<unknown>(db, workspace.id, (tx) =>
      query === "audit"
        ? tx.deleteFrom("audit_log").execute()
        : query === "consents"
          ? tx.updateTable("consents").set({ state: "opted_in" }).execute()
          : tx.updateTable("switches").set({ reason: "mine" }).execute(),
    );
  await expect(within("audit")).rejects.toThrow(/permission denied/);
  await expect(within("consents")).rejects.toThrow(/permission denied/);
  await expect(within("switch")).rejects.toThrow(/permission denied/);
});

test("the two ways around row-level security · are the only functions of their kind", async () => {
  const { rows } = await admin.query(
    "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1",
  );
  expect(rows.map((row) => row.proname)).toEqual(["resolve_api_key", "resolve_webhook"]);
});
