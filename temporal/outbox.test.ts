import { Client, Connection } from "@temporalio/client";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "kysely";
import { inTransaction } from "../db/connect.ts";
import { oweWake, takeOwed, forgetWake } from "../db/temporalOutbox.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace } from "../test/people.ts";
import { type TestTemporal, testTemporal } from "../test/temporal.ts";
import { wakeSender } from "../workflows/handles.ts";
import { driveOutbox, runOutboxDriver } from "./outbox.ts";

let database: TestDatabase;
let temporal: TestTemporal;
let workspaceId: string;
const log = pino({ level: "silent" });
/** Nobody listens there. */
const away = new Client({ connection: Connection.lazy({ address: "127.0.0.1:9" }) });
beforeAll(async () => {
  [database, temporal] = await Promise.all([testDatabase(), testTemporal()]);
  workspaceId = await aWorkspace(database.db);
});
afterAll(async () => {
  await Promise.all([temporal.close(), away.connection.close()]);
  await database.close();
});

const by = (client: Client) => ({ db: database.db, temporal: client, taskQueue: temporal.taskQueue, log });
const owe = (id: string, channel = "sms") =>
  inTransaction(database.db, (tx) => oweWake(tx, [wakeSender({ id, workspace_id: workspaceId, channel })]));
const owed = () => database.db.selectFrom("temporal_outbox").selectAll().execute();
const atOnce = () => sql`update temporal_outbox set next_try_at = now()`.execute(database.db);
const signalsOf = async (id: string) => {
  const { events = [] } = await temporal.client.workflow.getHandle(`sender:${id}`).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
};

test("driveOutbox · keeps what Temporal could not be told, and tells it once it is back", {
  timeout: 60_000,
}, async () => {
  const id = crypto.randomUUID();
  await owe(id);
  expect(await driveOutbox(by(away))).toBe(0);
  const [kept] = await owed();
  expect(kept).toMatchObject({ workflow_id: `sender:${id}`, tries: 1, last_error: expect.any(String) });
  await atOnce();
  expect(await driveOutbox(by(temporal.client))).toBe(1);
  expect(await owed()).toEqual([]);
  expect(await signalsOf(id)).toBe(1);
});

test("driveOutbox · tells a workflow once for many wakes, and again for one that came meanwhile", async () => {
  const id = crypto.randomUUID();
  await owe(id);
  const wake = wakeSender({ id, workspace_id: workspaceId, channel: "sms" });
  await inTransaction(database.db, (tx) => oweWake(tx, [wake, wake]));
  expect(await owed()).toHaveLength(1);
  const [taken] = await takeOwed(database.db, 10);
  await owe(id);
  await forgetWake(database.db, taken as NonNullable<typeof taken>);
  expect(await owed()).toHaveLength(1);
  expect(await driveOutbox(by(temporal.client))).toBe(1);
  expect(await signalsOf(id)).toBe(1);
});

test("takeOwed · gives a wake to one process only", async () => {
  for (let i = 0; i < 20; i++) await owe(crypto.randomUUID());
  const shares = await Promise.all([1, 2, 3].map(() => takeOwed(database.db, 20)));
  const ids = shares.flat().map((row) => row.workflow_id);
  expect([ids.length, new Set(ids).size]).toEqual([20, 20]);
  await database.db.deleteFrom("temporal_outbox").execute();
});

test("runOutboxDriver · drives at once when kicked, long before its turn", async () => {
  const stopping = new AbortController();
  const driver = runOutboxDriver(by(temporal.client), 3_600_000, stopping.signal);
  const id = crypto.randomUUID();
  await owe(id);
  driver.kick();
  await expect.poll(owed, { timeout: 10_000 }).toEqual([]);
  stopping.abort();
  await driver.stopped;
});
