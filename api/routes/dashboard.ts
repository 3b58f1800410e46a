import { z } from "@hono/zod-openapi";
import { RATED_DAYS, readDashboard } from "../../db/dashboard.ts";
import { count } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";
import { Rate } from "../schemas.ts";

const Dashboard = z
  .object({
    total_messages_sent: count(
      "All that ever went out: those that the provider has answered about, refused ones too.",
    ),
    total_messages_received: count(),
    total_contacts: count("Without those who were erased."),
    total_campaigns: count(),
    active_campaigns: count("Those that are running."),
    avg_response_rate: Rate.openapi({
      description: `Mean of replied / sent over the campaigns that have sent within ${RATED_DAYS} days, each counted alike.`,
    }),
    today_messages: count("Sent and received since the workspace's midnight."),
    this_week_messages: count("The same since its Monday."),
  })
  .openapi("Dashboard");

/** How a workspace stands, at one look. */
export const dashboardRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getDashboard",
      method: "get",
      path: "/v1/analytics/dashboard",
      tag: "Analytics",
      summary: "Show how the workspace stands now",
      answer: Dashboard,
    },
    async ({ tx, auth }) => readDashboard(tx, auth.workspaceId),
  );
};
