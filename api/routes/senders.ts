import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { releaseAssignments } from "../../db/rotation.ts";
import {
  findSender,
  findSenderUse,
  insertSender,
  listSenders,
  removeSender,
  type SenderRow,
  updateSender,
} from "../../db/senders.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { remaining, SENDER_KINDS, type SenderKind } from "../../domain/pace.ts";
import { wakeSender } from "../../workflows/handles.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";
import {
  checkAccount,
  checkGap,
  checkMailFields,
  defaultsOf,
  identityOf,
  withReplyTo,
} from "../senderInput.ts";
import { beginWarmup, canWarmUp, dropWarmup } from "../senderWarmup.ts";

const CHANNELS = ["whatsapp", "sms", "email"] as const;

const Sender = z
  .object({
    id: Id,
    provider_account_id: Id.nullable().openapi({ description: "Null: the installation's own account." }),
    channel: z.enum(CHANNELS),
    address: z.string(),
    name: z.string().nullable(),
    country: z.string().nullable(),
    kind: z.enum(SENDER_KINDS),
    status: z
      .enum(["active", "paused", "stopped"])
      .openapi({ description: "stopped: the provider does not let it send any more." }),
    status_reason: z.string().nullable(),
    rotation_enabled: z.boolean(),
    rotation_priority: z.number().int(),
    last_used_at: Timestamp.nullable().openapi({ description: "When a new person was last given to it." }),
    max_per_hour: z.number().int(),
    max_per_day: z.number().int(),
    gap_min_ms: z.number().int().nullable(),
    gap_max_ms: z.number().int().nullable(),
    rate_per_second: z.number().nullable(),
    warmup_enabled: z.boolean(),
    warmup_day_limit: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "What the warmup allows since local midnight; null: no warmup is under way." }),
    ip_pool_name: z.string().nullable().openapi({
      description:
        "Of e-mail: SendGrid's IP pool that it goes out by. One from-address may be several senders.",
    }),
    ip_pool_weight: z
      .number()
      .int()
      .openapi({ description: "Of e-mail: its share of new people, beside the other senders." }),
    reply_to: z.string().nullable(),
    asm_group_id: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "Of e-mail: SendGrid's unsubscribe group." }),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Sender");

const gap = z.int().min(0).max(3_600_000).nullable().optional();
const changeable = {
  provider_account_id: Id.nullable().optional(),
  name: text(200).nullable().optional(),
  rotation_enabled: z.boolean().optional(),
  rotation_priority: z.int().min(-1000).max(1000).optional(),
  max_per_hour: z.int().min(0).max(1_000_000).optional(),
  max_per_day: z.int().min(0).max(10_000_000).optional(),
  gap_min_ms: gap.openapi({
    description: "With gap_max_ms: a random pause between messages. Wins over the rate.",
  }),
  gap_max_ms: gap,
  rate_per_second: z.number().min(0.001).max(1000).nullable().optional(),
  warmup_enabled: z
    .boolean()
    .optional()
    .openapi({ description: "Turned on it starts the sender's warmup; turned off it stops one under way." }),
  ip_pool_weight: z.int().min(1).max(1000).optional().openapi({
    description:
      "Of e-mail: its share of new people, beside the other senders. Less where it is complained about.",
  }),
  reply_to: z
    .string()
    .max(320)
    .nullable()
    .optional()
    .openapi({ description: "Of e-mail: where answers go, where the content does not say." }),
  asm_group_id: z.int().min(1).max(2_147_483_647).nullable().optional().openapi({
    description: "Of e-mail: SendGrid's unsubscribe group, where the content does not say.",
  }),
};
const NewSenderBody = z
  .strictObject({
    channel: z.enum(CHANNELS),
    address: text(320).openapi({ description: "A phone number or short code; for e-mail the from-address." }),
    kind: z
      .enum(SENDER_KINDS)
      .optional()
      .openapi({ description: "Read from the address where it is not given." }),
    ip_pool_name: z.string().min(2).max(64).nullable().optional().openapi({
      description: "Of e-mail: SendGrid's IP pool; none: the account's own. A new pool warms up by the hour.",
    }),
    ...changeable,
  })
  .openapi("NewSender", {
    example: { channel: "whatsapp", address: "+573105550100", name: "Ventas 1", rotation_priority: 10 },
  });
const SenderChange = z
  .strictObject({
    status: z.enum(["active", "paused"]).optional(),
    status_reason: text(200).nullable().optional(),
    ...changeable,
  })
  .openapi("SenderChange", { example: { status: "paused", status_reason: "Number under review" } });

const SenderStats = z
  .object({
    sender_id: Id,
    used_hour: z.number().int().openapi({ description: "Messages in the last 60 minutes." }),
    used_day: z
      .number()
      .int()
      .openapi({ description: "Messages since midnight in the workspace's time zone." }),
    max_per_hour: z.number().int(),
    max_per_day: z.number().int(),
    warmup_day_limit: z.number().int().nullable(),
    remaining: z.number().int().openapi({ description: "What all limits together allow now." }),
    queued: z.number().int(),
    oldest_due_at: Timestamp.nullable(),
    next_send_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable(),
  })
  .openapi("SenderStats");

const Key = z.tuple([z.guid()]);

