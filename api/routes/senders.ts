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
import { remaining, type SenderKind } from "../../domain/pace.ts";
import { wakeSender } from "../../workflows/handles.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { IdParams, PageQuery, pageOf } from "../schemas.ts";
import {
  checkAccount,
  checkGap,
  checkMailFields,
  defaultsOf,
  identityOf,
  withReplyTo,
} from "../senderInput.ts";
import { CHANNELS, NewSenderBody, Sender, SenderChange, SenderStats } from "../senderSchemas.ts";
import { beginWarmup, canWarmUp, dropWarmup } from "../senderWarmup.ts";

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
      const { max_per_day, warmup_day_limit, last_used_at } = sender;
      const { max_per_hour } = use;
      const used = { hour: use.used_hour, day: use.used_day };
      return {
        ...use,
        sender_id: sender.id,
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
