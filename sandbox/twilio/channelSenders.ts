import { Hono } from "hono";
import type { Sandbox } from "../sandbox.ts";
import type { BusinessNumber } from "../state.ts";
import { opens, refused, type TwilioEnv } from "./access.ts";
import { refusal } from "./errors.ts";
import { metaJson, pageOf } from "./paging.ts";

/**
 * WhatsApp senders of an account with what Meta thinks of them.
 * Source: https://www.twilio.com/docs/whatsapp/api/senders
 */
export function channelSenderRoutes(sandbox: Sandbox): Hono<TwilioEnv> {
  const { state } = sandbox;
  const app = new Hono<TwilioEnv>();

  app.use("*", async (c, next) => {
    const authorization = c.req.header("authorization");
    const account = [...state.accounts.values()].find((one) => opens(sandbox, one, authorization));
    if (!account) return refused(c, refusal(20003));
    c.set("account", account);
    return next();
  });

  app.get("/", (c) => {
    const url = new URL(c.req.url);
    if (url.searchParams.get("Channel") !== "whatsapp") return refused(c, refusal(20001));
    const own = [...state.numbers.values()].filter(
      ({ account_sid, address }) => account_sid === c.get("account").sid && address.startsWith("whatsapp:"),
    );
    const { size, token } = pageOf(url.searchParams);
    const start = Number(token ?? 0);
    const next = start + size < own.length ? String(start + size) : undefined;
    return c.json(metaJson("senders", own.slice(start, start + size).map(senderJson), url, next));
  });
  return app;
}

/** A sender that nobody has rated yet tells no rating. */
const senderJson = ({ sid, address, quality_rating }: BusinessNumber) => ({
  sid: sid.replace(/^PN/, "XE"),
  status: "ONLINE",
  sender_id: address,
  properties: {
    messaging_limit: "1K Customers/24hr",
    ...(quality_rating !== undefined && { quality_rating }),
  },
  url: `https://messaging.twilio.com/v2/Channels/Senders/${sid.replace(/^PN/, "XE")}`,
});
