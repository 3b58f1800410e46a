import { sql } from "kysely";
import { seal, unseal } from "../domain/secrets.ts";
import type { Db, Tx } from "./connect.ts";
import { oldestFirst, ownRow } from "./rows.ts";

/** What an account of each provider is used with. */
export interface CredentialsOf {
  twilio: { auth_token: string };
  /** The keys are what its webhooks are signed with, each as SendGrid shows it. */
  sendgrid: { api_key: string; webhook_public_keys: string[] };
}
type Provider = keyof CredentialsOf;

type Account = { provider: string; account_sid: string };

/** Credentials are bound to their account: sealed ones that are moved to another row do not open. */
const contextOf = ({ provider, account_sid }: Account) => `provider_accounts:${provider}:${account_sid}`;

/** `nonce`: 12 random bytes. */
export function sealCredentials(
  key: Uint8Array,
  account: Account,
  credentials: CredentialsOf[Provider],
  nonce: Uint8Array,
): Buffer {
  return seal(key, JSON.stringify(credentials), contextOf(account), nonce);
}

/** Of an account of that provider. Throws `unavailable` where SECRET_KEY is not the one they were sealed under. */
export function unsealCredentials<P extends Provider = "twilio">(
  key: Uint8Array,
  account: Account,
  sealed: Uint8Array,
): CredentialsOf[P] {
  return JSON.parse(unseal(key, sealed, contextOf(account))) as CredentialsOf[P];
}

export interface NewProviderAccount {
  workspace_id: string;
  provider: Provider;
  name: string;
  account_sid: string;
  sealed_credentials: Buffer;
}

/** The workspace's first account of a provider; undefined where it goes out by the environment's. */
export function findAccountOf(db: Db | Tx, workspaceId: string, provider: Provider) {
  return db
    .selectFrom("provider_accounts")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("provider", "=", provider)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

/** Only with credentials that the provider has just accepted. */
export function insertProviderAccount(tx: Tx, account: NewProviderAccount) {
  return tx
    .insertInto("provider_accounts")
    .values({ ...account, verified_at: sql`now()` })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function listProviderAccounts(
  db: Db | Tx,
  workspaceId: string,
  page: { after: string | undefined; limit: number },
) {
  return oldestFirst(
    db.selectFrom("provider_accounts").selectAll().where("workspace_id", "=", workspaceId),
    page,
  );
}

export function findProviderAccount(db: Db | Tx, workspaceId: string, id: string) {
  return db.selectFrom("provider_accounts").selectAll().where(ownRow(workspaceId, id)).executeTakeFirst();
}

/** New credentials in place of the old, which verify webhooks for `overlapSeconds` more. */
export function rotateCredentials(
  tx: Tx,
  workspaceId: string,
  id: string,
  sealed: Buffer,
  overlapSeconds: number,
) {
  return tx
    .updateTable("provider_accounts")
    .set({
      previous_credentials: sql.ref<Buffer>("sealed_credentials"),
      previous_until: sql`now() + make_interval(secs => ${overlapSeconds})`,
      sealed_credentials: sealed,
      verified_at: sql`now()`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** Undefined where there is none; a sender that goes out by it makes it a foreign key violation. */
export function deleteProviderAccount(tx: Tx, workspaceId: string, id: string) {
  return tx
    .deleteFrom("provider_accounts")
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .returning("id")
    .executeTakeFirst();
}
