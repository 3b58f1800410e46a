import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "../../db/connect.ts";
import { advanceWarmup, findWarmup } from "../../db/warmups.ts";
import { WARMUP_LADDER } from "../../domain/warmup.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace({ default_region: "CO", time_zone: "America/Bogota" });
});
afterAll(() => api.close());

let serial = 400;
const addSender = async (body: object = {}, of = ws) =>
  (await of.ask("POST /v1/senders", { channel: "whatsapp", address: `3105550${serial++}`, ...body })).body;
const limitOf = async (id: string, of = ws) =>
  (await of.ask(`GET /v1/senders/${id}`)).body.warmup_day_limit as number | null;
const owed = async (id: string) =>
  (
    await api.database.db
      .selectFrom("temporal_outbox")
      .select("input")
      .where("workflow_id", "=", `warmup:${id}`)
      .executeTakeFirst()
  )?.input as { type: string } | undefined;

test("POST /v1/senders · begins the warmup by itself, unless the workspace or the sender says otherwise", async () => {
  const { id, warmup_day_limit } = await addSender();
  expect(warmup_day_limit).toBe(20);
  expect((await ws.ask(`GET /v1/senders/${id}/warmup`)).body).toMatchObject({
    state: "running",
    day: 1,
    ladder: WARMUP_LADDER,
    budget_today: 20,
    used_today: 0,
    day_seconds: null,
  });
  expect(await owed(id)).toMatchObject({ type: "numberWarmupWorkflow" });

  const without = await addSender({ warmup_enabled: false });
  expect(without.warmup_day_limit).toBe(null);
  expect((await ws.ask(`GET /v1/senders/${without.id}/warmup`)).status).toBe(404);
  expect(await owed(without.id)).toBeUndefined();
  const other = await api.workspace({
    default_region: "CO",
    settings: { sender_defaults: { warmup: false, warmup_ladder: [3, 6] } },
  });
  expect((await addSender({}, other)).warmup_day_limit).toBe(null);
  expect((await addSender({ warmup_enabled: true }, other)).warmup_day_limit).toBe(3);
  expect((await addSender({ channel: "email", address: "hola@artek.mx" })).warmup_day_limit).toBe(null);
});

test("PATCH /v1/senders/{id} · warmup_enabled stops a warmup and starts one; the limit itself is the warmup's", async () => {
  const { id } = await addSender();
  const off = await ws.ask(`PATCH /v1/senders/${id}`, { warmup_enabled: false });
  expect(off.body).toMatchObject({ warmup_enabled: false, warmup_day_limit: null });
  expect((await ws.ask(`GET /v1/senders/${id}/warmup`)).body).toMatchObject({
    state: "stopped",
    budget_today: null,
    day_ends_at: null,
  });
  const on = await ws.ask(`PATCH /v1/senders/${id}`, { warmup_enabled: true, rotation_priority: 3 });
  expect(on.body).toMatchObject({ warmup_enabled: true, warmup_day_limit: 20 });
  expect((await ws.ask(`PATCH /v1/senders/${id}`, { warmup_day_limit: 900 })).status).toBe(400);
});

test("the warmup's routes · pause, skip, resume, stop and start anew, each where it says something", async () => {
  const { id } = await addSender();
  const at = `/v1/senders/${id}/warmup`;
  const say = async (word: string, body?: object) => (await ws.ask(`POST ${at}/${word}`, body)).body;
  expect(await say("resume")).toMatchObject({ code: "state_conflict", details: { state: "running" } });
  expect(await say("start", {})).toMatchObject({ code: "state_conflict" });
  expect(await say("pause")).toMatchObject({ state: "paused", budget_today: 20, day_ends_at: null });
  expect(await say("skip", { day: 5 })).toMatchObject({ state: "paused", day: 5, budget_today: 100 });
  expect(await limitOf(id)).toBe(100);
  expect(await say("skip", { day: 15 })).toMatchObject({ code: "validation", field: "day" });
  expect(await say("resume")).toMatchObject({ state: "running", day: 5 });
  expect(await say("stop")).toMatchObject({ state: "stopped", reason: "operator" });
  expect(await limitOf(id)).toBe(null);
  expect(await say("start", { ladder: [5, 10, 20], day: 4 })).toMatchObject({ field: "day" });
  expect(await say("start", { day_seconds: 60 })).toMatchObject({ field: "day_seconds" });
  expect(await say("start", { ladder: [5, 10, 20], day: 2 })).toMatchObject({
    state: "running",
    day: 2,
    budget_today: 10,
    ended_at: null,
  });
  const { body: audit } = await ws.ask("GET /v1/audit-log?limit=7");
  expect(audit.data[0]).toMatchObject({ action: "startWarmup", subject_id: id, change: { day: 2 } });
});

test("days of another length · are for workspaces in test mode", async () => {
  const trial = await api.workspace({
    default_region: "CO",
    test_mode: true,
    settings: { sender_defaults: { warmup_day_seconds: 5 } },
  });
  const { id } = await addSender({}, trial);
  const { body } = await trial.ask(`GET /v1/senders/${id}/warmup`);
  expect(body.day_seconds).toBe(5);
  expect(Date.parse(body.day_ends_at) - Date.parse(body.started_at)).toBe(5_000);
  const live = await api.workspace({
    default_region: "CO",
    settings: { sender_defaults: { warmup_day_seconds: 5 } },
  });
  const { id: real } = await addSender({}, live);
  expect((await live.ask(`GET /v1/senders/${real}/warmup`)).body.day_seconds).toBe(null);
});

test("GET /v1/senders/{id}/warmup/days · pages through the history, newest first", async () => {
  const { id } = await addSender();
  const of = { workspaceId: ws.id, senderId: id };
  for (let night = 0; night < 3; night++) {
    const { day_ends_at } = (await findWarmup(api.database.db, of)) ?? { day_ends_at: new Date() };
    await inTransaction(api.database.db, (tx) =>
      advanceWarmup(tx, of, { at: day_ends_at, quality: "green" }),
    );
  }
  const days = `GET /v1/senders/${id}/warmup/days`;
  const { body: first } = await ws.ask(`${days}?limit=3`);
  expect(first.data[0]).toMatchObject({ n: 4, decision: null, used: null, ended_at: null });
  expect(first.data[1]).toMatchObject({
    n: 3,
    day: 1,
    budget: 20,
    used: 0,
    quality: "green",
    verdict: "idle",
    decision: "hold",
    reasons: ["nothing was sent"],
  });
  const { body: second } = await ws.ask(`${days}?limit=3&cursor=${first.next_cursor}`);
  expect(second).toMatchObject({ data: [{ n: 1 }], next_cursor: null });
});

test("DELETE /v1/senders/{id} · ends the warmup with its sender", async () => {
  const { id } = await addSender();
  expect((await ws.ask(`DELETE /v1/senders/${id}`)).status).toBe(204);
  const warmup = await findWarmup(api.database.db, { workspaceId: ws.id, senderId: id });
  expect(warmup).toMatchObject({ state: "stopped" });
});
