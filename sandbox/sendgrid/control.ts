import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { body, flag, nextOf, oneOrMany, pageOf, parse, spanOf } from "../requests.ts";
import type { Sandbox } from "../sandbox.ts";
import { acknowledged } from "../webhooks.ts";
import { FULL_SCOPES } from "./access.ts";
import { callRow, mailLedgerOf, mailRecipientsOf, mailRow, mailsIn } from "./ledger.ts";
import { EVENTS, type MailAccount } from "./model.ts";
import { MailSettings } from "./settings.ts";
import { newSigningKey } from "./signing.ts";
import { LISTS, type ListName } from "./suppressions.ts";

const NewKey = z.strictObject({ key: z.string().min(1), scopes: z.array(z.string()).default(FULL_SCOPES) });
const Event = z.enum(EVENTS);

const NewMailAccount = z.strictObject({
  name: z.string().min(1),
  keys: z.array(NewKey).optional(),
  webhook_url: z.url().optional(),
  events: z.array(Event).optional(),
  inbound_url: z.url().optional(),
  ip_pools: z.array(z.string()).optional(),
  verified: z.array(z.string().toLowerCase()).optional(),
  /** Makes a new key pair for the event webhook. */
  new_signing_key: z.boolean().default(false),
});

const Webhook = z.strictObject({
  account: z.string().optional(),
  url: z.url().optional(),
  events: z.array(Event).optional(),
  inbound_url: z.url().optional(),
});

const Suppression = z.strictObject({
  account: z.string().optional(),
  list: z.union([z.enum(LISTS), z.templateLiteral(["asm:", z.int()])]),
  email: z.string().min(1),
  reason: z.string().optional(),
  status: z.string().optional(),
  created: z.int().optional(),
});

const Inbound = z.strictObject({
  account: z.string().optional(),
  from: z.string().min(1),
  to: z.string().min(1),
  subject: z.string().default(""),
  cc: z.string().optional(),
  text: z.string().optional(),
  html: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  attachments: z
    .array(
      z.strictObject({
        filename: z.string(),
        type: z.string(),
        base64: z.base64(),
        content_id: z.string().optional(),
      }),
    )
    .optional(),
  envelope: z.strictObject({ from: z.string(), to: z.array(z.string()) }).optional(),
  charsets: z.record(z.string(), z.string()).optional(),
  spam_score: z.number().optional(),
  spam_report: z.string().optional(),
  dkim: z.string().optional(),
  spf: z.string().optional(),
  sender_ip: z.string().optional(),
  /** false: answers before the webhook has been answered. */
  wait: z.boolean().default(true),
});

/** The routes by which tests and tools steer mail and judge by it. */
export function mailControlRoutes(sandbox: Sandbox): Hono {
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
  const { mail } = sandbox.state;
  const app = new Hono();

  app.get("/", (c) =>
    c.json({ accounts: [...mail.accounts.values()].map(accountRow), settings: mail.settings }),
  );

  app.post("/settings", async (c) => {
    const asked = parse(z.record(z.string(), z.unknown()), await body(c.req.raw));
    sandbox.record({ k: "mail_settings", v: parse(MailSettings, { ...mail.settings, ...asked }) });
    return c.json(mail.settings);
  });

  app.post("/accounts", async (c) => {
    for (const { new_signing_key, ...asked } of parse(oneOrMany(NewMailAccount), await body(c.req.raw))) {
      const known = mail.accounts.get(asked.name)?.record;
      const pair = known && !new_signing_key ? {} : newSigningKey();
      const v = { keys: [], private_key: "", public_key: "", ...known, ...pair, ...defined(asked) };
      sandbox.record({ k: "mail_account", v });
    }
    return c.json({ accounts: [...mail.accounts.values()].map(accountRow) }, 201);
  });

  app.post("/webhook", async (c) => {
    const { account, url, ...asked } = parse(Webhook, await body(c.req.raw));
    const { record } = accountOf(sandbox, account);
    const own = url === undefined ? {} : { webhook_url: url };
    sandbox.record({ k: "mail_account", v: { ...record, ...own, ...defined(asked) } });
    return c.json(accountRow(accountOf(sandbox, account)), 201);
  });

  app.post("/suppressions", async (c) => {
    for (const { account, list, created, ...v } of parse(oneOrMany(Suppression), await body(c.req.raw))) {
      const a = accountOf(sandbox, account).record.name;
      const at = created ?? Math.floor(Date.now() / 1_000);
      sandbox.record({ k: "mail_list", a, list: list as ListName, v: { created: at, ...defined(v) } });
    }
    return c.body(null, 204);
  });

  app.post("/inbound", async (c) => {
    const { account, wait, ...said } = parse(Inbound, await body(c.req.raw));
    const { name } = accountOf(sandbox, account).record;
    const answer = sandbox.mail.say(name, said);
    if (!wait) return c.body(null, 202);
    const given = await answer;
    return c.json(
      { acknowledged: acknowledged(given), webhook_status: given.status, answer: given.body },
      201,
    );
  });
  return app;
}

