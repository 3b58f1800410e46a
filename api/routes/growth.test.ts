import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("getGrowth · has by local day who came and which addresses were lost, and what share that is", async () => {
  const { ask, id } = await api.workspace({ time_zone: "America/Bogota" });
  const { db } = api.database;
  const came = (at: string, erased_at: string | null = null) =>
    sql`insert into contacts (id, workspace_id, identity, created_at, erased_at)
      values (uuidv7(${at}::timestamptz - now()), ${id}::uuid, ${`tel:${at}`}, ${at}, ${erased_at})`.execute(
      db,
    );
  const lost = (at: string, reason: string, lifted_at: string | null = null) =>
    sql`insert into suppressions (id, workspace_id, channel, address_hash, reason, source, created_at, lifted_at)
      values (uuidv7(${at}::timestamptz - now()), ${id}::uuid, 'sms', sha256(${`${at}${reason}`}::bytea), ${reason},
        'test', ${at}, ${lifted_at})`.execute(db);
  for (const at of ["2025-01-01T12:00:00Z", "2025-02-01T12:00:00Z", "2025-03-11T04:59:59Z"]) await came(at);
  await came("2025-03-11T05:00:00Z");
  await came("2025-03-13T04:59:59Z");
  await came("2025-03-12T12:00:00Z", "2025-03-13T12:00:00Z");
  await came("2025-03-13T05:00:00Z");
  await lost("2025-03-12T12:00:00Z", "opted_out");
  await lost("2025-03-12T13:00:00Z", "bounced", "2025-03-12T14:00:00Z");
  await lost("2025-03-01T12:00:00Z", "opted_out");

  const { status, body } = await ask("GET /v1/analytics/growth?days=2&until=2025-03-12");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    from: "2025-03-11T05:00:00.000Z",
    contacts_before: 3,
    new_contacts: 2,
    lost_addresses: 1,
    growth_rate: 66.7,
    churn_rate: 20,
    lost_by_reason: [{ reason: "opted_out", addresses: 1 }],
    data: [
      { day: "2025-03-11", new_contacts: 1, lost_addresses: 0 },
      { day: "2025-03-12", new_contacts: 1, lost_addresses: 1 },
    ],
  });
  const { body: none } = await (await api.workspace()).ask("GET /v1/analytics/growth");
  expect(none).toMatchObject({ contacts_before: 0, growth_rate: null, churn_rate: null });
});
