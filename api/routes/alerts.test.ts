import { afterAll, beforeAll, expect, test } from "vitest";
import { openAlert, resolveAlert } from "../../db/alerts.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const open = (workspace_id: string, alert_type: string, severity: string, cause = alert_type) =>
  openAlert(api.database.db, { workspace_id, alert_type, severity, cause });

test("alerts · are listed newest first, by what they are and whether they are open", async () => {
  const { id, ask } = await api.workspace();
  await open(id, "sender_stopped", "critical");
  await open(id, "ban_risk", "high");
  await open(id, "anomaly", "high");
  await resolveAlert(api.database.db, id, "ban_risk");
  const types = async (query: string) =>
    (await ask(`GET /v1/alerts?${query}`)).body.data.map((alert: { alert_type: string }) => alert.alert_type);
  expect(await types("")).toEqual(["anomaly", "ban_risk", "sender_stopped"]);
  expect(await types("open=true")).toEqual(["anomaly", "sender_stopped"]);
  expect(await types("open=false")).toEqual(["ban_risk"]);
  expect(await types("severity=high&open=true")).toEqual(["anomaly"]);
  expect(await types("alert_type=sender_stopped")).toEqual(["sender_stopped"]);
  const first = await ask("GET /v1/alerts?limit=2");
  const second = await ask(`GET /v1/alerts?limit=2&cursor=${first.body.next_cursor}`);
  expect([first.body.data.length, second.body.data.length, second.body.next_cursor]).toEqual([2, 1, null]);
});

test("an alert · is read and resolved once, and by whom is kept", async () => {
  const { id, ask } = await api.workspace();
  await open(id, "ban_risk", "high");
  const [alert] = (await ask("GET /v1/alerts")).body.data;
  const read = await ask(`PATCH /v1/alerts/${alert.id}/read`);
  expect(read.body).toMatchObject({ read_at: expect.any(String), resolved_at: null });
  const resolved = await ask(`PATCH /v1/alerts/${alert.id}/resolve`);
  expect(resolved.body).toMatchObject({ read_at: read.body.read_at, resolved_at: expect.any(String) });
  const [audited] = (await ask("GET /v1/audit-log?action=resolveAlert")).body.data;
  expect(audited).toMatchObject({ subject_id: alert.id, actor_id: resolved.body.resolved_by });
  expect((await ask(`PATCH /v1/alerts/${alert.id}/resolve`)).body).toEqual(resolved.body);
});

test("a resolved alert · lets the same cause open another", async () => {
  const { id, ask } = await api.workspace();
  await open(id, "ban_risk", "high");
  await open(id, "ban_risk", "high");
  const [alert, ...more] = (await ask("GET /v1/alerts")).body.data;
  expect(more).toEqual([]);
  await ask(`PATCH /v1/alerts/${alert.id}/resolve`);
  await open(id, "ban_risk", "high");
  expect((await ask("GET /v1/alerts?open=true")).body.data).toMatchObject([{ alert_type: "ban_risk" }]);
  expect((await ask("GET /v1/alerts")).body.data).toHaveLength(2);
});
