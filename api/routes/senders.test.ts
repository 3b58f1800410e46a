import { afterAll, beforeAll, expect, test } from "vitest";
import { assignSenders } from "../../db/rotation.ts";
import { inWorkspace } from "../../db/connect.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace({ default_region: "CO", time_zone: "America/Bogota" });
});
afterAll(() => api.close());

const wakes = async (id: string) =>
  (
    await api.database.db
      .selectFrom("temporal_outbox")
      .select("version")
      .where("workflow_id", "=", `sender:${id}`)
      .executeTakeFirst()
  )?.version;

test("POST /v1/senders · reads the address, takes the defaults and wakes its workflow", async () => {
  const { status, body } = await ws.ask("POST /v1/senders", {
    channel: "whatsapp",
    address: "whatsapp:+57 310 555 0300",
    rotation_priority: 7,
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    address: "+573105550300",
    kind: "whatsapp",
    country: "CO",
    status: "active",
    rotation_enabled: true,
    rotation_priority: 7,
    max_per_hour: 100,
    max_per_day: 1000,
    gap_min_ms: null,
    warmup_enabled: true,
    warmup_day_limit: 20,
    last_used_at: null,
  });
  expect(await wakes(body.id)).toBe(1);
  const again = await ws.ask("POST /v1/senders", { channel: "whatsapp", address: "3105550300" });
  expect(again.body).toMatchObject({ code: "conflict", field: "address" });
  // On the shared account a number belongs to one workspace only, and nobody learns which.
  const other = await api.workspace();
  const taken = await other.ask("POST /v1/senders", { channel: "whatsapp", address: "+573105550300" });
  expect(taken.status).toBe(409);
  expect(JSON.stringify(taken.body)).not.toContain(ws.id);
});

test("POST /v1/senders · knows short codes, toll-free numbers, from-addresses and the workspace's defaults", async () => {
  const own = await api.workspace({
    default_region: "US",
    settings: { sender_defaults: { max_per_hour: 50, gap_ms: [1000, 9000], warmup: false } },
  });
  const made = async (body: object) => (await own.ask("POST /v1/senders", body)).body;
  expect(await made({ channel: "sms", address: "89123" })).toMatchObject({
    kind: "short_code",
    max_per_hour: 50,
  });
  expect(await made({ channel: "sms", address: "(800) 555-0199" })).toMatchObject({ kind: "toll_free" });
  expect(await made({ channel: "email", address: "Hola@Artek.MX" })).toMatchObject({
    address: "hola@artek.mx",
    kind: "email",
    country: null,
  });
  const number = "212 555 01";
  expect(await made({ channel: "whatsapp", address: `${number}01` })).toMatchObject({
    gap_min_ms: 1000,
    gap_max_ms: 9000,
    warmup_enabled: false,
  });
  expect(await made({ channel: "whatsapp", address: `${number}02`, rate_per_second: 5 })).toMatchObject({
    gap_min_ms: null,
    rate_per_second: 5,
  });
});

