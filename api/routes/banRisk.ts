import { z } from "@hono/zod-openapi";
import { resolveAlert } from "../../db/alerts.ts";
import { databaseNow, type Tx } from "../../db/connect.ts";
import { readSenderFigures } from "../../db/senderFigures.ts";
import { findSenderRisk, overrideRisk, riskCause } from "../../db/senderRisks.ts";
import { findSender } from "../../db/senders.ts";
import { riskOfSender } from "../../domain/banRiskSender.ts";
import { WATCH_STATES } from "../../domain/banRiskWatch.ts";
import { DomainError } from "../../domain/errors.ts";
import { RISK_LEVELS, riskOfText } from "../../domain/language/banRisk.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, text, Timestamp } from "../schemas.ts";

const LONGEST_HOURS = 168;
const Hours = z.number().int().min(1).max(LONGEST_HOURS);

const AssessBanRisk = z
  .strictObject({
    message: text(4000).optional().openapi({ description: "A text; or name a sender." }),
    sender_id: Id.optional(),
    phone_number_id: Id.optional().openapi({ description: "Taken as sender_id." }),
    hours: Hours.optional().openapi({ description: "What of a sender is looked at; 24 where not given." }),
  })
  .openapi("AssessBanRisk", {
    example: { message: "Hola {name|amigo}, soy Valeria de Artek Mar. ¿Te gustaría conocer el proyecto?" },
  });

const Metrics = z.object({
  total_messages: z.number().int(),
  messages_per_hour: z.number().int().openapi({ description: "In the busiest sixty minutes." }),
  response_rate: z
    .number()
    .nullable()
    .openapi({ description: "Percent of what was sent; null where nothing was." }),
  blocked_count: z.number().int().openapi({ description: "Blocked by people, or filtered." }),
});

const risk = {
  risk_score: z.number().openapi({ description: "0–100.", example: 12.5 }),
  risk_level: z.enum(RISK_LEVELS).openapi({ description: "From 30 medium, from 60 high, from 80 critical." }),
  factors: z.array(z.string()).openapi({
    description: "Each with its figure; of a text, with its points too.",
    example: ["Very high message volume: 125/hour (limit 100)", "Low response rate: 3 %"],
  }),
  recommendations: z.array(z.string()),
};
export const BanRisk = z
  .object({ ...risk, metrics: Metrics.optional().openapi({ description: "Of a sender." }) })
  .openapi("BanRisk");

const SenderBanRisk = z
  .object({
    sender_id: Id,
    state: z.enum(WATCH_STATES).openapi({
      description: "braked: it was critical, its campaigns were paused, and it has not been calm for long.",
    }),
    ...risk,
    metrics: Metrics.partial(),
    assessed_at: Timestamp,
    braked_at: Timestamp.nullable(),
    override_until: Timestamp.nullable().openapi({ description: "Until then nothing is paused for it." }),
    override_reason: z.string().nullable(),
  })
  .openapi("SenderBanRisk");

const Override = z
  .strictObject({
    reason: text(500),
    hours: Hours.default(24).openapi({ description: "How long nothing is paused for it." }),
  })
  .openapi("BanRiskOverride", {
    example: { reason: "The complaints came from a list that is deleted.", hours: 12 },
  });

const HOUR_MS = 3_600_000;

/** What burns a number: a text, or what it has sent. */
export const banRiskRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "assessBanRisk",
      method: "post",
      path: "/v1/ai/ban-risk",
      tag: "AI",
      summary: "Say how likely a text burns the number it is sent from, or a number is burnt by what it sent",
      description:
        "A text by a spam model and named factors, without a key; a sender by its last hours. Nothing is stored.",
      body: AssessBanRisk,
      answer: BanRisk,
      errors: ["not_found"],
      changes: false,
    },
    async ({ tx, auth, body: { message, sender_id, phone_number_id, hours = 24 } }) => {
      const senderId = sender_id ?? phone_number_id;
      if ((message === undefined) === (senderId === undefined))
        throw new DomainError("validation", "Either a text or a sender is judged.", {
          field: senderId === undefined ? "message" : "sender_id",
          fix: "Give exactly one of message and sender_id.",
        });
      if (message !== undefined) return riskOfText(message);
      await existing(tx, auth.workspaceId, senderId as string);
      const to = await databaseNow(tx);
      const from = new Date(to.getTime() - hours * HOUR_MS);
      const [sender] = await readSenderFigures(tx, [senderId as string], { from, to });
      if (sender === undefined) throw noSender();
      return riskOfSender(sender.figures);
    },
  );

  route(
    {
      operationId: "getSenderBanRisk",
      method: "get",
      path: "/v1/senders/{id}/ban-risk",
      tag: "Senders",
      summary: "The ban risk of a sender as the last check of every half hour left it",
      params: IdParams,
      answer: SenderBanRisk,
    },
    async ({ tx, auth, params: { id } }) => {
      await existing(tx, auth.workspaceId, id);
      const row = await findSenderRisk(tx, auth.workspaceId, id);
      if (row !== undefined) return { ...row, ...asStored(row) };
      throw new DomainError("not_found", "This sender has not been judged yet: it has sent nothing.", {
        fix: "POST /v1/ai/ban-risk with its sender_id judges it now.",
      });
    },
  );

  route(
    {
      operationId: "overrideSenderBanRisk",
      method: "post",
      path: "/v1/senders/{id}/ban-risk/override",
      tag: "Senders",
      summary: "Let a sender go on whatever its ban risk, for some hours and for a reason",
      description:
        "Its alert is resolved. Campaigns that were paused stay paused until somebody resumes them; the next check after the hours are over may pause them again.",
      params: IdParams,
      body: Override,
      answer: SenderBanRisk,
    },
    async ({ tx, auth, params: { id }, body: { reason, hours }, audit }) => {
      await existing(tx, auth.workspaceId, id);
      const now = await databaseNow(tx);
      const until = new Date(now.getTime() + hours * HOUR_MS);
      const of = { workspaceId: auth.workspaceId, senderId: id };
      const row = await overrideRisk(tx, of, { keyId: auth.keyId, reason, until, now });
      await resolveAlert(tx, auth.workspaceId, riskCause(id), auth.keyId);
      audit({ subject_id: id, change: { hours, reason } });
      return { ...row, ...asStored(row) };
    },
  );
};

/** Single precision in the row: as the score was. */
const asStored = (row: { risk_score: number; risk_level: string; state: string; metrics: unknown }) => ({
  risk_score: Math.round(10 * row.risk_score) / 10,
  risk_level: row.risk_level as (typeof RISK_LEVELS)[number],
  state: row.state as (typeof WATCH_STATES)[number],
  metrics: row.metrics as Partial<z.infer<typeof Metrics>>,
});

async function existing(tx: Tx, workspaceId: string, id: string): Promise<void> {
  if ((await findSender(tx, workspaceId, id)) === undefined) throw noSender();
}

const noSender = () =>
  new DomainError("not_found", "There is no such sender.", { fix: "GET /v1/senders lists them." });
