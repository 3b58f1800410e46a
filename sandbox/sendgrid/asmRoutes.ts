import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { jsonOf, type MailEnv, notFound, refused } from "./access.ts";
import { mailError } from "./errors.ts";
import type { Group, MailAccount } from "./model.ts";
import type { ListName } from "./suppressions.ts";

const NewGroup = z.object({
  name: z.string().min(1).max(30),
  description: z.string().max(100).default(""),
  is_default: z.boolean().default(false),
});
const Recipients = z.object({ recipient_emails: z.array(z.string()).min(1).max(1_000) });

/** /v3/asm/*: unsubscribe groups and the global list. Source: https://www.twilio.com/docs/sendgrid/api-reference/suppressions-unsubscribe-groups */
export function asmRoutes(sandbox: Sandbox): Hono<MailEnv> {
  const app = new Hono<MailEnv>();
  const put = (account: MailAccount, v: Group): void =>
    sandbox.record({ k: "mail_group", a: account.record.name, v });

  app.get("/groups", (c) => {
    const account = c.get("account");
    return c.json([...account.groups.values()].map((group) => shown(account, group)));
  });

  app.post("/groups", async (c) => {
    const account = c.get("account");
    const asked = NewGroup.safeParse(await jsonOf(c));
    if (!asked.success) return refused(c, 400, mailError("name: 1 to 30 characters", "name"));
    if ([...account.groups.values()].some(({ name }) => name === asked.data.name))
      return refused(c, 400, mailError("a group with this name already exists", "name"));
    const group = { id: 1 + Math.max(100, ...account.groups.keys()), ...asked.data };
    put(account, group);
    return c.json(shown(account, group), 201);
  });

  app.get("/groups/:id", (c) => {
    const group = groupOf(c);
    return group ? c.json(shown(c.get("account"), group)) : notFound(c);
  });

  app.patch("/groups/:id", async (c) => {
    const group = groupOf(c);
    const asked = NewGroup.partial().safeParse(await jsonOf(c));
    if (!group) return notFound(c);
    if (!asked.success) return refused(c, 400, mailError("name: 1 to 30 characters", "name"));
    const { name = group.name, description = group.description, is_default = group.is_default } = asked.data;
    put(c.get("account"), { id: group.id, name, description, is_default });
    return c.json(shown(c.get("account"), groupOf(c) as Group), 201);
  });

  app.delete("/groups/:id", (c) => {
    const group = groupOf(c);
    if (!group) return notFound(c);
    sandbox.record({ k: "mail_ungroup", a: c.get("account").record.name, id: group.id });
    return c.body(null, 204);
  });

  app.get("/groups/:id/suppressions", (c) => {
    const group = groupOf(c);
    if (!group) return notFound(c);
    return c.json(
      c
        .get("account")
        .suppressions.of(`asm:${group.id}`)
        .map(({ email }) => email),
    );
  });

  app.post("/groups/:id/suppressions", async (c) => {
    const group = groupOf(c);
    return group ? add(c, `asm:${group.id}`) : notFound(c);
  });

  app.delete("/groups/:id/suppressions/:email", (c) => {
    const group = groupOf(c);
    return group ? remove(c, `asm:${group.id}`) : notFound(c);
  });

  app.get("/suppressions", (c) => {
    const { groups, suppressions } = c.get("account");
    const all = [...groups.values()].flatMap(({ id, name }) =>
      suppressions.of(`asm:${id}`).map(({ email, created }) => ({
        email,
        group_id: id,
        group_name: name,
        created_at: created,
      })),
    );
    return c.json(all);
  });

  app.post("/suppressions/global", (c) => add(c, "unsubscribes"));

  app.get("/suppressions/global/:email", (c) => {
    const email = c.req.param("email");
    return c.json(c.get("account").suppressions.has("unsubscribes", email) ? { recipient_email: email } : {});
  });

  app.delete("/suppressions/global/:email", (c) => remove(c, "unsubscribes"));

  async function add(c: Context<MailEnv>, list: ListName): Promise<Response> {
    const asked = Recipients.safeParse(await jsonOf(c));
    if (!asked.success) return refused(c, 400, mailError("recipient_emails is required", "recipient_emails"));
    const created = Math.floor(Date.now() / 1_000);
    for (const email of asked.data.recipient_emails)
      sandbox.record({ k: "mail_list", a: c.get("account").record.name, list, v: { created, email } });
    return c.json(asked.data, 201);
  }

  function remove(c: Context<MailEnv>, list: ListName): Response {
    const email = c.req.param("email") ?? "";
    sandbox.record({ k: "mail_unlist", a: c.get("account").record.name, list, email });
    return c.body(null, 204);
  }

  return app;
}

const groupOf = (c: Context<MailEnv>): Group | undefined =>
  c.get("account").groups.get(Number(c.req.param("id")));

const shown = ({ suppressions }: MailAccount, group: Group) => ({
  ...group,
  last_email_sent_at: null,
  unsubscribes: suppressions.of(`asm:${group.id}`).length,
});