test("POST /v1/senders · refuses an account of another workspace and a gap upside down", async () => {
  const other = await api.workspace();
  const account = await api.database.db
    .insertInto("provider_accounts")
    .values({
      workspace_id: other.id,
      provider: "twilio",
      name: "x",
      account_sid: `AC${"a".repeat(32)}`,
      sealed_credentials: Buffer.from("x"),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const sender = { channel: "sms", address: "3105550310" };
  const foreign = await ws.ask("POST /v1/senders", { ...sender, provider_account_id: account.id });
  expect(foreign.body).toMatchObject({ code: "not_found", field: "provider_account_id" });
  const gap = await ws.ask("POST /v1/senders", { ...sender, gap_min_ms: 10, gap_max_ms: 5 });
  expect(gap.body).toMatchObject({ code: "validation", field: "gap_min_ms" });
});

test("PATCH /v1/senders/{id} · pauses with a reason, resumes without, wakes each time", async () => {
  const { body } = await ws.ask("POST /v1/senders", { channel: "sms", address: "3105550320" });
  const paused = await ws.ask(`PATCH /v1/senders/${body.id}`, {
    status: "paused",
    status_reason: "En revisión",
  });
  expect(paused.body).toMatchObject({ status: "paused", status_reason: "En revisión" });
  const listed = await ws.ask("GET /v1/senders?status=paused&channel=sms");
  expect(listed.body.data.map((one: { id: string }) => one.id)).toEqual([body.id]);
  const resumed = await ws.ask(`PATCH /v1/senders/${body.id}`, { status: "active", max_per_hour: 7 });
  expect(resumed.body).toMatchObject({ status: "active", status_reason: null, max_per_hour: 7 });
  expect(await wakes(body.id)).toBe(3);
  expect((await ws.ask(`PATCH /v1/senders/${body.id}`, { gap_min_ms: 9 })).status).toBe(200);
  expect((await ws.ask(`PATCH /v1/senders/${body.id}`, { gap_max_ms: 5 })).status).toBe(422);
});

test("GET /v1/senders/{id}/stats · counts the rolling hour and the workspace's day, and what remains", async () => {
  const { body } = await ws.ask("POST /v1/senders", {
    channel: "sms",
    address: "3105550330",
    warmup_enabled: false,
    max_per_hour: 20,
    max_per_day: 30,
  });
  const stats = async () => (await ws.ask(`GET /v1/senders/${body.id}/stats`)).body;
  expect(await stats()).toMatchObject({
    used_hour: 0,
    used_day: 0,
    remaining: 20,
    queued: 0,
    next_send_at: null,
  });
  // A minute before the last hour, one within it, and one of the local day before yesterday's end.
  await api.database.pool.query(
    `insert into sender_minutes (workspace_id, sender_id, minute, used)
     select $1, $2, date_trunc('minute', t), n from (values
       (now(), 3), (now() - interval '62 minutes', 4),
       (date_trunc('day', now(), 'America/Bogota') - interval '2 minutes', 5)) v (t, n)
     on conflict do nothing`,
    [ws.id, body.id],
  );
  const { rows } = await api.database.pool.query(
    `select coalesce(sum(used) filter (where minute > now() - interval '61 minutes'), 0)::int as hour,
       coalesce(sum(used) filter (where (minute at time zone 'America/Bogota')::date
         = (now() at time zone 'America/Bogota')::date), 0)::int as day
     from sender_minutes where sender_id = $1`,
    [body.id],
  );
  const [{ hour, day }] = rows;
  expect(await stats()).toMatchObject({
    used_hour: hour,
    used_day: day,
    remaining: Math.min(20 - hour, 30 - day),
  });
  expect(hour).toBeGreaterThanOrEqual(3);
});

test("DELETE /v1/senders/{id} · waits for what is queued, then lets its people go to another number", async () => {
  const own = await api.workspace({ default_region: "CO" });
  const make = async (address: string) =>
    (await own.ask("POST /v1/senders", { channel: "whatsapp", address })).body.id as string;
  const [gone, stays] = [await make("3105550340"), await make("3105550341")];
  const assign = (pool: string[]) =>
    inWorkspace(api.database.db, own.id, (tx) =>
      assignSenders(tx, own.id, "whatsapp", pool, ["+573105559999"]),
    );
  expect([...(await assign([gone])).values()]).toEqual([gone]);

  const { body: contact } = await own.ask("POST /v1/contacts", { phone: "3105559999" });
  const message = await api.database.db
    .insertInto("messages")
    .values({
      workspace_id: own.id,
      contact_id: contact.id,
      sender_id: gone,
      direction: "out",
      channel: "whatsapp",
      state: "queued",
      due_at: new Date(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  expect((await own.ask(`DELETE /v1/senders/${gone}`)).body.code).toBe("state_conflict");
  await api.database.db
    .updateTable("messages")
    .set({ state: "cancelled", due_at: null })
    .where("id", "=", message.id)
    .execute();
  expect((await own.ask(`DELETE /v1/senders/${gone}`)).status).toBe(204);
  expect((await own.ask(`GET /v1/senders/${gone}`)).status).toBe(404);
  expect([...(await assign([gone, stays])).values()]).toEqual([stays]);
  expect(await make("3105550340")).not.toBe(gone);
});

test("a sender of e-mail · is a from-address with a pool, which warms up by SendGrid's ladder", async () => {
  const address = "Hola@ArtekMar.co";
  const plain = await ws.ask("POST /v1/senders", {
    channel: "email",
    address,
    reply_to: "Ventas@ArtekMar.co",
  });
  expect(plain.body).toMatchObject({
    address: "hola@artekmar.co",
    reply_to: "ventas@artekmar.co",
    ip_pool_name: null,
    ip_pool_weight: 1,
    max_per_hour: 1_000_000,
    warmup_day_limit: null,
  });
  expect((await ws.ask("POST /v1/senders", { channel: "email", address })).body.code).toBe("conflict");
  const pool = { channel: "email", address, ip_pool_name: "pool-1", ip_pool_weight: 3 };
  const pooled = await ws.ask("POST /v1/senders", pool);
  expect(pooled.body).toMatchObject({ ip_pool_name: "pool-1", ip_pool_weight: 3, warmup_day_limit: 480 });
  const stats = await ws.ask(`GET /v1/senders/${pooled.body.id}/stats`);
  expect(stats.body).toMatchObject({ remaining: 20 });
  const changed = await ws.ask(`PATCH /v1/senders/${pooled.body.id}`, { ip_pool_weight: 5, asm_group_id: 7 });
  expect(changed.body).toMatchObject({ ip_pool_weight: 5, asm_group_id: 7 });
  const sms = { channel: "sms", address: "+573105550311", ip_pool_name: "pool-1" };
  expect((await ws.ask("POST /v1/senders", sms)).body).toMatchObject({ status: 422, field: "ip_pool_name" });
});
