import { sql } from "kysely";
import { type Db, inWorkspace } from "./connect.ts";
import { unsealCredentials } from "./providerAccounts.ts";

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
  return {
    workspaceId: row.workspace_id,
    authTokens: [row.sealed_credentials, ...stillKnown(row)].map(
      (one) => unsealCredentials(on.sealingKey, account, one).auth_token,
    ),
  };
}

/** Credentials that were replaced a while ago. */
function stillKnown(row: Pick<ResolvedRow, "previous_credentials" | "previous_until">): Buffer[] {
  const { previous_credentials: previous, previous_until: until } = row;
  return previous !== null && until !== null && until > new Date() ? [previous] : [];
}

/** Whether a workspace that a webhook names is one of this installation: others may share the provider's account. */
export async function hasWorkspace(db: Db, workspaceId: string): Promise<boolean> {
  const { rows } = await sql`
    select from resolve_webhook('sendgrid', '', ${workspaceId}::uuid, null, null)`.execute(db);
  return rows.length > 0;
}

/** The keys that webhooks of a workspace's own SendGrid accounts are signed with. */
export async function findSendgridKeys(db: Db, sealingKey: Buffer, workspaceId: string): Promise<string[]> {
  const accounts = await inWorkspace(db, workspaceId, (tx) =>
    tx
      .selectFrom("provider_accounts")
      .select(["provider", "account_sid", "sealed_credentials", "previous_credentials", "previous_until"])
      .where("workspace_id", "=", workspaceId)
      .where("provider", "=", "sendgrid")
      .execute(),
  );
  return accounts.flatMap((account) =>
    [account.sealed_credentials, ...stillKnown(account)].flatMap(
      (sealed) => unsealCredentials<"sendgrid">(sealingKey, account, sealed).webhook_public_keys,
    ),
  );
}
