import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailSender, sentMails } from "../../test/mail.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

/** A call of three people that nobody knows the end of. */
async function doubtful(at: TestApi = api) {
  const { ask, id: workspaceId } = await at.workspace();
  const { db } = at.database;
  const senderId = await mailSender(db, workspaceId, `ventas@${workspaceId}.example.com`);
  const { id: campaignId } = await db
    .insertInto("campaigns")
    .values({ workspace_id: workspaceId, name: "Boletín", channel: "email", state: "running" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const mails = await sentMails(db, { workspaceId, senderId, campaignId, count: 3, state: "uncertain" });
  const { rows } = await sql<{ id: string }>`
    insert into email_calls (workspace_id, sender_id, content_id, rows, outcome)
    values (${workspaceId}, ${senderId}, ${senderId}, 3, 'uncertain') returning id`.execute(db);
  const callId = rows[0]?.id ?? "";
  await sql`update attempts set call_id = ${callId} where message_id = any(${mails.map((mail) => mail.id)}::uuid[])`.execute(
    db,
  );
  const states = async () =>
    (await db.selectFrom("messages").select("state").where("campaign_id", "=", campaignId).execute()).map(
      (row) => row.state,
    );
  return { ask, workspaceId, senderId, callId, mails, states };
}

test("GET /v1/email/calls · lists those in doubt", async () => {
  const { ask, callId, senderId } = await doubtful();
  const { body } = await ask("GET /v1/email/calls?outcome=uncertain");
  expect(body.data).toMatchObject([{ id: callId, sender_id: senderId, rows: 3, outcome: "uncertain" }]);
  expect((await ask("GET /v1/email/calls?outcome=accepted")).body.data).toEqual([]);
});

test("POST …/settle · sent holds for everybody in the call; a second word is a conflict", async () => {
  const { ask, callId, states } = await doubtful();
  const settled = await ask(`POST /v1/email/calls/${callId}/settle`, { sent: true });
  expect(settled).toMatchObject({ status: 200, body: { outcome: "accepted" } });
  expect(settled.body.settled_by).toMatch(/^operator:/);
  expect(await states()).toEqual(["accepted", "accepted", "accepted"]);
  const again = await ask(`POST /v1/email/calls/${callId}/settle`, { sent: false });
  expect(again.body).toMatchObject({ status: 409, code: "state_conflict" });
  const { body } = await ask("GET /v1/audit-log");
  expect(body.data[0]).toMatchObject({ action: "settleEmailCall", change: { sent: true, rows: 3 } });
});

test("POST …/settle · not sent lets everybody go again and wakes the sender", async () => {
  const { ask, callId, states, senderId } = await doubtful();
  await ask(`POST /v1/email/calls/${callId}/settle`, { sent: false });
  expect(await states()).toEqual(["queued", "queued", "queued"]);
  const wakes = await api.database.db
    .selectFrom("temporal_outbox")
    .select("workflow_id")
    .where("workflow_id", "=", `sender:${senderId}`)
    .execute();
  expect(wakes).toHaveLength(1);
});

test("POST …/settle · not sent is refused while the call may still show at a real provider", async () => {
  const real = await testApi({ sandboxed: false });
  try {
    const { ask, callId, states } = await doubtful(real);
    const early = await ask(`POST /v1/email/calls/${callId}/settle`, { sent: false });
    expect(early.body).toMatchObject({ status: 409, code: "state_conflict" });
    expect(await states()).toEqual(["uncertain", "uncertain", "uncertain"]);
    await sql`update email_calls set intended_at = intended_at - interval '16 minutes' where id = ${callId}`.execute(
      real.database.db,
    );
    expect((await ask(`POST /v1/email/calls/${callId}/settle`, { sent: false })).status).toBe(200);
  } finally {
    await real.close();
  }
});

test("POST /v1/messages/{id}/settle · an e-mail is settled with its call", async () => {
  const { ask, callId, mails, states } = await doubtful();
  const { body } = await ask(`POST /v1/messages/${mails[0]?.id}/settle`, { outcome: "sent", note: "seen" });
  expect(body).toMatchObject({ status: 409, code: "state_conflict" });
  expect(body.fix).toContain(callId);
  expect(await states()).toEqual(["uncertain", "uncertain", "uncertain"]);
});
