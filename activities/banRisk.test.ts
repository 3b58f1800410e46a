import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findCampaign, moveCampaign } from "../db/campaigns.ts";
import { inTransaction } from "../db/connect.ts";
import { readSenderFigures } from "../db/senderFigures.ts";
import { findSenderRisk, overrideRisk } from "../db/senderRisks.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace, people } from "../test/people.ts";
import { type BanRiskReport, banRiskActivities } from "./banRisk.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-04T18:00:00Z");

let numbers = 0;
/** A number, and a campaign that runs with rows of it. */
async function aNumber() {
  const { db } = database;
  const workspaceId = await aWorkspace(db);
  const { id: senderId } = await db
    .insertInto("senders")
    .values({
      workspace_id: workspaceId,
      channel: "sms",
      address: `+1555303000${++numbers}`,
      created_at: new Date(NOW - 2.5 * 24 * HOUR),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { id: campaignId } = await db
    .insertInto("campaigns")
    .values({
      workspace_id: workspaceId,
      name: "Lista",
      channel: "sms",
      state: "running",
      message_template: "x",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("campaign_senders")
    .values({ workspace_id: workspaceId, campaign_id: campaignId, sender_id: senderId })
    .execute();
  return { workspaceId, senderId, campaignId };
}
type Number = Awaited<ReturnType<typeof aNumber>>;

/** One message every two seconds up to `until`, the newest last: what became of each says its code, or null. */
async function sent(
  of: Number,
  until: number,
  codes: readonly (string | null)[],
  { body = "Compra ya en la tienda", to = [] as readonly string[] } = {},
) {
  const { db } = database;
  const more = await people(db, of.workspaceId, codes.length - to.length, to.length);
  const ids = [...to, ...more];
  const at = codes.map((_, i) => new Date(until - (codes.length - i) * 2_000));
  await sql`
    with given as (
      select * from unnest(${ids}::uuid[], ${at}::timestamptz[], ${codes as (string | null)[]}::text[]) g (contact_id, at, code)
    ), written as (
      insert into messages (workspace_id, campaign_id, contact_id, sender_id, direction, channel, state, body, created_at, accepted_at)
      select ${of.workspaceId}::uuid, ${of.campaignId}::uuid, contact_id, ${of.senderId}::uuid, 'out', 'sms',
        case when code is null then 'delivered' else 'undelivered' end, ${body}, at, at from given
      returning id, contact_id
    )
    insert into attempts (message_id, n, workspace_id, sender_id, epoch, intended_at, settled_at, outcome, receipt_state, error_code)
    select w.id, 1, ${of.workspaceId}, ${of.senderId}, 1, g.at, g.at, 'accepted',
      case when g.code is null then 'delivered' else 'undelivered' end, g.code
    from written w join given g using (contact_id)`.execute(db);
  await db
    .insertInto("sender_minutes")
    .values({
      workspace_id: of.workspaceId,
      sender_id: of.senderId,
      minute: new Date(Math.floor(until / 60_000) * 60_000),
      used: codes.length,
    })
    .execute();
  return ids;
}

const hears = (of: Number, contactIds: readonly string[], body: string, at: number) =>
  sql`
    insert into messages (workspace_id, contact_id, sender_id, direction, channel, state, body, created_at)
    select ${of.workspaceId}::uuid, id, ${of.senderId}::uuid, 'in', 'sms', 'received', ${body}, ${new Date(at)}
    from unnest(${contactIds as string[]}::uuid[]) id`.execute(database.db);

const check = (at: number): Promise<BanRiskReport> =>
  new MockActivityEnvironment().run(
    banRiskActivities({ db: database.db, kick: () => {} }, () => new Date(at)).watchBanRisk,
  );

const stateOf = async ({ workspaceId, campaignId }: Number) =>
  (await findCampaign(database.db, workspaceId, campaignId))?.state;
const alertsOf = ({ workspaceId }: Number) =>
  database.db
    .selectFrom("alerts")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .orderBy("id")
    .execute();

/** Of 150 people, 24 blocked or filtered and 12 not reached. */
const BURNING = Array.from({ length: 150 }, (_, i) =>
  i % 10 === 3 ? "30007" : i % 17 === 5 ? "63049" : i % 12 === 7 ? "30003" : null,
);

test("readSenderFigures · counts what a sender did, hour by hour, code by code, person by person", async () => {
  const of = await aNumber();
  const { campaignId } = await aNumber();
  const earlier = await sent({ ...of, campaignId }, NOW - 30 * HOUR, [null, null]);
  const ids = await sent(of, NOW - HOUR, BURNING.slice(0, 50), { to: earlier });
  await hears(of, ids.slice(0, 3), "Sí, me interesa", NOW - HOUR / 2);
  await hears(of, ids.slice(0, 1), "¿Cuánto cuesta?", NOW - HOUR / 3);
  const span = { from: new Date(NOW - 24 * HOUR), to: new Date(NOW) };
  const [sender] = await readSenderFigures(database.db, [of.senderId], span);
  expect(earlier).toEqual(ids.slice(0, 2));
  expect(sender).toMatchObject({
    sender_id: of.senderId,
    workspace_id: of.workspaceId,
    figures: {
      total: 50,
      busiest_hour: 50,
      today: 50,
      max_per_hour: 100,
      ladder_today: null,
      age_days: 2.5,
      sent: 50,
      failures: { "30007": 5, "63049": 3, "30003": 3 },
      delivered: 39,
      replied: 3,
      opted_out: 0,
      recipients: 50,
      new_recipients: 48,
      gaps: { n: 49, mean: 2, deviation: 0 },
    },
  });
  expect(sender?.figures.texts).toHaveLength(50);
  expect(sender?.figures.replies).toHaveLength(4);
});

test("watchBanRisk · pauses the campaigns of a number that burns, once, and says why and what to do", async () => {
  const of = await aNumber();
  const other = await aNumber();
  const ids = await sent(of, NOW - HOUR, BURNING);
  await sent(other, NOW - HOUR, Array<null>(20).fill(null), { body: "Hola, tu pedido llegó" });
  await hears(of, ids.slice(0, 6), "Voy a denunciar este spam", NOW - HOUR / 2);
  expect(await check(NOW)).toMatchObject({ braked: 1, paused: 1 });
  expect([await stateOf(of), await stateOf(other)]).toEqual(["paused", "running"]);
  const [alert, ...more] = await alertsOf(of);
  expect(more).toEqual([]);
  expect(alert).toMatchObject({
    alert_type: "ban_risk",
    severity: "critical",
    subject_id: of.senderId,
    threshold_value: 80,
  });
  expect(alert?.suggestion).toContain("Stop sending for 24–48 hours");
  expect(JSON.stringify(alert?.detail)).toMatch(/Blocked or filtered: \d+ of 150/);
  const wakes = await database.db
    .selectFrom("temporal_outbox")
    .select("workflow_id")
    .where("workspace_id", "=", of.workspaceId)
    .execute();
  expect(wakes).toEqual([{ workflow_id: `campaign:${of.campaignId}` }]);

  // Another check changes nothing; what somebody resumes meanwhile is paused again, under the same alert.
  expect(await check(NOW + HOUR / 2)).toMatchObject({ braked: 0, paused: 0 });
  await moveCampaign(database.db, of.workspaceId, of.campaignId, "running");
  expect(await check(NOW + HOUR)).toMatchObject({ braked: 0, paused: 1 });
  expect(await alertsOf(of)).toHaveLength(1);

  // A day later nothing of it is in sight: after two calm hours it is let go, and its campaign stays with people.
  for (const late of [26, 27, 28.5]) await check(NOW + late * HOUR);
  const row = await findSenderRisk(database.db, of.workspaceId, of.senderId);
  expect(row).toMatchObject({ state: "watched", risk_score: 0, braked_at: null });
  expect((await alertsOf(of))[0]?.resolved_at).not.toBeNull();
  expect(await stateOf(of)).toBe("paused");
});

test("watchBanRisk · leaves a number to an operator's word until that ends", async () => {
  const of = await aNumber();
  await sent(of, NOW - HOUR, BURNING);
  await inTransaction(database.db, (tx) =>
    overrideRisk(tx, of, {
      keyId: "00000000-0000-4000-8000-000000000001",
      reason: "known",
      until: new Date(NOW + HOUR),
      now: new Date(NOW),
    }),
  );
  await check(NOW);
  expect(await stateOf(of)).toBe("running");
  expect(await findSenderRisk(database.db, of.workspaceId, of.senderId)).toMatchObject({
    state: "watched",
    risk_level: "critical",
    override_reason: "known",
  });
  await check(NOW + 2 * HOUR);
  expect(await stateOf(of)).toBe("paused");
});
