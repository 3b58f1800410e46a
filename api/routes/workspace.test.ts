import { afterAll, beforeAll, expect, test } from "vitest";
import { findWorkspace } from "../../db/workspaces.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("GET /v1/workspace · shows the workspace of the key", async () => {
  const workspace = await api.workspace({ name: "Artek", time_zone: "America/Bogota" });
  const { status, body } = await workspace.ask("GET /v1/workspace");
  expect(status).toBe(200);
  expect(body).toMatchObject({ id: workspace.id, name: "Artek", time_zone: "America/Bogota" });
});

test("PATCH /v1/workspace · changes what is named and writes down the names", async () => {
  const workspace = await api.workspace();
  const { status, body } = await workspace.ask("PATCH /v1/workspace", { test_mode: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({ name: "Test", test_mode: true });
  const entries = await api.database.db
    .selectFrom("audit_log")
    .selectAll()
    .where("workspace_id", "=", workspace.id)
    .where("action", "=", "updateWorkspace")
    .execute();
  expect(entries).toMatchObject([{ change: { test_mode: true }, subject_id: workspace.id }]);
});

test("PATCH /v1/workspace · names a field at fault", async () => {
  const workspace = await api.workspace();
  const { status, headers, body } = await workspace.ask("PATCH /v1/workspace", { time_zone: "Bogota" });
  expect(status).toBe(422);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(body).toMatchObject({ code: "validation", field: "time_zone" });
});

test("the stop switch · keeps the time of the first stop until sending resumes", async () => {
  const workspace = await api.workspace();
  const first = await workspace.ask("POST /v1/workspace/stop-sending");
  const second = await workspace.ask("POST /v1/workspace/stop-sending");
  expect(first.body.sending_stopped_at).not.toBeNull();
  expect(second.body.sending_stopped_at).toBe(first.body.sending_stopped_at);
  const resumed = await workspace.ask("POST /v1/workspace/resume-sending");
  expect(resumed.body.sending_stopped_at).toBeNull();
  expect(api.kicks()).toBeGreaterThan(0);
});

test("PATCH /v1/workspace · lays settings over those set before and shows all with their defaults", async () => {
  const { ask, id } = await api.workspace();
  await ask("PATCH /v1/workspace", { settings: { caps: { per_day: 2 }, require_opt_in: false } });
  const { body } = await ask("PATCH /v1/workspace", { settings: { caps: { per_week: null } } });
  expect(body.settings).toMatchObject({
    require_opt_in: false,
    caps: { per_day: 2, per_week: null },
    sender_defaults: { max_per_hour: 100, max_per_day: 1000 },
  });
  const row = await findWorkspace(api.database.db, id);
  expect(row?.settings).toEqual({ caps: { per_day: 2, per_week: null }, require_opt_in: false });
  const wrong = await ask("PATCH /v1/workspace", {
    settings: { quiet_hours: { week: [] }, caps: { daily: 1 } },
  });
  expect(wrong.body.errors.map((one: { field: string }) => one.field)).toEqual([
    "settings.caps.daily",
    "settings.quiet_hours.week",
  ]);
});

test("PATCH /v1/workspace · takes tones of segments that are there, and names one that is not", async () => {
  const { ask } = await api.workspace();
  const segment = await ask("POST /v1/segments", { name: "VIP", filter: { tag: "vip" } });
  const tones = (segment_id: string) => ({
    settings: { conversations: { segment_tones: [{ segment_id, tone: "professional" }] } },
  });
  const taken = await ask("PATCH /v1/workspace", tones(segment.body.id));
  expect(taken.body.settings.conversations).toMatchObject({
    tone: "friendly",
    segment_tones: [{ segment_id: segment.body.id, tone: "professional" }],
  });
  const stranger = await api.workspace();
  const refused = await stranger.ask("PATCH /v1/workspace", tones(segment.body.id));
  expect(refused.status).toBe(422);
  expect(refused.body.field).toBe("settings.conversations.segment_tones[0].segment_id");
});
