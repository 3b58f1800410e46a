import { z } from "@hono/zod-openapi";
import { databaseNow, type Tx } from "../../db/connect.ts";
import { findSender, findSenderUse, type SenderRow } from "../../db/senders.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { listWarmupDays } from "../../db/warmupDays.ts";
import {
  budgetOf,
  COMMANDED_FROM,
  commandWarmup,
  findWarmup,
  WARMUP_STATES,
  type WarmupCommand,
  type WarmupRow,
} from "../../db/warmups.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { HIGHEST_RUNG, LONGEST_LADDER, QUALITIES } from "../../domain/warmup.ts";
import { wakeSender, wakeWarmup } from "../../workflows/handles.ts";
import type { Auth } from "../auth.ts";
import { NumberKey, pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";
import { beginWarmup, canWarmUp } from "../senderWarmup.ts";

const count = z.number().int();
const ladder = z.array(z.int().min(1).max(HIGHEST_RUNG)).min(1).max(LONGEST_LADDER);
const day = z.int().min(1).max(LONGEST_LADDER).openapi({ description: "Of the ladder, from 1." });

const Warmup = z
  .object({
    sender_id: Id,
    state: z.enum(WARMUP_STATES).openapi({
      description:
        "completed: it has been up the whole ladder; stopped: by an operator; failed: by its figures, the sender is paused.",
    }),
    reason: z.string().nullable(),
    day,
    ladder: z.array(count).openapi({ description: "Messages of each day." }),
    budget_today: count
      .nullable()
      .openapi({ description: "Null where it allows what the sender's limits do." }),
    used_today: count.openapi({
      description:
        "Since midnight in the workspace's time zone; where days have another length, since this one began.",
    }),
    day_ends_at: Timestamp.nullable().openapi({ description: "When the day is judged; null while none is." }),
    day_seconds: count.nullable(),
    started_at: Timestamp,
    ended_at: Timestamp.nullable(),
  })
  .openapi("Warmup");

const WarmupDay = z
  .object({
    n: count,
    day,
    local_date: z.string(),
    budget: count,
    started_at: Timestamp,
    ended_at: Timestamp.nullable().openapi({
      description: "Null while it lasts, as are figures and decision.",
    }),
    used: count.nullable().openapi({ description: "Messages that went to the provider." }),
    sent: count.nullable().openapi({ description: "Messages that the provider took." }),
    delivered: count.nullable(),
    failed: count.nullable(),
    opted_out: count.nullable().openapi({ description: "People." }),
    blocked: count.nullable().openapi({ description: "Messages that were blocked or filtered." }),
    replied: count.nullable().openapi({ description: "People who wrote, and not to opt out." }),
    failures: z.record(z.string(), count).openapi({ description: "By the provider's code." }),
    quality: z.enum(QUALITIES).nullable().openapi({ description: "WhatsApp's rating, where there is one." }),
    verdict: z.enum(["healthy", "poor", "bad", "alarming", "idle"]).nullable(),
    decision: z
      .enum(["next", "hold", "step_back", "stop", "finish", "pause", "skip", "end"])
      .nullable()
      .openapi({ description: "pause, skip and end are an operator's." }),
    reasons: z.array(z.string()),
  })
  .openapi("WarmupDay");

const WarmupStart = z
  .strictObject({
    ladder: ladder.optional().openapi({
      description:
        "The workspace's where it is not given; of e-mail SendGrid's, of which each hour has a 24th.",
    }),
    day: day.optional(),
    day_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .nullable()
      .optional()
      .openapi({ description: "For trials: how long a day lasts. In test mode only." }),
  })
  .openapi("WarmupStart", { example: { ladder: [20, 50, 100, 200, 500, 1000] } });

const WarmupSkip = z.strictObject({ day }).openapi("WarmupSkip", { example: { day: 5 } });

/** A sender's first days. */
export const warmupRoutes: Routes = ({ route }) => {
  const tag = "Senders";
  const shared = { tag, params: IdParams, answer: Warmup } as const;

  route(
    {
      ...shared,
      operationId: "getWarmup",
      method: "get",
      path: "/v1/senders/{id}/warmup",
      summary: "Show a sender's warmup",
    },
    async ({ tx, auth, params }) => {
      await existing(tx, auth, params.id);
      const warmup = await findWarmup(tx, { workspaceId: auth.workspaceId, senderId: params.id });
      if (warmup === undefined) throw never();
      return shown(tx, warmup);
    },
  );

  route(
    {
      operationId: "listWarmupDays",
      method: "get",
      path: "/v1/senders/{id}/warmup/days",
      tag,
      summary: "List the days of a sender's warmup",
      description: "Newest first: what each allowed, what it came to, what was decided and why.",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(WarmupDay),
    },
    async ({ tx, auth, params, query: { limit, cursor } }) => {
      await existing(tx, auth, params.id);
      const before = readCursor(cursor, z.tuple([NumberKey]))?.[0];
      const of = { workspaceId: auth.workspaceId, senderId: params.id };
      return pageFrom(await listWarmupDays(tx, of, { before, limit: limit + 1 }), limit, (row) => [row.n]);
    },
  );

  route(
    {
      ...shared,
      operationId: "startWarmup",
      method: "post",
      path: "/v1/senders/{id}/warmup/start",
      summary: "Start a sender's warmup, or start it anew",
      body: WarmupStart,
      status: 201,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      const sender = await existing(tx, auth, params.id);
      const workspace = await findWorkspace(tx, auth.workspaceId);
      if (workspace === undefined) throw new DomainError("not_found", "The workspace is gone.");
      if (!canWarmUp(sender))
        throw new DomainError(
          "state_conflict",
          "A from-address without an IP pool of its own does not warm up.",
        );
      const warmup = await beginWarmup(tx, workspace, sender, body);
      if (warmup === undefined)
        throw new DomainError("state_conflict", "This sender's warmup is under way.", {
          fix: "Resume it, skip to another day, or stop it first.",
        });
      audit({ change: { fields: Object.keys(body), day: warmup.day } });
      await oweWake(tx, [wakeSender(sender)]);
      return shown(tx, warmup);
    },
  );

  const steer = <B extends z.ZodType = z.ZodUndefined>(
    kind: WarmupCommand["kind"],
    summary: string,
    description: string,
    commandOf: (body: z.output<B>) => WarmupCommand,
    body?: B,
  ) =>
    route(
      {
        ...shared,
        operationId: `${kind}Warmup` as const,
        method: "post",
        path: `/v1/senders/{id}/warmup/${kind}`,
        summary,
        description,
        ...(body !== undefined && { body }),
        errors: ["state_conflict"],
      },
      async ({ tx, auth, params, body: given, audit }) => {
        const sender = await existing(tx, auth, params.id);
        const command = commandOf(given as z.output<B>);
        const of = { workspaceId: auth.workspaceId, senderId: params.id };
        const before = await findWarmup(tx, of);
        if (before === undefined) throw never();
        checkDay(command, before);
        const warmup = await commandWarmup(tx, of, command, await databaseNow(tx));
        if (warmup === undefined) throw unfit(kind, before);
        audit({ change: { ...command } });
        await oweWake(tx, [wakeWarmup(sender), wakeSender(sender)]);
        return shown(tx, warmup);
      },
    );

  steer("pause", "Pause a warmup", "Every day allows what this one does, until it is resumed.", () => ({
    kind: "pause",
  }));
  steer("resume", "Resume a warmup", "It goes on with the day that it was paused on.", () => ({
    kind: "resume",
  }));
  steer("stop", "Stop a warmup", "The sender goes by its own limits at once.", () => ({ kind: "stop" }));
  steer(
    "skip",
    "Skip to a day of a warmup",
    "What has gone out today counts towards the budget of that day.",
    ({ day }) => ({ kind: "skip", day }),
    WarmupSkip,
  );
};

async function shown(tx: Tx, warmup: WarmupRow) {
  const { workspace_id, sender_id, state } = warmup;
  const [sender, use] = await Promise.all([
    findSender(tx, workspace_id, sender_id),
    findSenderUse(tx, workspace_id, sender_id),
  ]);
  return {
    ...warmup,
    ...budgetOf(warmup, { limit: sender?.warmup_day_limit ?? null, used: use?.used_day ?? 0 }),
    day_ends_at: state === "running" ? warmup.day_ends_at : null,
  };
}

async function existing(tx: Tx, auth: Auth, id: string): Promise<SenderRow> {
  const sender = await findSender(tx, auth.workspaceId, id);
  if (sender !== undefined) return sender;
  throw new DomainError("not_found", "There is no such sender.", { fix: "GET /v1/senders lists them." });
}

const never = () =>
  new DomainError("not_found", "This sender has never warmed up.", {
    fix: "POST /v1/senders/{id}/warmup/start begins it.",
  });

function checkDay(command: WarmupCommand, { ladder: days }: WarmupRow): void {
  if (command.kind !== "skip" || command.day <= days.length) return;
  throw new DomainError("validation", `The ladder has ${days.length} days.`, {
    field: "day",
    fix: "Name one of its days, from 1.",
  });
}

const unfit = (kind: WarmupCommand["kind"], { state }: WarmupRow) =>
  new DomainError("state_conflict", `The warmup is ${state}.`, {
    details: { state, possible_from: COMMANDED_FROM[kind] },
    fix: "GET it: its state says what can be done.",
  });
