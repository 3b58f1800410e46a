import type { Context } from "hono";
import type { Sandbox } from "../sandbox.ts";
import { type Refusal, refusalBody } from "./errors.ts";
import type { Account } from "./model.ts";

export type TwilioEnv = { Variables: { account: Account } };

/** Whether these credentials open this account: its own, or those of the account that owns it. */
export function opens(
  sandbox: Sandbox,
  account: Account | undefined,
  authorization: string | undefined,
): boolean {
  if (!account || authorization === undefined) return false;
  if (account.headers.includes(authorization)) return true;
  return sandbox.state.accounts.get(account.owner)?.headers.includes(authorization) ?? false;
}

/** A refusal as a response of the routes that go through Hono. */
export function refused(c: Context, refusal: Refusal): Response {
  const headers: Record<string, string> = { "content-type": "application/json;charset=utf-8" };
  if (refusal.status === 401) headers["www-authenticate"] = 'Basic realm="Twilio API"';
  return c.body(refusalBody(refusal), refusal.status as 400, headers);
}
