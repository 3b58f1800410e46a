import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { BehaviourRule } from "./behaviours.ts";
import { FaultSet } from "./faults.ts";
import { firstSince, ledgerOf, messageRow, recipientsOf } from "./ledger.ts";
import { body, flag, nextOf, oneOrMany, pageOf, parse, spanOf } from "./requests.ts";
import type { Sandbox } from "./sandbox.ts";
import { MailRule } from "./sendgrid/behaviours.ts";
import { Settings } from "./settings.ts";
import { hostMedia } from "./twilio/media.ts";
import type { Account, Message } from "./twilio/model.ts";
import { namedSid } from "./twilio/namedSid.ts";
import { messageSid, seqOf } from "./twilio/sid.ts";
import { acknowledged } from "./webhooks.ts";

const NewAccount = z.strictObject({
  sid: z.string().regex(/^AC[0-9A-Za-z]{1,64}$/),
  token: z.string().min(1),
  /** Accepted beside `token` while tokens are being rotated. */
  secondary_token: z.string().min(1).optional(),
  owner_sid: z.string().optional(),
  friendly_name: z.string().optional(),
  inbound_url: z.url().optional(),
});

const NewNumber = z.strictObject({
  address: z.string().min(1),
  account_sid: z.string().optional(),
  inbound_url: z.url().optional(),
  voice_url: z.url().optional(),
  status_url: z.url().optional(),
  /** What Meta thinks of a WhatsApp number; none until it is rated. */
  quality_rating: z.enum(["HIGH", "MEDIUM", "LOW"]).optional(),
});

const SaidBy = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1),
  body: z.string().default(""),
  account_sid: z.string().optional(),
  media: z
    .array(
      z.union([
        z.strictObject({ url: z.url(), content_type: z.string() }),
        z.strictObject({ base64: z.base64(), content_type: z.string() }),
      ]),
    )
    .optional(),
  button: z.strictObject({ text: z.string(), payload: z.string() }).optional(),
  profile_name: z.string().optional(),
  opt_out_type: z.enum(["STOP", "START", "HELP"]).optional(),
  external_user_id: z.string().optional(),
  replied_message_sid: z.string().optional(),
  /** false: answers before the webhook has been answered. */
  wait: z.boolean().default(true),
});

const NewApproval = z.strictObject({
  content_sid: z.string(),
  status: z.string().min(1),
  rejection_reason: z.string().default(""),
});

/** The routes by which tests and tools steer the stand-in and judge by it. Not part of any provider's API. */
export function controlRoutes(sandbox: Sandbox): Hono {
  const app = new Hono();
  app.route("/", setupRoutes(sandbox));
  app.route("/", judgeRoutes(sandbox));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
    throw error;
  });
  return app;
}

function setupRoutes(sandbox: Sandbox): Hono {
  const { state } = sandbox;
  const app = new Hono();

  app.post("/settings", async (c) => {
    const asked = parse(z.record(z.string(), z.unknown()), await body(c.req.raw));
    sandbox.record({ k: "settings", v: parse(Settings, { ...state.settings, ...asked }) });
    return c.json(state.settings);
  });
  app.get("/settings", (c) => c.json(state.settings));

  app.post("/accounts", async (c) => {
    for (const asked of parse(oneOrMany(NewAccount), await body(c.req.raw))) {
      sandbox.record({
        k: "account",
        sid: asked.sid,
        token: asked.token,
        at: Date.now(),
        ...(asked.secondary_token === undefined ? {} : { secondary: asked.secondary_token }),
        ...(asked.owner_sid === undefined ? {} : { owner: asked.owner_sid }),
        ...(asked.friendly_name === undefined ? {} : { name: asked.friendly_name }),
        ...(asked.inbound_url === undefined ? {} : { inbound_url: asked.inbound_url }),
      });
    }
    return c.json({ accounts: state.accounts.size }, 201);
  });

  app.post("/numbers", async (c) => {
    for (const { address, account_sid, ...urls } of parse(oneOrMany(NewNumber), await body(c.req.raw))) {
      const { sid } = accountOf(sandbox, account_sid);
      const number = { sid: namedSid("PN", `${sid}|${address}`), address, account_sid: sid, ...urls };
      sandbox.record({ k: "number", v: number });
    }
    return c.json({ numbers: state.numbers.size }, 201);
  });

  app.post("/behaviours", async (c) => {
    for (const rule of parse(oneOrMany(z.union([BehaviourRule, MailRule])), await body(c.req.raw)))
      sandbox.record("channel" in rule ? { k: "mail_rule", v: rule } : { k: "rule", v: rule });
    return c.json({ behaviours: state.rules.length + state.mail.rules.length }, 201);
  });
  app.delete("/behaviours", (c) => {
    sandbox.record({ k: "norules" });
    return c.body(null, 204);
  });

  app.post("/faults", async (c) => {
    sandbox.record({ k: "faults", v: parse(FaultSet, await body(c.req.raw)) });
    return c.json({ faults: state.faults.length }, 201);
  });
  app.delete("/faults", (c) => {
    sandbox.record({ k: "nofaults" });
    return c.body(null, 204);
  });

  app.post("/approvals", async (c) => {
    const asked = parse(NewApproval, await body(c.req.raw));
    const content = state.contents.get(asked.content_sid);
    if (!content) throw new HTTPException(404, { message: "content_sid: no such template" });
    const { status, rejection_reason } = asked;
    const approval = { ...content.approval, status, rejection_reason, decides_at: 0 };
    sandbox.record({ k: "content", v: { ...content, updated_at: Date.now(), approval } });
    return c.json({ content_sid: content.sid, status });
  });

  app.post("/reset", (c) => {
    sandbox.reset();
    return c.body(null, 204);
  });
  return app;
}

