import { afterAll, beforeAll, expect, test } from "vitest";
import { addressHash, findSuppressed } from "../../db/suppressions.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace({ default_region: "MX" });
});
afterAll(() => api.close());

async function queued(contactId: string, channel: string) {
  await api.database.db
    .insertInto("messages")
    .values({
      workspace_id: ws.id,
      contact_id: contactId,
      direction: "out",
      channel,
      state: "queued",
      due_at: new Date(),
    })
    .execute();
}

const statesOf = async (contactId: string) =>
  (
    await api.database.db
      .selectFrom("messages")
      .select(["state", "reason"])
      .where("contact_id", "=", contactId)
      .orderBy("id")
      .execute()
  ).map((row) => `${row.state} ${row.reason}`);

test("POST /v1/suppressions all · holds on every channel of the address, however it is written", async () => {
  const { body: contact } = await ws.ask("POST /v1/contacts", { phone: "+52 1 55 1234 0001" });
  await queued(contact.id, "whatsapp");
  await queued(contact.id, "sms");
  await queued(contact.id, "email");
  const added = await ws.ask("POST /v1/suppressions", {
    channel: "all",
    address: "whatsapp:+5215512340001",
    note: "Llamó",
  });
  expect(added.status).toBe(201);
  expect(added.body.data.map((one: { channel: string }) => one.channel)).toEqual([
    "whatsapp",
    "sms",
    "voice",
  ]);
  expect(added.body.data[0]).toMatchObject({
    address: "+525512340001",
    reason: "blocked",
    source: "api",
    detail: { note: "Llamó" },
  });
  expect(added.body.data[0]).not.toHaveProperty("address_hash");
  expect(await statesOf(contact.id)).toEqual(["cancelled suppressed", "cancelled suppressed", "queued null"]);

  const hash = addressHash(api.deps.addressKey, "+525512340001");
  const found = await findSuppressed(api.database.db, ws.id, "sms", [
    hash,
    addressHash(api.deps.addressKey, "+1"),
  ]);
  expect([...found]).toEqual([[hash.toString("hex"), "blocked"]]);
  const other = await api.workspace();
  expect(await findSuppressed(api.database.db, other.id, "sms", [hash])).toEqual(new Map());
});

test("POST /v1/suppressions · is idempotent, and a person's own word takes the place of a technical reason", async () => {
  const ask = (reason: string) =>
    ws.ask("POST /v1/suppressions", { channel: "email", address: "QUEJA@example.com", reason });
  const first = (await ask("bounced")).body.data[0];
  expect((await ask("bounced")).body.data[0]).toEqual(first);
  const own = (await ask("opted_out")).body.data[0];
  expect(own).toMatchObject({ id: first.id, reason: "opted_out" });
  expect((await ask("blocked")).body.data[0].reason).toBe("opted_out");
  const listed = await ws.ask("GET /v1/suppressions?channel=email&reason=opted_out");
  expect(listed.body.data).toHaveLength(1);
});

test("DELETE /v1/suppressions/{id} · lifts a block, and an opt-out only with evidence", async () => {
  const add = async (reason: string) =>
    (
      await ws.ask("POST /v1/suppressions", {
        channel: "sms",
        address: `55 1234 ${reason.length}002`,
        reason,
      })
    ).body.data[0];
  const block = await add("blocked");
  expect((await ws.ask(`DELETE /v1/suppressions/${block.id}`)).status).toBe(204);
  expect((await ws.ask(`DELETE /v1/suppressions/${block.id}`)).status).toBe(404);
  expect((await ws.ask(`GET /v1/suppressions/${block.id}`)).status).toBe(404);
  const { body: lifts } = await ws.ask("GET /v1/suppressions?channel=sms&lifted=true");
  expect(lifts.data).toContainEqual(expect.objectContaining({ id: block.id, lifted_at: expect.any(String) }));

  const optOut = await add("opted_out");
  const refused = await ws.ask(`DELETE /v1/suppressions/${optOut.id}`);
  expect(refused.status).toBe(409);
  expect(refused.body.fix).toContain("/lift");
  const lift = `POST /v1/suppressions/${optOut.id}/lift`;
  expect((await ws.ask(lift, {})).status).toBe(400);
  const lifted = await ws.ask(lift, { reason: "Firmó de nuevo", evidence: { form: 12 } });
  expect(lifted.body).toMatchObject({
    detail: { lifted: { reason: "Firmó de nuevo", evidence: { form: 12 } } },
  });
  expect((await ws.ask(lift, { reason: "otra vez" })).status).toBe(404);

  const entries = await api.database.db
    .selectFrom("audit_log")
    .select(["action", "subject_id", "change"])
    .where("workspace_id", "=", ws.id)
    .where("action", "=", "liftSuppression")
    .execute();
  expect(entries).toEqual([
    {
      action: "liftSuppression",
      subject_id: optOut.id,
      change: { reason: "opted_out", channel: "sms", evidence: ["form"] },
    },
  ]);
  expect((await add("opted_out")).id).not.toBe(optOut.id);
});

test("suppressions · keep addresses out of errors and of the audit log", async () => {
  const bad = await ws.ask("POST /v1/suppressions", { channel: "sms", address: "555 nadie" });
  expect(bad.status).toBe(422);
  expect(JSON.stringify(bad.body)).not.toContain("nadie");
  const { rows } = await api.database.pool.query("select change from audit_log where workspace_id = $1", [
    ws.id,
  ]);
  expect(JSON.stringify(rows)).not.toMatch(/\+52|example\.com|Firmó/);
});
