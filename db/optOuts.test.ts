import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import { applyWebhookEvents } from "./applyWebhooks.ts";
import { inTransaction } from "./connect.ts";
import { insertWebhookEvents } from "./webhookEvents.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

/** A message in flight, and the only one left of another campaign, queued for the same person. */
async function twoCampaigns() {
  const { one, senderId } = await stage.oneIntended();
  const { contact_id, address } = one.message;
  const last = await stage.campaign();
  await sql`
    insert into messages (workspace_id, contact_id, campaign_id, lane, sender_id, direction, channel, state, due_at, address)
    values (${stage.workspaceId}, ${contact_id}, ${last.id}, ${last.id}, ${senderId}, 'out', 'sms', 'queued', now(),
      ${address})`.execute(stage.db);
  return { one, senderId, address: address as string, campaignId: last.id };
}

const stateOf = async (campaignId: string) =>
  (
    await sql<{ state: string }>`select state from messages where campaign_id = ${campaignId}`.execute(
      stage.db,
    )
  ).rows;

test("a refusal that suppresses · owes a wake to the campaign whose last message it cancels", async () => {
  const { one, campaignId } = await twoCampaigns();
  await stage.answer(one, { kind: "refused", httpStatus: 400, code: "21610", retryAfterMs: null });
  expect(await stateOf(campaignId)).toEqual([{ state: "cancelled" }]);
  const { rows } =
    await sql`select request from temporal_outbox where workflow_id = ${`campaign:${campaignId}`}`.execute(
      stage.db,
    );
  expect(rows).toEqual([{ request: "wake" }]);
});

test("a receipt that suppresses · names the campaign whose last message it cancels", async () => {
  const { one, campaignId } = await twoCampaigns();
  const { id } = one.message;
  const { campaigns } = await stage.receive([{ messageId: id, n: 1, state: "undelivered", code: "21610" }]);
  expect(await stateOf(campaignId)).toEqual([{ state: "cancelled" }]);
  expect(campaigns.map((campaign) => campaign.id)).toEqual([campaignId]);
});

test.each(["STOP", "no more promotions, please"])(
  "%s · names the campaign whose last message it cancels",
  async (text) => {
    const { senderId, address, campaignId } = await twoCampaigns();
    const { rows } = await sql<{
      address: string;
    }>`select address from senders where id = ${senderId}`.execute(stage.db);
    const payload = { MessageSid: `SM${campaignId}`, From: address, To: rows[0]?.address ?? "", Body: text };
    const { campaigns } = await inTransaction(stage.db, async (tx) => {
      const event = {
        provider: "twilio",
        kind: "inbound",
        dedupeKey: `inbound:${campaignId}`,
        payload,
      } as const;
      const events = await insertWebhookEvents(tx, stage.workspaceId, [event]);
      return applyWebhookEvents(tx, { ...stage.deps, workspaceId: stage.workspaceId }, events);
    });
    expect(await stateOf(campaignId)).toEqual([{ state: "cancelled" }]);
    expect(campaigns.map((campaign) => campaign.id)).toEqual([campaignId]);
  },
);
