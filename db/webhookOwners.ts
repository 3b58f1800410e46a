import { sql } from "kysely";
import { unsealCredentials } from "./providerAccounts.ts";
import type { Db } from "./connect.ts";

/** Whose webhook it may be, with the tokens that may have signed it. */
export interface WebhookOwner {
  workspaceId: string;
  authTokens: string[];
}

interface ResolvedRow {
  workspace_id: string;
  provider_account_id: string | null;
  sealed_credentials: Buffer | null;
  previous_credentials: Buffer | null;
  previous_until: Date | null;
}

/**
 * Finds the workspace of a webhook of Twilio: by the account; on the environment's account by the workspace in its
 * signed URL, else by the number that was written to. Undefined where nobody here has that account or number.
 */
export async function resolveTwilioWebhook(
  db: Db,
  on: { sealingKey: Buffer; environment: { accountSid: string; authToken: string } | null },
  webhook: { accountSid: string; workspaceId: string | null; channel: string | null; address: string | null },
): Promise<WebhookOwner | undefined> {
  const { rows } = await sql<ResolvedRow>`
    select * from resolve_webhook('twilio', ${webhook.accountSid}, ${webhook.workspaceId}::uuid, ${webhook.channel},
      ${webhook.address})`.execute(db);
  const row = rows[0];
  if (row === undefined) return undefined;
  if (row.sealed_credentials === null) {
    if (on.environment?.accountSid !== webhook.accountSid) return undefined;
    return { workspaceId: row.workspace_id, authTokens: [on.environment.authToken] };
  }
  const account = { provider: "twilio", account_sid: webhook.accountSid };
  const sealed = [row.sealed_credentials];
  if (row.previous_credentials !== null && row.previous_until !== null && row.previous_until > new Date())
    sealed.push(row.previous_credentials);
  return {
    workspaceId: row.workspace_id,
    authTokens: sealed.map((one) => unsealCredentials(on.sealingKey, account, one).auth_token),
  };
}
