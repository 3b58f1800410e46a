import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace, people } from "../test/people.ts";
import { type Audience, audiencePage, countAudience, resolveAudience } from "./audiences.ts";
import { inWorkspace } from "./connect.ts";
import { addMembers, insertContactList } from "./contactLists.ts";
import { insertSegment } from "./segments.ts";

let database: TestDatabase;
let workspace: string;
let ids: string[];
let even: string;
let low: string;
let cali: string;

beforeAll(async () => {
  database = await testDatabase();
  workspace = await aWorkspace(database.db);
  ids = await people(database.db, workspace, 100);
  await inWorkspace(database.db, workspace, async (tx) => {
    even = (await insertContactList(tx, workspace, { name: "pares" })).id;
    low = (await insertContactList(tx, workspace, { name: "primeros" })).id;
    cali = (await insertSegment(tx, workspace, { name: "cali", filter: { city: "cali" } })).id;
    await addMembers(
      tx,
      workspace,
      even,
      ids.filter((_, i) => i % 2 === 0),
    );
    await addMembers(tx, workspace, low, ids.slice(0, 10));
  });
  await sql`update contacts set city = 'Cali' where id = any(${ids.slice(90)}::uuid[])`.execute(database.db);
});
afterAll(() => database.close());

/** Everybody, by pages of three; the count has to agree. */
async function all(audience: Audience): Promise<number[]> {
  const resolved = await resolveAudience(database.db, workspace, audience);
  const found: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await audiencePage(database.db, resolved, { after, limit: 3 });
    found.push(...page);
    if (page.length < 3) break;
    after = page.at(-1) ?? null;
  }
  expect(found).toEqual([...found].sort());
  expect(new Set(found).size).toBe(found.length);
  expect(await countAudience(database.db, resolved)).toBe(found.length);
  return found.map((id) => ids.indexOf(id));
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test("audience · takes everyone who is named in any way, once, in the order of ids", async () => {
  expect(await all({ list_ids: [low] })).toEqual(range(0, 10));
  expect(await all({ list_ids: [low, even] })).toEqual([
    ...range(0, 10),
    ...range(10, 100).filter((i) => i % 2 === 0),
  ]);
  expect(await all({ segment_id: cali })).toEqual(range(90, 100));
  expect(await all({ contact_ids: [ids[5] as string, ids[2] as string, ids[5] as string] })).toEqual([2, 5]);
  expect(
    await all({ list_ids: [low], segment_id: cali, contact_ids: [ids[50] as string, ids[3] as string] }),
  ).toEqual([...range(0, 10), 50, ...range(90, 100)]);
  expect(await all({})).toEqual([]);
});

test("audience · leaves out the excluded, however they are named", async () => {
  expect(await all({ list_ids: [low], exclude: { list_ids: [even] } })).toEqual([1, 3, 5, 7, 9]);
  expect(await all({ list_ids: [even], exclude: { segment_id: cali, list_ids: [low] } })).toEqual(
    range(10, 90).filter((i) => i % 2 === 0),
  );
  expect(await all({ segment_id: cali, exclude: { contact_ids: ids.slice(91) } })).toEqual([90]);
});

test("audience · has neither the erased nor people of another workspace", async () => {
  const other = await aWorkspace(database.db, "Otra");
  const [stranger] = await people(database.db, other, 1, 900);
  const gone = ids[99] as string;
  await sql`update contacts set erased_at = now() where id = ${gone}`.execute(database.db);
  expect(await all({ contact_ids: [stranger as string, gone, ids[0] as string] })).toEqual([0]);
  expect(await all({ segment_id: cali })).toEqual(range(90, 99));
  // Another workspace that names this one's list gets nobody.
  const foreign = await resolveAudience(database.db, other, { list_ids: [low] });
  expect(await countAudience(database.db, foreign)).toBe(0);
  expect(await audiencePage(database.db, foreign, { after: null, limit: 10 })).toEqual([]);
  await expect(resolveAudience(database.db, other, { segment_id: cali })).rejects.toMatchObject({
    code: "not_found",
    field: "segment_id",
  });
});
