import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { jsonOf, keyed, type MailEnv, notFound, refused } from "./access.ts";
import { asmRoutes } from "./asmRoutes.ts";
import { mailError } from "./errors.ts";
import type { BatchOrder, MailAccount } from "./model.ts";
import { suppressionRoutes } from "./suppressionRoutes.ts";

const Order = z.object({ batch_id: z.string(), status: z.enum(["pause", "cancel"]) });
const MAX_ORDERS = 10;

/** SendGrid's v3 API but for mail/send, which has a way of its own. */
export function sendGridRoutes(sandbox: Sandbox): Hono<MailEnv> {
  const app = new Hono<MailEnv>();
  app.use("*", keyed(sandbox));
  app.get("/scopes", (c) => c.json({ scopes: c.get("scopes") }));
  app.get("/ips/pools", (c) => c.json((c.get("account").record.ip_pools ?? []).map((name) => ({ name }))));
  app.get("/verified_senders", (c) => {
    const addresses = (c.get("account").record.verified ?? []).filter((one) => one.includes("@"));
    const results = addresses.map((from_email, index) => ({
      id: index + 1,
      from_email,
      verified: true,
      locked: false,
    }));
    return c.json({ results });
  });
  app.get("/whitelabel/domains", (c) => {
    const domains = (c.get("account").record.verified ?? []).filter((one) => !one.includes("@"));
    return c.json(
      domains.map((domain, index) => ({ id: index + 1, domain, valid: true, default: index === 0 })),
    );
  });
  app.route("/", batchRoutes(sandbox));
  app.route("/suppression", suppressionRoutes(sandbox));
  app.route("/asm", asmRoutes(sandbox));
  app.notFound((c) => notFound(c));
  return app;
}

/** Batches of scheduled sends. Source: https://www.twilio.com/docs/sendgrid/api-reference/cancel-scheduled-sends */
function batchRoutes(sandbox: Sandbox): Hono<MailEnv> {
  const app = new Hono<MailEnv>();
  const invalid = (c: Context): Response => refused(c, 400, mailError("invalid batch id", "batch_id"));

  app.post("/mail/batch", (c) => {
    const account = c.get("account");
    const seed = `${sandbox.state.run}|${account.record.name}|${account.batches.size}`;
    const id = createHash("sha256").update(seed).digest("base64url");
    sandbox.record({ k: "mail_batch", a: account.record.name, id, order: "", at: Date.now() });
    return c.json({ batch_id: id }, 201);
  });
  app.get("/mail/batch/:id", (c) => {
    const batch_id = c.req.param("id");
    return c.get("account").batches.has(batch_id) ? c.json({ batch_id }) : invalid(c);
  });

  app.get("/user/scheduled_sends", (c) => c.json(ordersOf(c.get("account"))));
  app.get("/user/scheduled_sends/:id", (c) =>
    c.json(ordersOf(c.get("account")).filter(({ batch_id }) => batch_id === c.req.param("id"))),
  );
  app.post("/user/scheduled_sends", async (c) => {
    const account = c.get("account");
    const asked = Order.safeParse(await jsonOf(c));
    if (!asked.success)
      return refused(c, 400, mailError("status must be either 'pause' or 'cancel'", "status"));
    const { batch_id: id, status } = asked.data;
    const present = account.batches.get(id);
    if (present === undefined) return invalid(c);
    if (present.order !== "")
      return refused(
        c,
        400,
        mailError("a status for this batch id exists, try PATCH to update the status", "batch_id"),
      );
    if (ordersOf(account).length >= MAX_ORDERS)
      return refused(
        c,
        400,
        mailError(`no more than ${MAX_ORDERS} batches can be paused or cancelled at a time`),
      );
    order(account, id, status);
    return c.json({ batch_id: id, status }, 201);
  });
  app.patch("/user/scheduled_sends/:id", async (c) => {
    const id = c.req.param("id");
    const asked = Order.safeParse({ batch_id: id, ...((await jsonOf(c)) as object | undefined) });
    if (!asked.success)
      return refused(c, 400, mailError("status must be either 'pause' or 'cancel'", "status"));
    if (!c.get("account").batches.get(id)?.order) return notFound(c);
    order(c.get("account"), id, asked.data.status);
    return c.body(null, 204);
  });
  app.delete("/user/scheduled_sends/:id", (c) => {
    const id = c.req.param("id");
    if (!c.get("account").batches.get(id)?.order) return notFound(c);
    order(c.get("account"), id, "");
    return c.body(null, 204);
  });

  function order(account: MailAccount, id: string, what: BatchOrder): void {
    sandbox.record({ k: "mail_batch", a: account.record.name, id, order: what, at: Date.now() });
    sandbox.mail.release();
  }
  return app;
}

const ordersOf = ({ batches }: MailAccount): { batch_id: string; status: string }[] =>
  [...batches].flatMap(([batch_id, { order }]) => (order === "" ? [] : [{ batch_id, status: order }]));