/** The outgoing identities: phone numbers and from-addresses. */
export const senderRoutes: Routes = ({ route }) => {
  const tag = "Senders";

  route(
    {
      operationId: "listSenders",
      method: "get",
      path: "/v1/senders",
      tag,
      summary: "List the senders",
      query: PageQuery.extend({
        channel: z.enum(CHANNELS).optional(),
        status: z.enum(["active", "paused", "stopped"]).optional(),
      }),
      answer: pageOf(Sender),
    },
    async ({ tx, auth, query: { limit, cursor, ...filter } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listSenders(tx, auth.workspaceId, filter, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createSender",
      method: "post",
      path: "/v1/senders",
      tag,
      summary: "Create a sender",
      body: NewSenderBody,
      status: 201,
      answer: Sender,
      errors: ["conflict", "not_found"],
    },
    async ({ tx, auth, body, audit }) => {
      const { address, kind, channel, ...fields } = body;
      checkGap(fields);
      checkMailFields(channel, fields);
      await checkAccount(tx, auth.workspaceId, channel, fields.provider_account_id);
      const workspace = await findWorkspace(tx, auth.workspaceId);
      if (!workspace) throw new DomainError("not_found", "The workspace is gone.");
      const identity = identityOf(workspace, channel, address);
      const wanted = given(withReplyTo(fields));
      const sender = await insertSender(tx, auth.workspaceId, {
        ...defaultsOf(workspace, kind ?? identity.kind, wanted),
        ...wanted,
        ...identity,
        channel,
        kind: kind ?? identity.kind,
      });
      audit({ change: { channel, kind: sender.kind } });
      await oweWake(tx, [wakeSender(sender)]);
      if (!sender.warmup_enabled || !canWarmUp(sender)) return sender;
      await beginWarmup(tx, workspace, sender);
      return existing(tx, auth.workspaceId, sender.id);
    },
  );

  route(
    {
      operationId: "getSender",
      method: "get",
      path: "/v1/senders/{id}",
      tag,
      summary: "Show a sender",
      params: IdParams,
      answer: Sender,
    },
    ({ tx, auth, params }) => existing(tx, auth.workspaceId, params.id),
  );

  route(
    {
      operationId: "updateSender",
      method: "patch",
      path: "/v1/senders/{id}",
      tag,
      summary: "Change, pause or resume a sender",
      params: IdParams,
      body: SenderChange,
      answer: Sender,
      errors: ["conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      const before = await existing(tx, auth.workspaceId, params.id);
      checkGap({ ...before, ...given(body) });
      checkMailFields(before.channel, body);
      await checkAccount(tx, auth.workspaceId, before.channel, body.provider_account_id);
      const reason = body.status === "active" ? { status_reason: body.status_reason ?? null } : {};
      const after = await updateSender(tx, auth.workspaceId, params.id, {
        ...given(withReplyTo(body)),
        ...reason,
      });
      if (!after) throw noneFound();
      audit({ change: { fields: Object.keys(body), ...(body.status && { status: body.status }) } });
      await oweWake(tx, [wakeSender(after)]);
      if (after.warmup_enabled === before.warmup_enabled || !canWarmUp(after)) return after;
      const workspace = await findWorkspace(tx, auth.workspaceId);
      if (!after.warmup_enabled) await dropWarmup(tx, after);
      else if (workspace) await beginWarmup(tx, workspace, after);
      return existing(tx, auth.workspaceId, params.id);
    },
  );

  route(
    {
      operationId: "removeSender",
      method: "delete",
      path: "/v1/senders/{id}",
      tag,
      summary: "Remove a sender",
      description:
        "Its people get another number with their next message. Refused while messages wait for it.",
      params: IdParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, audit }) => {
      await dropWarmup(tx, await existing(tx, auth.workspaceId, params.id));
      const removed = await removeSender(tx, auth.workspaceId, params.id);
      if (!removed) {
        throw new DomainError("state_conflict", "Messages wait for this sender or are under way.", {
          fix: "Pause it, cancel what waits, and remove it when nothing is queued or unsettled.",
        });
      }
      audit({ change: { released: await releaseAssignments(tx, auth.workspaceId, params.id) } });
      await oweWake(tx, [wakeSender(removed)]);
    },
  );

  route(
    {
      operationId: "getSenderStats",
      method: "get",
      path: "/v1/senders/{id}/stats",
      tag,
      summary: "Show what a sender has used of its limits, and what waits for it",
      params: IdParams,
      answer: SenderStats,
    },
    async ({ tx, auth, params }) => {
      const sender = await existing(tx, auth.workspaceId, params.id);
      const use = await findSenderUse(tx, auth.workspaceId, params.id);
      if (!use) throw noneFound();
      const { max_per_hour, max_per_day, warmup_day_limit, last_used_at } = sender;
      const used = { hour: use.used_hour, day: use.used_day };
      return {
        ...use,
        sender_id: sender.id,
        max_per_hour,
        max_per_day,
        warmup_day_limit,
        last_used_at,
        remaining: remaining(
          { kind: sender.kind as SenderKind, max_per_hour, max_per_day, warmup_day_limit },
          used,
        ),
      };
    },
  );
};

function noneFound(): DomainError {
  return new DomainError("not_found", "There is no such sender.", { fix: "GET /v1/senders lists them." });
}

async function existing(tx: Tx, workspaceId: string, id: string): Promise<SenderRow> {
  const sender = await findSender(tx, workspaceId, id);
  if (!sender) throw noneFound();
  return sender;
}
