import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestApi, testApi } from "../api/testing.ts";
import type { Erased, MessageProvider } from "../providers/message.ts";
import { type ErasureReport, erasureActivities } from "./erasure.ts";
import { housekeepingActivities } from "./housekeeping.ts";

let api: TestApi;
/** What the provider says of each SID; an error where it has none. */
let said: Record<string, Erased>;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
beforeEach(() => {
  said = {};
});

const provider = {
  erase: (sid: string) => {
    const end = said[sid];
    return end === undefined ? Promise.reject(new Error("away")) : Promise.resolve(end);
  },
} as MessageProvider;

function activities() {
  const { addressKey, sealingKey } = api.deps;
  const made = erasureActivities({
    db: api.database.db,
    addressKey,
    sealingKey,
    log: pino({ level: "silent" }),
    kick: () => {},
    providers: { sandboxed: true, forAccount: () => Promise.resolve(provider) },
  });
  const environment = new MockActivityEnvironment();
  return {
    erase: (input: Input) => environment.run(() => made.erasePerson(input)) as Promise<ErasureReport>,
    certify: (input: Input & { left: number }) => environment.run(() => made.certifyErasure(input)),
  };
}

type Input = { workspaceId: string; erasureId: string };

async function person(fields: object) {
  const workspace = await api.workspace({ default_region: "CO" });
  const { body: contact } = await workspace.ask("POST /v1/contacts", fields);
  return { ...workspace, contact };
}

async function askFor(of: Awaited<ReturnType<typeof person>>): Promise<Input> {
  const { body } = await of.ask(`POST /v1/contacts/${of.contact.id}/erase`);
  return { workspaceId: of.id, erasureId: body.id };
}

/** A message to the person with one attempt. */
async function message(of: Awaited<ReturnType<typeof person>>, state: string, sid: string | null) {
  const { rows } = await sql<{ id: string }>`
    with m as (
      insert into messages (workspace_id, contact_id, direction, channel, state, address, body, attempts)
      values (${of.id}, ${of.contact.id}, 'out', 'sms', ${state}, ${of.contact.phone}, 'Hola', 1) returning id
    ), a as (
      insert into attempts (message_id, n, workspace_id, sender_id, epoch, provider_sid)
      select id, 1, ${of.id}, uuidv7(), 1, ${sid} from m
    ) select id from m`.execute(api.database.db);
  return rows[0]?.id as string;
}

const wordsOf = async (id: string) =>
  (await sql`select address, body, state from messages where id = ${id}`.execute(api.database.db)).rows[0];

test("erasePerson · leaves a message in doubt its words until it is settled", async () => {
  const of = await person({ phone: "3105550301" });
  const id = await message(of, "uncertain", null);
  const input = await askFor(of);
  const { erase } = activities();
  expect(await erase(input)).toMatchObject({ busy: 1 });
  expect(await wordsOf(id)).toMatchObject({ address: "+573105550301", body: "Hola" });
  await sql`update messages set state = 'delivered' where id = ${id}`.execute(api.database.db);
  expect(await erase(input)).toMatchObject({ busy: 0 });
  expect(await wordsOf(id)).toMatchObject({ address: null, body: null });
});

test("erasePerson · asks the provider again for what it does not let go of, and lets no failure hold up the others", async () => {
  const of = await person({ phone: "3105550302" });
  for (const sid of ["SMgone", "SMhere", "SMunderway", "SMaway"]) await message(of, "sent", sid);
  const input = await askFor(of);
  const { erase, certify } = activities();
  said = { SMgone: "absent", SMhere: "erased", SMunderway: "later" };
  expect((await erase(input)).provider).toEqual({ erased: 1, absent: 1, remaining: 2 });
  said = { SMunderway: "erased" };
  expect((await erase(input)).provider).toEqual({ erased: 2, absent: 1, remaining: 1 });

  await certify({ ...input, left: 1 });
  const certificate = `GET /v1/erasures/${input.erasureId}`;
  expect((await of.ask(certificate)).body).toMatchObject({ state: "incomplete", provider: { remaining: 1 } });
  const { body: alerts } = await of.ask("GET /v1/alerts");
  expect(alerts.data).toMatchObject([{ alert_type: "erasure_incomplete", subject_id: input.erasureId }]);

  expect((await of.ask(`POST /v1/contacts/${of.contact.id}/erase`)).body.state).toBe("running");
  said = { SMaway: "erased", SMgone: "absent", SMhere: "absent", SMunderway: "absent" };
  expect((await erase(input)).provider).toEqual({ erased: 1, absent: 3, remaining: 0 });
  await certify({ ...input, left: 0 });
  expect((await of.ask(certificate)).body.state).toBe("completed");
  expect((await of.ask("GET /v1/alerts?open=true")).body.data).toEqual([]);
});

