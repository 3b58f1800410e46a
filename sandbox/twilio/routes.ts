import { type Context, Hono } from "hono";
import type { Sandbox } from "../sandbox.ts";
import { opens, refused, type TwilioEnv } from "./access.ts";
import { channelSenderRoutes } from "./channelSenders.ts";
import { contentRoutes } from "./content.ts";
import { refusal } from "./errors.ts";
import { field, parseForm } from "./form.ts";
import { filterOf, newestFirst } from "./lookup.ts";
import { messageJson, rfc2822 } from "./messageJson.ts";
import { mediaRoutes } from "./media.ts";
import { type Account, isFinal, type Message, statusName } from "./model.ts";
import { intelligenceRoutes } from "./intelligence.ts";
import { listJson, pageOf } from "./paging.ts";
import { addCallRoutes } from "./recordings.ts";
import { messageSid, seqOf } from "./sid.ts";

const notFound = (c: Context): Response =>
  refused(c, refusal(20404, 404, `The requested resource ${new URL(c.req.url).pathname} was not found`));

/** Twilio's REST API but for the create route, which has a way of its own. */
export function twilioRoutes(sandbox: Sandbox): Hono {
  const app = new Hono();
  app.route("/2010-04-01", accountRoutes(sandbox));
  app.route("/v1", contentRoutes(sandbox));
  app.route("/v2/Channels/Senders", channelSenderRoutes(sandbox));
  app.route("/v2", intelligenceRoutes(sandbox));
  return app;
}

function accountRoutes(sandbox: Sandbox): Hono<TwilioEnv> {
  const { state } = sandbox;
  const app = new Hono<TwilioEnv>();

  app.use("*", async (c, next) => {
    const account = state.accounts.get(/\/Accounts\/(\w+)/.exec(c.req.path)?.[1] ?? "");
    if (!account || !opens(sandbox, account, c.req.header("authorization")))
      return refused(c, refusal(20003));
    c.set("account", account);
    return next();
  });

  app.get("/Accounts/:file{AC\\w+\\.json}", (c) => c.json(accountJson(c.get("account"))));

  app.get("/Accounts/:account/IncomingPhoneNumbers.json", (c) => {
    const { sid } = c.get("account");
    const url = new URL(c.req.url);
    const wanted = url.searchParams.get("PhoneNumber");
    const own = [...state.numbers.values()].filter(
      (number) =>
        number.account_sid === sid &&
        number.address.startsWith("+") &&
        (wanted ?? number.address) === number.address,
    );
    const { size, token } = pageOf(url.searchParams);
    const start = Number(token ?? 0);
    const page = own
      .slice(start, start + size)
      .map((number) => numberJson(number.sid, number.address, sid, number.inbound_url));
    const next = start + size < own.length ? String(start + size) : undefined;
    return c.json(listJson("incoming_phone_numbers", page, url.pathname, url.searchParams, next));
  });

  app.get("/Accounts/:account/Messages.json", (c) => {
    const url = new URL(c.req.url);
    const { size, token } = pageOf(url.searchParams);
    const below = token === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(token.slice(2), 16);
    const found: Message[] = [];
    for (const message of newestFirst(state.messages, c.get("account"), filterOf(url.searchParams), below)) {
      found.push(message);
      if (found.length > size) break;
    }
    const page = found.slice(0, size);
    const last = page.at(-1);
    const next = found.length > size && last ? `PA${last.seq.toString(16).padStart(32, "0")}` : undefined;
    const shown = page.map((message) => show(message));
    return c.json(listJson("messages", shown, url.pathname, url.searchParams, next));
  });

  app.get("/Accounts/:account/Messages/:file", (c) => {
    const message = find(c);
    return message ? c.json(show(message)) : notFound(c);
  });

  app.post("/Accounts/:account/Messages/:file", async (c) => {
    const message = find(c);
    if (!message) return notFound(c);
    const form = parseForm(Buffer.from(await c.req.arrayBuffer()));
    if (field(form, "Status") === "canceled") {
      if (!["queued", "accepted", "scheduled"].includes(statusName(message)) || isFinal(message)) {
        return refused(c, refusal(30409));
      }
      sandbox.lifecycle.cancel(message);
    }
    if (form.get("Body") === "")
      sandbox.record({ k: "edit", n: message.seq, what: "redact", at: Date.now() });
    return c.json(show(message));
  });

  app.delete("/Accounts/:account/Messages/:file", (c) => {
    const message = find(c);
    if (!message) return notFound(c);
    if (!isFinal(message)) return refused(c, refusal(20009));
    sandbox.record({ k: "edit", n: message.seq, what: "delete", at: Date.now() });
    // A deleted message takes its media along: https://help.twilio.com/articles/223133687
    const own = [...state.media.values()].filter((one) => one.message_sid === messageSid(message, state.run));
    for (const { sid } of own) sandbox.record({ k: "unmedia", sid });
    return c.body(null, 204);
  });

  app.route("/", mediaRoutes(sandbox));

  addCallRoutes(app, sandbox);
  app.notFound(notFound);

  function find(c: Context<TwilioEnv>): Message | undefined {
    const sid = (c.req.param("file") ?? "").replace(/\.json$/, "");
    const message = state.messages[seqOf(sid, state.run) ?? -1];
    return message && !message.deleted && message.account === c.get("account") ? message : undefined;
  }

  function show(message: Message): Record<string, unknown> {
    message.shown = Math.max(message.shown, message.status);
    return messageJson(message, state.run);
  }

  return app;
}

function accountJson(account: Account): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${account.sid}`;
  return {
    sid: account.sid,
    friendly_name: account.friendlyName,
    status: "active",
    type: "Full",
    owner_account_sid: account.owner,
    auth_token: account.token,
    date_created: rfc2822(account.createdAt),
    date_updated: rfc2822(account.createdAt),
    uri: `${uri}.json`,
    subresource_uris: { messages: `${uri}/Messages.json` },
  };
}

function numberJson(
  sid: string,
  address: string,
  account: string,
  inboundUrl: string | undefined,
): Record<string, unknown> {
  return {
    sid,
    account_sid: account,
    phone_number: address,
    friendly_name: address,
    sms_url: inboundUrl ?? "",
    sms_method: "POST",
    status: "in-use",
    capabilities: { voice: true, sms: true, mms: false, fax: false },
    api_version: "2010-04-01",
    uri: `/2010-04-01/Accounts/${account}/IncomingPhoneNumbers/${sid}.json`,
  };
}