function judgeRoutes(sandbox: Sandbox): Hono {
  const { mail } = sandbox.state;
  const app = new Hono();

  app.get("/ledger", (c) => {
    const query = new URL(c.req.url).searchParams;
    const span = mailSpanOf(query);
    const detail = flag(query, "detail", false);
    const ledger = mailLedgerOf(mail, sandbox.mail.faults, sandbox.mail.pending, span, detail);
    if (!detail) return c.json(ledger);
    const { limit, cursor } = pageOf(query);
    const counts = [...mailRecipientsOf(mail, span)];
    const page = counts.slice(cursor, cursor + limit).map(([to, accepted]) => ({ to, accepted }));
    return c.json({ ...ledger, per_recipient: page, next_cursor: nextOf(cursor + limit, counts.length) });
  });

  app.get("/messages", (c) => {
    const query = new URL(c.req.url).searchParams;
    const { limit, cursor } = pageOf(query);
    const withContent = flag(query, "content", false);
    const to = query.get("to")?.replace(" ", "+");
    const call = query.get("call");
    const rows: Record<string, unknown>[] = [];
    let next: string | null = null;
    for (const one of mailsIn(mail, mailSpanOf(query))) {
      if (one.seq < cursor || (to ?? one.to.email) !== one.to.email) continue;
      if (call !== null && String(one.call.index) !== call) continue;
      if (rows.length === limit) {
        next = String(one.seq);
        break;
      }
      rows.push(mailRow(one, withContent));
    }
    return c.json({ messages: rows, next_cursor: next });
  });

  app.get("/calls", (c) => {
    const query = new URL(c.req.url).searchParams;
    const { limit, cursor } = pageOf(query);
    const { accountSid, since, until } = mailSpanOf(query);
    const found = mail.calls.filter(
      ({ at, account }) =>
        at >= since && at < until && (accountSid ?? account.record.name) === account.record.name,
    );
    const calls = found.slice(cursor, cursor + limit).map(callRow);
    return c.json({ calls, next_cursor: nextOf(cursor + limit, found.length) });
  });
  return app;
}

/** As for the other channels, but that accounts have names. */
function mailSpanOf(query: URLSearchParams): ReturnType<typeof spanOf> {
  return { ...spanOf(query), accountSid: query.get("account") ?? undefined };
}

function accountOf({ state }: Sandbox, name: string | undefined): MailAccount {
  const account =
    name === undefined ? state.mail.accounts.values().next().value : state.mail.accounts.get(name);
  if (!account) throw new HTTPException(404, { message: "account: no such account" });
  return account;
}

function accountRow({ record }: MailAccount): Record<string, unknown> {
  const { private_key: _, ...shown } = record;
  return shown;
}

/** Without the fields that were not given. */
function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}
