import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Sandbox } from "../sandbox.ts";
import { FORBIDDEN, type MailError, NOT_FOUND, UNAUTHORIZED } from "./errors.ts";
import type { MailAccount } from "./model.ts";

export type MailEnv = { Variables: { account: MailAccount; scopes: string[] } };

const RESOURCES = [
  "suppression",
  "asm",
  "mail.batch",
  "user.scheduled_sends",
  "ips.pools",
  "verified_senders",
];
const VERBS: Record<string, string> = { GET: "read", POST: "create", PATCH: "update", DELETE: "delete" };

/** What a key may do unless it is restricted. */
export const FULL_SCOPES = [
  "mail.send",
  ...RESOURCES.flatMap((resource) => Object.values(VERBS).map((verb) => `${resource}.${verb}`)),
];

/** Opens the account of the key, and refuses what its scopes do not cover. */
export const keyed = (sandbox: Sandbox) =>
  createMiddleware<MailEnv>(async (c, next) => {
    const opened = sandbox.state.mail.opened(c.req.header("authorization"));
    if (!opened) return refused(c, 401, UNAUTHORIZED);
    const path = c.req.path.slice("/v3/".length).replaceAll("/", ".");
    const resource = RESOURCES.find((one) => path.startsWith(one));
    if (resource !== undefined && !opened.scopes.includes(`${resource}.${VERBS[c.req.method]}`))
      return refused(c, 403, FORBIDDEN);
    c.set("account", opened.account);
    c.set("scopes", opened.scopes);
    return next();
  });

export const refused = (c: Context, status: 400 | 401 | 403 | 404, ...errors: MailError[]): Response =>
  c.json({ errors }, status);

export const notFound = (c: Context): Response => refused(c, 404, NOT_FOUND);

/** The JSON of a request; undefined where it is none. */
export const jsonOf = (c: Context): Promise<unknown> => c.req.json<unknown>().catch(() => undefined);
