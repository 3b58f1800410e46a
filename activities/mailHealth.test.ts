import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listCampaignMessages } from "../db/campaignMessages.ts";
import { countCampaign } from "../db/campaigns.ts";
import { nextDueMs, peekDue, raiseEpoch, fenceSenders } from "../db/outbox.ts";
import { findSenderUse } from "../db/senders.ts";
import { mailSender } from "../test/mail.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import { mailHealthActivities } from "./mailHealth.ts";

let stage: SendingStage;
let kicks = 0;
let serial = 0;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

const judge = () => mailHealthActivities({ db: stage.db, kick: () => void kicks++ }).judgeMailSenders();
const sender = () => mailSender(stage.db, stage.workspaceId, `ventas${serial++}@example.com`);

/** What its receiving domains have told of it within the last hour; what they told before is gone. */
async function figures(
  senderId: string,
  told: Partial<Record<"delivered" | "complained" | "bounced" | "processed" | "deferred", number>>,
  domain = "gmail.com",
): Promise<void> {
  await stage.db.deleteFrom("email_domain_counts").where("sender_id", "=", senderId).execute();
  await stage.db
    .insertInto("email_domain_counts")
    .values({
      workspace_id: stage.workspaceId,
      sender_id: senderId,
      domain,
      hour: sql<Date>`date_trunc('hour', now())`,
      ...told,
    })
    .execute();
}

const healthOf = (senderId: string) =>
  stage.db.selectFrom("email_sender_health").selectAll().where("sender_id", "=", senderId).executeTakeFirst();
const alertsOf = (senderId: string) =>
  stage.db
    .selectFrom("alerts")
    .select(["alert_type", "severity", "metric_value", "threshold_value"])
    .where("subject_id", "=", senderId)
    .where("resolved_at", "is", null)
    .orderBy("id")
    .execute();
const statusOf = async (senderId: string) =>
  (await stage.db.selectFrom("senders").select("status").where("id", "=", senderId).executeTakeFirstOrThrow())
    .status;
async function campaignOf(senderId: string): Promise<string> {
  const { id } = await stage.campaign();
  await sql`update campaigns set started_at = now() where id = ${id}`.execute(stage.db);
  await stage.queue({ senderId, campaignId: id });
  return id;
}
const hourly = async (senderId: string) => {
  const { epoch } = (await raiseEpoch(stage.db, senderId)) ?? { epoch: 0 };
  const fenced = await stage.db.transaction().execute((tx) => fenceSenders(tx, [{ senderId, epoch }]));
  return fenced.get(senderId)?.max_per_hour;
};

test("judgeMailSenders · warns at 0.08 %, and says so once", async () => {
  const senderId = await sender();
  await figures(senderId, { delivered: 10_000, complained: 8 });
  await judge();
  await judge();
  expect(await healthOf(senderId)).toMatchObject({ level: "warn", holds_since: null });
  expect(await alertsOf(senderId)).toEqual([
    { alert_type: "high_complaint_rate", severity: "medium", metric_value: 0.08, threshold_value: 0.08 },
  ]);
  expect(await statusOf(senderId)).toBe("active");
  expect(await hourly(senderId)).toBe(100_000);
});

test("judgeMailSenders · slows at 0.10 % and holds what is started from then on, until it is better", async () => {
  const senderId = await sender();
  const running = await campaignOf(senderId);
  await figures(senderId, { delivered: 10_000, complained: 10 });
  await judge();
  expect(await healthOf(senderId)).toMatchObject({ level: "slow", holds_since: expect.any(Date) });
  expect(await hourly(senderId)).toBe(25_000);
  const started = await campaignOf(senderId);
  const due = async () => {
    const rows = await peekDue(stage.db, [{ id: senderId, most: 10 }]);
    const { rows: lanes } = await sql<{ lane: string }>`
      select distinct lane from messages where id = any(${rows.map((row) => row.id)}::uuid[])`.execute(
      stage.db,
    );
    return lanes.map(({ lane }) => lane).toSorted();
  };
  expect(await due()).toEqual([running]);
  expect((await countCampaign(stage.db, stage.workspaceId, started)).held).toEqual({ sender_health: 1 });
  expect((await countCampaign(stage.db, stage.workspaceId, running)).held).toEqual({});
  const waiting = { workspaceId: stage.workspaceId, campaignId: started, reason: "sender_health" };
  expect(await listCampaignMessages(stage.db, waiting, { limit: 10 })).toHaveLength(1);
  expect((await findSenderUse(stage.db, stage.workspaceId, senderId))?.max_per_hour).toBe(25_000);
  await sql`update messages set due_at = null, state = 'cancelled' where lane = ${running}`.execute(stage.db);
  expect(await nextDueMs(stage.db, senderId)).toBeNull();

  await figures(senderId, { delivered: 10_000, complained: 9 });
  await judge();
  expect(await healthOf(senderId)).toMatchObject({ level: "slow" });
  const before = kicks;
  await figures(senderId, { delivered: 10_000, complained: 5 });
  await judge();
  expect(await healthOf(senderId)).toMatchObject({ level: "ok", holds_since: null });
  expect(await due()).toEqual([started]);
  expect((await countCampaign(stage.db, stage.workspaceId, started)).held).toEqual({});
  expect((await findSenderUse(stage.db, stage.workspaceId, senderId))?.max_per_hour).toBe(100_000);
  expect(await alertsOf(senderId)).toEqual([]);
  expect(kicks).toBe(before + 1);
  const owed = stage.db.selectFrom("temporal_outbox").select("workflow_id");
  expect(await owed.where("workflow_id", "=", `sender:${senderId}`).execute()).toHaveLength(1);
});

test("judgeMailSenders · stops at 0.30 % with an alert, and not again once an operator has set it active", async () => {
  const senderId = await sender();
  await figures(senderId, { delivered: 10_000, complained: 8 });
  await judge();
  await figures(senderId, { delivered: 10_000, complained: 30 });
  expect(await judge()).toMatchObject({ stopped: 1 });
  expect(await statusOf(senderId)).toBe("stopped");
  expect(await alertsOf(senderId)).toEqual([
    { alert_type: "high_complaint_rate", severity: "critical", metric_value: 0.3, threshold_value: 0.3 },
  ]);
  await sql`update senders set status = 'active' where id = ${senderId}`.execute(stage.db);
  expect(await judge()).toMatchObject({ stopped: 0 });
  expect(await statusOf(senderId)).toBe("active");
  expect(await healthOf(senderId)).toMatchObject({ level: "stop" });
});

test("judgeMailSenders · bounces and deferrals by receiving domain are alerts of their own", async () => {
  const senderId = await sender();
  await figures(senderId, { processed: 1_000, deferred: 400, delivered: 500, bounced: 100 }, "outlook.com");
  await judge();
  expect(await healthOf(senderId)).toMatchObject({ level: "warn", holds_since: null });
  expect((await alertsOf(senderId)).map(({ alert_type, severity }) => [alert_type, severity])).toEqual([
    ["high_bounce_rate", "medium"],
    ["high_deferral_rate", "low"],
  ]);
  await figures(senderId, { delivered: 1_000 });
  await judge();
  expect(await alertsOf(senderId)).toEqual([]);
});