function judgeRoutes(sandbox: Sandbox): Hono {
  const { state } = sandbox;
  const app = new Hono();

  app.post("/inbound", async (c) => {
    const { account_sid, wait, media: attached = [], ...said } = parse(SaidBy, await body(c.req.raw));
    const account = accountOf(sandbox, account_sid, said.to);
    const message_sid = messageSid({ media: attached.length, seq: state.messages.length }, state.run);
    const { origin } = new URL(c.req.url);
    const media = hostMedia(sandbox, { origin, account, messageSid: message_sid }, attached);
    const { answer } = sandbox.lifecycle.say(account, { ...said, media });
    if (!wait) return c.json({ message_sid }, 202);
    const given = await answer;
    return c.json(
      { message_sid, acknowledged: acknowledged(given), webhook_status: given.status, answer: given.body },
      201,
    );
  });

  app.get("/ledger", (c) => {
    const query = new URL(c.req.url).searchParams;
    const span = spanOf(query);
    const detail = flag(query, "detail", false);
    const ledger = ledgerOf(state, sandbox.lifecycle, sandbox.webhooks.pending, span, detail);
    if (!detail) return c.json(ledger);
    const { limit, cursor } = pageOf(query);
    const counts = [...recipientsOf(state, span)];
    const page = counts.slice(cursor, cursor + limit).map(([to, accepted]) => ({ to, accepted }));
    return c.json({ ...ledger, per_recipient: page, next_cursor: nextOf(cursor + limit, counts.length) });
  });

  app.get("/messages", (c) => {
    const query = new URL(c.req.url).searchParams;
    const span = spanOf(query);
    const { limit, cursor } = pageOf(query);
    const withBody = flag(query, "body", true);
    const fits = filterOf(query, span.accountSid);
    const rows: Record<string, unknown>[] = [];
    let at = Math.max(cursor, firstSince(state.messages, span.since));
    for (; at < state.messages.length && rows.length < limit; at++) {
      const message = state.messages[at] as Message;
      if (message.acceptedAt >= span.until) break;
      if (fits(message)) rows.push(messageRow(message, state.run, withBody));
    }
    return c.json({
      messages: rows,
      next_cursor: rows.length < limit ? null : nextOf(at, state.messages.length),
    });
  });

  app.get("/messages/:sid", (c) => {
    const message = state.messages[seqOf(c.req.param("sid"), state.run) ?? -1];
    if (!message) throw new HTTPException(404, { message: "no such message" });
    return c.json({
      ...messageRow(message, state.run, true),
      callback_url: message.callbackUrl,
      plan: message.plan,
    });
  });
  return app;
}

/** The account named, or the one that has the number, or the default one. */
function accountOf({ state }: Sandbox, sid: string | undefined, address?: string): Account {
  const holder = [...state.numbers.values()].find((number) => number.address === address);
  const account =
    state.accounts.get(sid ?? holder?.account_sid ?? "") ??
    (sid === undefined ? first(state.accounts) : undefined);
  if (!account) throw new HTTPException(404, { message: "account_sid: no such account" });
  return account;
}

const first = (accounts: Map<string, Account>): Account | undefined => accounts.values().next().value;

function filterOf(query: URLSearchParams, accountSid: string | undefined): (message: Message) => boolean {
  const to = addressOf(query, "to");
  const from = addressOf(query, "from");
  const direction = query.get("direction");
  return (message) =>
    (accountSid === undefined || message.account.sid === accountSid) &&
    (to === undefined || message.to.value === to) &&
    (from === undefined || message.from.value === from) &&
    (direction === null || message.inbound === (direction === "inbound"));
}

/** A plus sign that nobody escaped arrives as a blank. */
const addressOf = (query: URLSearchParams, name: string): string | undefined =>
  query.get(name)?.replace(" ", "+");
