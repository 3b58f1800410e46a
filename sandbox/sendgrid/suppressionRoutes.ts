import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { jsonOf, type MailEnv, notFound, refused } from "./access.ts";
import { mailError } from "./errors.ts";
import { LISTS, type List, type Suppressed } from "./suppressions.ts";

const MAX_PAGE = 500;

const Removal = z.object({ delete_all: z.boolean().optional(), emails: z.array(z.string()).optional() });

/** What SendGrid shows of an entry, by list. */
const FIELDS: Record<List, (keyof Suppressed)[]> = {
  bounces: ["created", "email", "reason", "status"],
  blocks: ["created", "email", "reason", "status"],
  invalid_emails: ["created", "email", "reason"],
  spam_reports: ["created", "email", "ip"],
  unsubscribes: ["created", "email"],
};

/** /v3/suppression/*. Source: https://www.twilio.com/docs/sendgrid/api-reference/bounces-api and its neighbours */
export function suppressionRoutes(sandbox: Sandbox): Hono<MailEnv> {
  const app = new Hono<MailEnv>();

  app.get("/:list", (c) => {
    const list = listOf(c);
    const page = pageOf(c);
    if (list === undefined) return notFound(c);
    if (page === undefined) return refused(c, 400, mailError("invalid query parameter", "limit"));
    const { start, end, limit, offset, email } = page;
    const found = c
      .get("account")
      .suppressions.of(list)
      .filter((one) => one.created >= start && one.created <= end && (email ?? one.email) === one.email);
    return c.json(found.slice(offset, offset + limit).map((one) => shown(list, one)));
  });

  app.get("/:list/:email", (c) => {
    const list = listOf(c);
    if (list === undefined) return notFound(c);
    const email = c.req.param("email").toLowerCase();
    const found = c
      .get("account")
      .suppressions.of(list)
      .filter((one) => one.email.toLowerCase() === email);
    return c.json(found.map((one) => shown(list, one)));
  });

  app.delete("/:list", async (c) => {
    const list = listOf(c);
    const asked = Removal.safeParse(await jsonOf(c));
    if (list === undefined) return notFound(c);
    if (!asked.success || (asked.data.delete_all === true) === (asked.data.emails !== undefined))
      return refused(c, 400, mailError("either delete_all or emails must be given", "emails"));
    const { name } = c.get("account").record;
    if (asked.data.delete_all) sandbox.record({ k: "mail_unlist", a: name, list });
    for (const email of asked.data.emails ?? []) sandbox.record({ k: "mail_unlist", a: name, list, email });
    return c.body(null, 204);
  });

  app.delete("/:list/:email", (c) => {
    const list = listOf(c);
    const email = c.req.param("email");
    const account = c.get("account");
    if (list === undefined || !account.suppressions.has(list, email)) return notFound(c);
    sandbox.record({ k: "mail_unlist", a: account.record.name, list, email });
    return c.body(null, 204);
  });

  return app;
}

const listOf = (c: Context): List | undefined => LISTS.find((list) => list === c.req.param("list"));

function shown(list: List, suppressed: Suppressed): Record<string, unknown> {
  return Object.fromEntries(FIELDS[list].map((field) => [field, suppressed[field] ?? ""]));
}

/** start_time and end_time in epoch seconds; at most 500 a page. */
function pageOf(c: Context) {
  const whole = (name: string, otherwise: number): number => Number(c.req.query(name) ?? otherwise);
  const page = {
    start: whole("start_time", 0),
    end: whole("end_time", Number.MAX_SAFE_INTEGER),
    limit: whole("limit", MAX_PAGE),
    offset: whole("offset", 0),
  };
  const good = Object.values(page).every((value) => Number.isInteger(value) && value >= 0);
  return good && page.limit <= MAX_PAGE ? { ...page, email: c.req.query("email") } : undefined;
}