test("an erasure · ends at once what waits for the person: thread, draft, sequence, recording", async () => {
  const of = await person({ phone: "3105550309" });
  const { db } = api.database;
  const phone = of.contact.phone;
  await sql`
    with s as (insert into senders (workspace_id, channel, address) values (${of.id}, 'sms', '+573105550398') returning id),
    v as (insert into conversations (workspace_id, channel, contact_id, sender_id, address, awaiting_since)
      select ${of.id}, 'sms', ${of.contact.id}, id, ${phone}, now() from s returning id),
    c as (insert into calls (workspace_id, call_sid, address) values (${of.id}, 'CA1', ${phone}) returning id),
    r as (insert into recordings (workspace_id, call_id, recording_sid, url) select ${of.id}, id, 'RE1', 'https://r' from c),
    e as (insert into enrollments (workspace_id, campaign_id, contact_id, source, version, due_at)
      values (${of.id}, uuidv7(), ${of.contact.id}, 'api', 1, now()))
    insert into conversation_drafts (workspace_id, conversation_id, answers_id, body, source)
    select ${of.id}, id, uuidv7(), 'Hola', 'keyword' from v`.execute(db);
  const input = await askFor(of);
  const { rows } = await sql`
    select v.state, v.awaiting_since, d.state as draft, e.state as enrollment, e.due_at, c.contact_id,
      r.deletion_requested_at is not null as unwanted
    from conversations v, conversation_drafts d, enrollments e, calls c, recordings r
    where v.workspace_id = ${of.id} and d.workspace_id = ${of.id} and e.workspace_id = ${of.id}
      and c.workspace_id = ${of.id} and r.workspace_id = ${of.id}`.execute(db);
  expect(rows).toEqual([
    {
      state: "closed",
      awaiting_since: null,
      draft: "outdated",
      enrollment: "cancelled",
      due_at: null,
      contact_id: of.contact.id,
      unwanted: true,
    },
  ]);
  const { erase } = activities();
  expect(await erase(input)).toMatchObject({ busy: 1 });
  await sql`update recordings set deleted_at = now() where workspace_id = ${of.id}`.execute(db);
  expect(await erase(input)).toMatchObject({ busy: 0 });
});

test("erasePerson · lets an e-mail be that somebody else goes on using", async () => {
  const of = await person({ phone: "3105550303", email: "familia@example.com" });
  await of.ask("POST /v1/contacts", { phone: "3105550304", email: "familia@example.com" });
  await of.ask("POST /v1/suppressions", { channel: "email", address: "familia@example.com" });
  const input = await askFor(of);
  expect((await of.ask(`GET /v1/erasures/${input.erasureId}`)).body.suppressed).toBe(3);
  await activities().erase(input);
  const { body } = await of.ask("GET /v1/suppressions?channel=email");
  expect(body.data).toMatchObject([{ address: "familia@example.com", reason: "blocked" }]);
});

test("erasePerson · waits for an import that reads an older file, and erases whom it brings back", async () => {
  const of = await person({ phone: "3105550305" });
  await sql`insert into imports (workspace_id, file_name, state) values (${of.id}, 'a.csv', 'running')`.execute(
    api.database.db,
  );
  const input = await askFor(of);
  const { erase } = activities();
  expect(await erase(input)).toMatchObject({ busy: 1 });
  const { body: again } = await of.ask("POST /v1/contacts", { phone: "3105550305" });
  const { body: other } = await of.ask("POST /v1/contacts", { phone: "3105550306" });
  await sql`update imports set state = 'completed', finished_at = now() where workspace_id = ${of.id}`.execute(
    api.database.db,
  );
  expect(await erase(input)).toMatchObject({ busy: 0 });
  expect((await of.ask(`GET /v1/contacts/${again.id}`)).status).toBe(404);
  expect((await of.ask(`GET /v1/contacts/${other.id}`)).status).toBe(200);
  const { body: erasures } = await of.ask("GET /v1/erasures");
  expect(erasures.data).toMatchObject([
    { contact_id: again.id, requested_by: null },
    { contact_id: of.contact.id },
  ]);
});

test("keepHouse · empties receipts that come after the erasure, but for what tells the message and its state", async () => {
  const of = await person({ phone: "3105550308" });
  await message(of, "sent", "SMlate");
  const input = await askFor(of);
  said = { SMlate: "erased" };
  await activities().erase(input);
  await activities().certify({ ...input, left: 0 });
  const payload = { MessageSid: "SMlate", MessageStatus: "delivered", To: "+573105550308" };
  await sql`insert into webhook_events (workspace_id, provider, kind, dedupe_key, payload)
    values (${of.id}, 'twilio', 'status', 'SMlate:delivered', ${JSON.stringify(payload)})`.execute(
    api.database.db,
  );
  expect(await housekeepingActivities({ db: api.database.db }).keepHouse()).toMatchObject({
    lateWebhooks: 1,
  });
  const { rows } = await sql`select payload from webhook_events where workspace_id = ${of.id}`.execute(
    api.database.db,
  );
  expect(rows).toEqual([{ payload: { MessageSid: "SMlate", MessageStatus: "delivered" } }]);
});

test("a repeated request · whose kept answer named the person does nothing twice, and says why it has no answer", async () => {
  const workspace = await api.workspace({ default_region: "CO" });
  const key = { "idempotency-key": "once" };
  const { body: contact } = await workspace.ask("POST /v1/contacts", { phone: "3105550307" }, key);
  const other = { "idempotency-key": "other" };
  await workspace.ask("POST /v1/contact-lists", { name: "Todos" }, other);
  const input = await askFor({ ...workspace, contact });
  await activities().erase(input);
  expect((await workspace.ask("POST /v1/contact-lists", { name: "Todos" }, other)).status).toBe(201);
  const repeated = await workspace.ask("POST /v1/contacts", { phone: "3105550307" }, key);
  expect(repeated).toMatchObject({ status: 410, body: { code: "gone" } });
  expect((await workspace.ask("GET /v1/contacts")).body.data).toEqual([]);

  // Answers that no key opens any more name nobody knows whom.
  await sql`update idempotency_keys set response = '{"sealed": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}'
    where workspace_id = ${workspace.id} and key = 'other'`.execute(api.database.db);
  await activities().erase(input);
  expect((await workspace.ask("POST /v1/contact-lists", { name: "Todos" }, other)).status).toBe(410);
});
