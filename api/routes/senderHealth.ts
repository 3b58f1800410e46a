import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { findHealth, findHealthWindows } from "../../db/emailHealth.ts";
import { findSender } from "../../db/senders.ts";
import { emailDomain } from "../../domain/address.ts";
import { CHECK_VERDICTS, checkDomain } from "../../domain/email/authentication.ts";
import { HEALTH_LEVELS, ratesOf } from "../../domain/email/health.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Timestamp } from "../schemas.ts";

const rate = z
  .number()
  .nullable()
  .openapi({ description: "Percent with two decimals; null: nothing to compare with." });
const count = z.int();
const Finding = z.object({
  metric: z.enum(["complaint_rate", "bounce_rate", "deferral_rate"]),
  hours: count,
  domain: z.string().nullable().openapi({ description: "The receiving domain; null: all together." }),
  value: z.number(),
  limit: z.number(),
});
const Window = z.object({
  hours: count.openapi({ description: "How many hours back." }),
  domain: z.string().nullable().openapi({ description: "The receiving domain; null: all together." }),
  processed: count,
  deferred: count,
  delivered: count,
  bounced: count.openapi({ description: "For good." }),
  blocked: count.openapi({ description: "For now." }),
  complained: count,
  complaint_rate: rate,
  bounce_rate: rate,
  deferral_rate: rate,
});
const SenderHealth = z
  .object({
    sender_id: Id,
    level: z.enum(HEALTH_LEVELS).openapi({
      description:
        "By complaints of what was delivered. warn (0.08 %): an alert; slow (0.10 %): a quarter of the hourly budget, and campaigns that were started after `holds_since` wait; stop (0.30 %): out of service.",
    }),
    level_since: Timestamp.nullable(),
    holds_since: Timestamp.nullable(),
    judged_at: Timestamp.nullable().openapi({
      description: "Every five minutes while there is something to judge.",
    }),
    findings: z.array(Finding).openapi({ description: "What is too high, as it was last judged." }),
    windows: z.array(Window).openapi({ description: "The figures as they are now." }),
  })
  .openapi("SenderHealth");

const SenderDomain = z
  .object({
    sender_id: Id,
    domain: z.string(),
    verdict: z.enum(CHECK_VERDICTS).openapi({ description: "The worst of the checks." }),
    checks: z.array(
      z.object({
        check: z.enum(["spf", "dkim", "dmarc"]),
        verdict: z.enum(CHECK_VERDICTS),
        record: z.string().nullable().openapi({ description: "What was found." }),
        detail: z.string(),
        fix: z.string().nullable(),
      }),
    ),
  })
  .openapi("SenderDomain");

/** How a sender of e-mail is taken by those who receive it, and what its domain says of itself. */
export const senderHealthRoutes: Routes = ({ route, ask }, deps) => {
  const tag = "Senders";

  route(
    {
      operationId: "getSenderHealth",
      method: "get",
      path: "/v1/senders/{id}/health",
      tag,
      summary: "Show how receiving servers and people take a sender's e-mail",
      params: IdParams,
      answer: SenderHealth,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params }) => {
      const { id } = await mailSender(tx, auth.workspaceId, params.id);
      const { figures, ...health } = await findHealth(tx, auth.workspaceId, id);
      const windows = await findHealthWindows(tx, id);
      return {
        ...health,
        findings: figures.findings ?? [],
        windows: windows.map((window) => ({ ...window, ...ratesOf(window) })),
      };
    },
  );

  ask(
    {
      operationId: "getSenderDomain",
      method: "get",
      path: "/v1/senders/{id}/domain",
      tag,
      summary: "Check SPF, DKIM and DMARC of a sender's from-domain",
      description: "Asked of DNS, and good for a quarter of an hour.",
      params: IdParams,
      answer: SenderDomain,
      errors: ["state_conflict"],
      changes: false,
    },
    async ({ auth, params, inWorkspace }) => {
      const { id, address } = await inWorkspace((tx) => mailSender(tx, auth.workspaceId, params.id));
      const domain = emailDomain(address);
      const checks = checkDomain(await deps.recordsOf(domain));
      const worst = (["fail", "unknown", "warn"] as const).find((verdict) =>
        checks.some((check) => check.verdict === verdict),
      );
      return { sender_id: id, domain, verdict: worst ?? "pass", checks };
    },
  );
};

async function mailSender(tx: Tx, workspaceId: string, id: string) {
  const sender = await findSender(tx, workspaceId, id);
  if (sender === undefined) throw new DomainError("not_found", "There is no such sender.");
  if (sender.channel !== "email")
    throw new DomainError("state_conflict", "This is of senders of e-mail alone.", {
      fix: "GET /v1/senders/{id}/stats is of every sender.",
    });
  return sender;
}
