import { z } from "@hono/zod-openapi";
import { ALERT_SEVERITIES, listAlerts, readAlert, resolveAlertById } from "../../db/alerts.ts";
import { DomainError } from "../../domain/errors.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const Alert = z
  .object({
    id: Id,
    alert_type: z.string().openapi({ example: "sender_stopped" }),
    severity: z.enum(ALERT_SEVERITIES),
    cause: z.string().openapi({ description: "One alert is open for one cause." }),
    subject_kind: z.string().nullable().openapi({ example: "sender" }),
    subject_id: Id.nullable(),
    metric_value: z.number().nullable(),
    threshold_value: z.number().nullable(),
    suggestion: z.string().nullable().openapi({ description: "What to do about it." }),
    detail: z.record(z.string(), z.unknown()),
    created_at: Timestamp,
    read_at: Timestamp.nullable(),
    resolved_at: Timestamp.nullable(),
    resolved_by: Id.nullable().openapi({ description: "The API key; null where the cause went by itself." }),
  })
  .openapi("Alert");

const Filter = PageQuery.extend({
  open: z.enum(["true", "false"]).optional().openapi({ description: "Those that are not resolved." }),
  alert_type: z.string().max(100).optional(),
  severity: z.enum(ALERT_SEVERITIES).optional(),
});

const Key = z.tuple([z.guid()]);
const noneFound = () =>
  new DomainError("not_found", "There is no such alert.", { fix: "GET /v1/alerts lists them." });

/** What needs somebody's attention. */
export const alertRoutes: Routes = ({ route }) => {
  const tag = "Alerts";

  route(
    {
      operationId: "listAlerts",
      method: "get",
      path: "/v1/alerts",
      tag,
      summary: "List alerts, newest first",
      query: Filter,
      answer: pageOf(Alert),
    },
    async ({ tx, auth, query: { limit, cursor, open, ...filter } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const wanted = { ...filter, open: open === undefined ? undefined : open === "true" };
      const rows = await listAlerts(tx, auth.workspaceId, wanted, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "readAlert",
      method: "patch",
      path: "/v1/alerts/{id}/read",
      tag,
      summary: "Mark an alert as read",
      params: IdParams,
      answer: Alert,
    },
    async ({ tx, auth, params }) => {
      const alert = await readAlert(tx, auth.workspaceId, params.id);
      if (!alert) throw noneFound();
      return alert;
    },
  );

  route(
    {
      operationId: "resolveAlert",
      method: "patch",
      path: "/v1/alerts/{id}/resolve",
      tag,
      summary: "Resolve an alert",
      description: "Where its cause is still there, or comes back, another alert is opened.",
      params: IdParams,
      answer: Alert,
    },
    async ({ tx, auth, params, audit }) => {
      const alert = await resolveAlertById(tx, auth.workspaceId, params.id, auth.keyId);
      if (!alert) throw noneFound();
      audit({ change: { alert_type: alert.alert_type } });
      return alert;
    },
  );
};
