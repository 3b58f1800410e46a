import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAlert, uncertainCause } from "../../db/alerts.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

/** A message of a running campaign whose only call nobody knows the end of, with the alert that asks for an operator. */
async function doubt(workspace: { id: string; ask: Ask }, on: { ageMinutes?: number; of?: TestApi } = {}) {
  const { db } = (on.of ?? api).database;
  const workspace_id = workspace.id;
  const serial = String(Math.random()).slice(2, 9);
  const insert = async (table: string, row: Record<string, unknown>) => {
    const { rows } = await sql<{ id: string }>`
      insert into ${sql.table(table)} (workspace_id, ${sql.join(Object.keys(row).map((name) => sql.ref(name)))})
      values (${workspace_id}, ${sql.join(Object.values(row))}) returning id`.execute(db);
    return rows[0]?.id ?? "";
  };
  const sender_id = await insert("senders", {
    channel: "sms",
    address: `+57310${serial}`,
    kind: "long_code",
  });
  const phone = `+57320${serial}`;
  const contact_id = await insert("contacts", { phone, identity: `tel:${phone}` });
  const campaign_id = await insert("campaigns", { name: "C", channel: "sms", state: "running" });
  const out = {
    direction: "out",
    channel: "sms",
    state: "uncertain",
    address: phone,
    body: "Hola",
    attempts: 1,
  };
  const id = await insert("messages", { contact_id, campaign_id, sender_id, ...out });
  await sql`insert into attempts (message_id, n, workspace_id, sender_id, epoch, outcome, intended_at) values
    (${id}, 1, ${workspace_id}, ${sender_id}, 1, 'uncertain', now() - ${on.ageMinutes ?? 60} * interval '1 minute')`.execute(
    db,
  );
  await openAlert(db, {
    workspace_id,
    alert_type: "uncertain_message",
    severity: "high",
    cause: uncertainCause(id),
    subject_kind: "message",
    subject_id: id,
  });
  return { id, senderId: sender_id, campaignId: campaign_id };
}

const owed = async (workspaceId: string) =>
  (
    await api.database.db
      .selectFrom("temporal_outbox")
      .select("workflow_id")
      .where("workspace_id", "=", workspaceId)
      .orderBy("workflow_id")
      .execute()
  ).map((row) => row.workflow_id);

const sid = () =>
  `SM${Array.from({ length: 4 }, () => Math.random().toString(16).slice(2, 10))
    .join("")
    .padEnd(32, "0")}`;

test("an uncertain message · settled as sent is accepted, by whom is kept, and its alert is gone", async () => {
  const workspace = await api.workspace();
  const { id, campaignId } = await doubt(workspace);
  const provider_sid = sid();
  const body = { outcome: "sent", provider_sid, note: "In the console's log" };
  const answer = await workspace.ask(`POST /v1/messages/${id}/settle`, body);
  const [audited] = (await workspace.ask("GET /v1/audit-log?action=settleMessage")).body.data;
  expect(answer.body).toMatchObject({
    state: "accepted",
    detail: { settled: { outcome: "sent", note: body.note, by: audited.actor_id } },
    attempts: [{ n: 1, outcome: "accepted", settled_by: `operator:${audited.actor_id}`, provider_sid }],
  });
  expect(audited).toMatchObject({ subject_id: id, change: { outcome: "sent", attempt: 1 } });
  expect((await workspace.ask("GET /v1/alerts")).body.data).toMatchObject([
    { subject_id: id, resolved_at: expect.any(String), resolved_by: audited.actor_id },
  ]);
  expect(await owed(workspace.id)).toEqual([`campaign:${campaignId}`]);
  expect((await workspace.ask(`POST /v1/messages/${id}/settle`, body)).body).toMatchObject({
    code: "state_conflict",
  });
});

test("an uncertain message · settled as not sent is queued again, and its sender is woken", async () => {
  const workspace = await api.workspace();
  const { id, campaignId, senderId } = await doubt(workspace);
  const answer = await workspace.ask(`POST /v1/messages/${id}/settle`, { outcome: "not_sent", note: "No" });
  expect(answer.body).toMatchObject({
    state: "queued",
    due_at: expect.any(String),
    attempts: [{ outcome: "not_sent" }],
  });
  expect(await owed(workspace.id)).toEqual([`campaign:${campaignId}`, `sender:${senderId}`]);
});

test("an uncertain message · of a campaign that has ended does not go out again", async () => {
  const workspace = await api.workspace();
  const { id, campaignId } = await doubt(workspace);
  await sql`update campaigns set state = 'cancelled' where id = ${campaignId}`.execute(api.database.db);
  const answer = await workspace.ask(`POST /v1/messages/${id}/settle`, { outcome: "not_sent", note: "No" });
  expect(answer.body).toMatchObject({ state: "cancelled", reason: "campaign_cancelled", due_at: null });
});

test("a SID · that belongs to another attempt, of whatever workspace, is refused", async () => {
  const [mine, other] = [await api.workspace(), await api.workspace()];
  const provider_sid = sid();
  const settle = async (workspace: typeof mine, note: string) => {
    const { id } = await doubt(workspace);
    return workspace.ask(`POST /v1/messages/${id}/settle`, { outcome: "sent", provider_sid, note });
  };
  expect((await settle(mine, "first")).status).toBe(200);
  const refused = { status: 409, body: { code: "conflict", field: "provider_sid" } };
  expect(await settle(mine, "same workspace")).toMatchObject(refused);
  expect(await settle(other, "another one")).toMatchObject(refused);
});

test("a real provider's call · is too young for a no within 15 minutes", async () => {
  const real = await testApi({ sandboxed: false });
  try {
    const workspace = await real.workspace();
    const young = await doubt(workspace, { ageMinutes: 14, of: real });
    const old = await doubt(workspace, { ageMinutes: 16, of: real });
    const no = { outcome: "not_sent", note: "Not in the log" };
    expect((await workspace.ask(`POST /v1/messages/${young.id}/settle`, no)).status).toBe(409);
    expect((await workspace.ask(`POST /v1/messages/${old.id}/settle`, no)).status).toBe(200);
    const yes = { outcome: "sent", note: "In the log" };
    expect((await workspace.ask(`POST /v1/messages/${young.id}/settle`, yes)).status).toBe(200);
  } finally {
    await real.close();
  }
});
