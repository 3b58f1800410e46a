import { randomBytes } from "node:crypto";
import type { Db } from "../../db/connect.ts";
import { createWorkspaceWithOwner, type NewWorkspace } from "../../db/workspaces.ts";
import { mergeSettings } from "../../domain/settings.ts";
import { type Ask, client } from "../client.ts";

export interface DemoWorkspace {
  id: string;
  /** The API under the key of the workspace's owner: `ask("POST /v1/senders", {…})`. */
  ask: Ask;
  /** The workspace's account at the sandbox; senders name `accountId` as their provider_account_id. */
  accountId: string;
  accountSid: string;
  authToken: string;
  /** Gives the account these numbers at the sandbox, which a sender must have before it can send. */
  numbers(channel: "whatsapp" | "sms", addresses: readonly string[]): Promise<void>;
}

/** Nothing that would make a demonstration wait; laws_off holds in test mode alone. */
export const OPEN_HOURS = {
  quiet_hours: { enabled: false, laws_off: true },
  caps: { per_day: null, per_week: null },
  sender_defaults: { warmup: false },
};

/** A test workspace for a demonstration: open at all hours, with an account of its own at the sandbox. */
export async function openWorkspace(
  on: { db: Db; sandbox: Ask; apiUrl: string; publicUrl: string },
  name: string,
  fields: Partial<NewWorkspace> = {},
): Promise<DemoWorkspace> {
  const { workspace, apiKey } = await createWorkspaceWithOwner(on.db, {
    name,
    default_region: "CO",
    time_zone: "America/Bogota",
    ...fields,
    test_mode: true,
    settings: mergeSettings(OPEN_HOURS, fields.settings ?? {}),
  });
  const ask = client(on.apiUrl, apiKey);
  const account = await openAccount(on.sandbox, ask, `${on.publicUrl}/webhooks/twilio/inbound`);
  return {
    id: workspace.id,
    ask,
    accountId: account.id,
    accountSid: account.sid,
    authToken: account.token,
    async numbers(channel, addresses) {
      const prefix = channel === "whatsapp" ? "whatsapp:" : "";
      await on.sandbox(
        "POST /_sandbox/numbers",
        addresses.map((address) => ({ address: prefix + address, account_sid: account.sid })),
      );
    },
  };
}

/** A new account at the sandbox whose inbound messages come to `inboundUrl`, known to the workspace behind `ask`. */
async function openAccount(
  sandbox: Ask,
  ask: Ask,
  inboundUrl: string,
): Promise<{ id: string; sid: string; token: string }> {
  const sid = `AC${randomBytes(16).toString("hex")}`;
  const token = randomBytes(16).toString("hex");
  await sandbox("POST /_sandbox/accounts", { sid, token, friendly_name: "Demo", inbound_url: inboundUrl });
  const { id } = await ask("POST /v1/provider-accounts", {
    provider: "twilio",
    name: "Sandbox",
    account_sid: sid,
    auth_token: token,
  });
  return { id, sid, token };
}
