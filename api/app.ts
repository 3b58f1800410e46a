import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { Registry } from "prom-client";
import { DomainError } from "../domain/errors.ts";
import type { ApiDeps, App, AppEnv } from "./deps.ts";
import { registerComponents, registerDocs } from "./docs.ts";
import { registerHealth } from "./health.ts";
import { methodsOf } from "./methods.ts";
import { observe } from "./observe.ts";
import { faultOf, methodProblem, problemOf, problemResponse, validationError } from "./problem.ts";
import { limitRate } from "./rateLimit.ts";
import { preferencePages } from "./pages/preferences.ts";
import { createApi, type Routes } from "./route.ts";
import { aiRoutes } from "./routes/ai.ts";
import { banRiskRoutes } from "./routes/banRisk.ts";
import { campaignVariantRoutes } from "./routes/campaignVariants.ts";
import { rewritingRoutes } from "./routes/rewriting.ts";
import { aiUsageRoutes } from "./routes/aiUsage.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { apiKeyRoutes } from "./routes/apiKeys.ts";
import { auditLogRoutes } from "./routes/auditLog.ts";
import { conversationAssignmentRoutes } from "./routes/conversationAssignment.ts";
import { conversationBurstRoutes } from "./routes/conversationBursts.ts";
import { conversationDraftRoutes } from "./routes/conversationDrafts.ts";
import { conversationEventRoutes } from "./routes/conversationEvents.ts";
import { conversationMessageRoutes } from "./routes/conversationMessages.ts";
import { conversationNoteRoutes } from "./routes/conversationNotes.ts";
import { conversationStartRoutes } from "./routes/conversationStart.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { keywordAnswerRoutes } from "./routes/keywordAnswers.ts";
import { knowledgeRoutes } from "./routes/knowledge.ts";
import { callRoutes } from "./routes/calls.ts";
import { campaignAnalyticsRoutes } from "./routes/campaignAnalytics.ts";
import { campaignCanaryRoutes } from "./routes/campaignCanary.ts";
import { campaignMailRoutes } from "./routes/campaignMail.ts";
import { campaignMessageRoutes } from "./routes/campaignMessages.ts";
import { campaignPreflightRoutes } from "./routes/campaignPreflight.ts";
import { campaignRoutes } from "./routes/campaigns.ts";
import { emailCallRoutes } from "./routes/emailCalls.ts";
import { emailCampaignRoutes } from "./routes/emailCampaigns.ts";
import { emailFileRoutes } from "./routes/emailFiles.ts";
import { emailInboundRoutes } from "./routes/emailInbound.ts";
import { emailPreviewRoutes } from "./routes/emailPreviews.ts";
import { emailTestSendRoutes } from "./routes/emailTestSend.ts";
import { emailTopicRoutes } from "./routes/emailTopics.ts";
import { erasureRoutes } from "./routes/erasures.ts";
import { enrollmentRoutes } from "./routes/enrollments.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { messageTimelineRoutes } from "./routes/messageTimeline.ts";
import { messageAnalyticsRoutes } from "./routes/messageAnalytics.ts";
import { conversationAnalyticsRoutes } from "./routes/conversationAnalytics.ts";
import { keywordAnalyticsRoutes } from "./routes/keywordAnalytics.ts";
import { atRiskRoutes } from "./routes/atRisk.ts";
import { funnelRoutes } from "./routes/funnel.ts";
import { geographyRoutes } from "./routes/geography.ts";
import { leadDistributionRoutes } from "./routes/leadDistribution.ts";
import { operatorAnalyticsRoutes } from "./routes/operatorAnalytics.ts";
import { sendTimeRoutes } from "./routes/sendTimes.ts";
import { growthRoutes } from "./routes/growth.ts";
import { numberAnalyticsRoutes } from "./routes/numberAnalytics.ts";
import { numberStatsRoutes } from "./routes/numberStats.ts";
import { leadScoreFitRoutes } from "./routes/leadScoreFits.ts";
import { leadRoutes } from "./routes/leads.ts";
import { importRejectRoutes } from "./routes/importRejects.ts";
import { importRoutes } from "./routes/imports.ts";
import { memberRoutes } from "./routes/members.ts";
import { messageRoutes } from "./routes/messages.ts";
import { providerAccountRoutes } from "./routes/providerAccounts.ts";
import { testAllowlistRoutes } from "./routes/testAllowlist.ts";
import { consentRoutes } from "./routes/consents.ts";
import { contactExportRoutes } from "./routes/contactExport.ts";
import { contactListRoutes } from "./routes/contactLists.ts";
import { contactRoutes } from "./routes/contacts.ts";
import { conversionRoutes } from "./routes/conversions.ts";
import { segmentRoutes } from "./routes/segments.ts";
import { senderHealthRoutes } from "./routes/senderHealth.ts";
import { senderRoutes } from "./routes/senders.ts";
import { sequenceRoutes } from "./routes/sequences.ts";
import { scrubListRoutes } from "./routes/scrubLists.ts";
import { suppressionRoutes } from "./routes/suppressions.ts";
import { templateRoutes } from "./routes/templates.ts";
import { transcriptRoutes } from "./routes/transcripts.ts";
import { timelineRoutes } from "./routes/timeline.ts";
import { warmupRoutes } from "./routes/warmup.ts";
import { workspaceRoutes } from "./routes/workspace.ts";
import { WebhookIntake } from "./webhooks/intake.ts";
import { sendgridWebhooks } from "./webhooks/sendgrid.ts";
import { sendgridInbound } from "./webhooks/sendgridInbound.ts";
import { twilioWebhooks } from "./webhooks/twilio.ts";

