import { sql } from "kysely";
import { seal, unseal } from "../domain/secrets.ts";
import type { Db, Tx } from "./connect.ts";
import { oldestFirst, ownRow } from "./rows.ts";

export interface Credentials {
  auth_token: string;
  /** Of SendGrid: what its webhooks are signed with. */
  webhook_public_keys?: string[];
}

type Account = { provider: string; account_sid: string };

/** Credentials are bound to their account: sealed ones that are moved to another row do not open. */
const contextOf = ({ provider, account_sid }: Account) => `provider_accounts:${provider}:${account_sid}`;

/** `nonce`: 12 random bytes. */
export function sealCredentials(
  key: Uint8Array,
  account: Account,
  credentials: Credentials,
  nonce: Uint8Array,
): Buffer {
  return seal(key, JSON.stringify(credentials), contextOf(account), nonce);
}

/** Throws `unavailable` where SECRET_KEY is not the one they were sealed under. */
export function unsealCredentials(key: Uint8Array, account: Account, sealed: Uint8Array): Credentials {
  return JSON.parse(unseal(key, sealed, contextOf(account))) as Credentials;
}

export interface NewProviderAccount {
  workspace_id: string;
  provider: "twilio";
  name: string;
  account_sid: string;
  sealed_credentials: Buffer;
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
