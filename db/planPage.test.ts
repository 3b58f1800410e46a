import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_SEND_RULES } from "../domain/decide.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace, people } from "../test/people.ts";
import type { CampaignRow } from "./campaigns.ts";
import { inTransaction } from "./connect.ts";
import { planOf, planPage } from "./planPage.ts";
import { insertPlanned } from "./planning.ts";

let database: TestDatabase;
let workspaceId: string;
beforeAll(async () => {
  database = await testDatabase();
  workspaceId = await aWorkspace(database.db);
});
afterAll(() => database.close());

let serial = 0;

/** People of these zones (set, by number), in the order of their ids. */
async function peopleOf(zones: readonly { time_zone: string | null; number_zones: string[] }[]) {
  const ids = await people(database.db, workspaceId, zones.length, (serial += 100));
  for (const [index, id] of ids.entries()) {
    const zone = zones[index];
    if (zone === undefined) continue;
    await database.db
      .updateTable("contacts")
      .set({ ...zone, country: null })
      .where("id", "=", id)
      .execute();
  }
  return ids;
}

/** As planning and preflight call it, for a campaign that these fields describe. */
async function planned(
  contactIds: string[],
  fields: Partial<CampaignRow>,
  now: string,
  variants: readonly { id: string; body: string }[] = [],
) {
  const { id } = await database.db
    .insertInto("campaigns")
    .values({
      workspace_id: workspaceId,
      name: "Lanzamiento",
      channel: "sms",
      message_template: "Hola {name}",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const campaign = await database.db
    .selectFrom("campaigns")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const rules = { ...DEFAULT_SEND_RULES, require_opt_in: false };
  const plan = planOf({ ...campaign, ...fields }, null, {
    rules,
    addressKey: Buffer.alloc(32, 7),
    sandboxed: true,
    variants,
  });
  return planPage(database.db, plan, contactIds, new Date(now));
}

const zones = [
  { time_zone: "America/Tijuana", number_zones: ["America/Mexico_City"] },
  { time_zone: null, number_zones: ["America/Bogota"] },
  { time_zone: null, number_zones: [] },
];

test("planPage · each person is due at the campaign's hour on their own clock", async () => {
  const ids = await peopleOf(zones);
  const started = new Date("2026-12-01T15:40:00Z");
  const rows = await planned(ids, { local_time: "10:30", started_at: started }, "2026-12-01T15:40:05Z");
  expect(rows.map((row) => [row.state, row.dueAt?.toISOString(), row.reason])).toEqual([
    ["queued", "2026-12-01T18:30:00.000Z", "local_time"],
    ["queued", "2026-12-02T15:30:00.000Z", "local_time"],
    ["queued", "2026-12-01T16:30:00.000Z", "local_time"],
  ]);
  expect(rows[0]?.detail).toBe("10:30 of the person's own day; until 2026-12-01T10:30-08:00");
});

test("planPage · at that hour the other rules still hold", async () => {
  const ids = await peopleOf(zones.slice(1, 2));
  const [row] = await planned(
    ids,
    { local_time: "21:00", started_at: new Date("2026-12-01T15:00:00Z") },
    "2026-12-01T15:00:05Z",
  );
  expect(row).toMatchObject({ reason: "quiet_hours", dueAt: new Date("2026-12-02T14:00:00Z") });
});

test("planPage · whose hour has come while planning ran goes at once; whose comes after the end is skipped", async () => {
  const ids = await peopleOf(zones.slice(1));
  const started = { local_time: "10:30", started_at: new Date("2026-12-01T15:30:10Z") };
  const rows = await planned(
    ids,
    { ...started, expires_at: new Date("2026-12-01T16:00:00Z") },
    "2026-12-01T15:31:00Z",
  );
  expect(rows.map((row) => [row.state, row.dueAt, row.reason])).toEqual([
    ["queued", null, null],
    ["skipped", null, "expired"],
  ]);
});

test("planPage · shares the approved wordings among people, and their rows say which they got", async () => {
  const ids = await people(database.db, workspaceId, 60, (serial += 100));
  const variants = ["Hola {name}, ¿qué tal?", "Buen día, {name}."].map((body, i) => ({
    id: `00000000-0000-4000-8000-00000000000${i + 1}`,
    body,
  }));
  const rows = await planned(ids, {}, "2026-12-01T18:00:00Z", variants);
  for (const { variantId, body } of rows)
    expect(body).toMatch(
      variantId === variants[0]?.id ? /^Hola Persona \d+, ¿qué tal\?$/ : /^Buen día, Persona \d+\.$/,
    );
  const first = rows.filter(({ variantId }) => variantId === variants[0]?.id).length;
  expect(first).toBeGreaterThan(15);
  expect(first).toBeLessThan(45);

  const { id } = await database.db
    .insertInto("campaigns")
    .values({ workspace_id: workspaceId, name: "L", channel: "sms" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const shared = {
    id,
    workspace_id: workspaceId,
    channel: "sms",
    purpose: "marketing",
    expires_at: null,
    template_id: null,
  };
  await inTransaction(database.db, (tx) => insertPlanned(tx, { ...shared, content_sid: null }, rows, 5));
  const written = await database.db
    .selectFrom("messages")
    .select(["contact_id", "variant_id"])
    .where("campaign_id", "=", id)
    .orderBy("contact_id")
    .execute();
  expect(written).toEqual(rows.map((row) => ({ contact_id: row.contactId, variant_id: row.variantId })));
});