const resources: Routes[] = [
  workspaceRoutes,
  importRoutes,
  importRejectRoutes,
  testAllowlistRoutes,
  memberRoutes,
  apiKeyRoutes,
  providerAccountRoutes,
  auditLogRoutes,
  templateRoutes,
  emailCallRoutes,
  emailCampaignRoutes,
  emailPreviewRoutes,
  emailTestSendRoutes,
  emailFileRoutes,
  emailInboundRoutes,
  emailTopicRoutes,
  senderRoutes,
  senderHealthRoutes,
  warmupRoutes,
  suppressionRoutes,
  scrubListRoutes,
  segmentRoutes,
  contactListRoutes,
  consentRoutes,
  contactRoutes,
  erasureRoutes,
  contactExportRoutes,
  timelineRoutes,
  campaignRoutes,
  campaignMessageRoutes,
  campaignMailRoutes,
  campaignCanaryRoutes,
  campaignPreflightRoutes,
  sequenceRoutes,
  enrollmentRoutes,
  messageRoutes,
  conversationEventRoutes,
  conversationStartRoutes,
  conversationRoutes,
  conversationMessageRoutes,
  conversationAssignmentRoutes,
  conversationBurstRoutes,
  conversationDraftRoutes,
  conversationNoteRoutes,
  keywordAnswerRoutes,
  knowledgeRoutes,
  callRoutes,
  transcriptRoutes,
  aiRoutes,
  rewritingRoutes,
  campaignVariantRoutes,
  banRiskRoutes,
  aiUsageRoutes,
  leadRoutes,
  leadScoreFitRoutes,
  conversionRoutes,
  dashboardRoutes,
  messageTimelineRoutes,
  messageAnalyticsRoutes,
  conversationAnalyticsRoutes,
  keywordAnalyticsRoutes,
  numberAnalyticsRoutes,
  numberStatsRoutes,
  growthRoutes,
  funnelRoutes,
  geographyRoutes,
  leadDistributionRoutes,
  operatorAnalyticsRoutes,
  sendTimeRoutes,
  atRiskRoutes,
  campaignAnalyticsRoutes,
  alertRoutes,
];

const whereOf: Record<string, string> = { json: "body", query: "query", header: "headers" };

/** The whole HTTP interface over what it is given; it listens nowhere itself. */
export function createApp(deps: ApiDeps): App {
  const { log, config } = deps;
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === "param") throw noSuchId(result.error.issues);
      throw validationError(whereOf[result.target] ?? result.target, result.error.issues);
    },
  });
  registerComponents(app);
  const registry = new Registry();
  app.use(requestId(), observe(log, registry));
  // Before all that only clients and browsers need: thousands of receipts come in a second.
  const intake = new WebhookIntake(deps, registry);
  twilioWebhooks(app, deps, intake);
  sendgridWebhooks(app, deps, intake);
  sendgridInbound(app, deps, intake);
  app.use(secureHeaders());
  const origins = config.CORS_ORIGINS.split(",")
    .map((origin) => origin.trim())
    .filter(Boolean);
  if (origins.length > 0)
    app.use("/v1/*", cors({ origin: origins, exposeHeaders: ["X-Request-Id", "RateLimit", "Retry-After"] }));
  app.use("/v1/*", limitRate(config.RATE_LIMIT_PER_MINUTE));

  preferencePages(app, deps);

  const methods = methodsOf(app);
  const refuseMethod = (c: Context<AppEnv>, allowed: readonly string[]) => {
    c.header("Allow", allowed.join(", "));
    return problemResponse(c, methodProblem(allowed, c.var.requestId));
  };
  app.use(async (c, next) => {
    const allowed = methods.ofExact(c.req.path);
    if (allowed.length === 0 || allowed.includes(c.req.method) || c.req.method === "HEAD") return next();
    return refuseMethod(c, allowed);
  });

  const api = createApi(app, deps);
  for (const routes of resources) routes(api, deps);
  registerHealth(app, deps, registry);
  registerDocs(app);

  app.onError((error, c) => {
    const problem = problemOf(error, c.var.requestId);
    if (problem.status >= 500)
      log.error(
        { fault: faultOf(error), request_id: c.var.requestId, route: c.get("pattern") },
        "request failed",
      );
    return problemResponse(c, problem);
  });
  app.notFound((c) => {
    const allowed = methods.ofUntaken(c.req.path);
    return allowed.length > 0
      ? refuseMethod(c, allowed)
      : problemResponse(c, problemOf(noSuchPath(), c.var.requestId));
  });
  return app;
}

/** What is no id names nothing. */
const noSuchId = ([fault]: readonly { path: readonly PropertyKey[] }[]) =>
  new DomainError("not_found", "There is nothing with this id.", {
    field: String(fault?.path[0] ?? "path"),
    fix: "Ids are UUIDs, as the API gave them.",
  });

const noSuchPath = () =>
  new DomainError("not_found", "There is nothing at this path.", {
    fix: "See /docs for the paths that exist.",
  });
