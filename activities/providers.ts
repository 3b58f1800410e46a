import type { Db } from "../db/connect.ts";
import { findProviderAccount, unsealCredentials } from "../db/providerAccounts.ts";
import type { MessageProvider } from "../providers/message.ts";
import { type TwilioAccount, twilioProvider } from "../providers/twilio/client.ts";
import type { TwilioHttpClient } from "../providers/twilio/http.ts";
import type { ProviderDirectory } from "./deps.ts";

/** Rotated credentials are picked up within this time. */
const KEPT_MS = 60_000;
const LOOPBACK = /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/;

export interface DirectoryOptions {
  db: Db;
  sealingKey: Buffer;
  http: TwilioHttpClient;
  /** The environment's account; null where it has none. */
  environment: { accountSid: string; authToken: string } | null;
  baseUrl: string | null;
}

/** Whether everything that is sent ends on this machine: a stand-in, never Twilio itself. */
export const isSandbox = (baseUrl: string | null) => baseUrl !== null && LOOPBACK.test(baseUrl);

export function providerDirectory(options: DirectoryOptions): ProviderDirectory {
  const known = new Map<string, { provider: MessageProvider; until: number }>();
  const connect = (account: Omit<TwilioAccount, "baseUrl">) =>
    twilioProvider({ ...account, baseUrl: options.baseUrl }, options.http);
  return {
    sandboxed: isSandbox(options.baseUrl),
    async forAccount(workspaceId, providerAccountId) {
      if (providerAccountId === null) {
        if (options.environment === null)
          throw new Error("This sender has no provider account, and TWILIO_ACCOUNT_SID is not set");
        return connect(options.environment);
      }
      const kept = known.get(providerAccountId);
      if (kept !== undefined && kept.until > performance.now()) return kept.provider;
      const account = await findProviderAccount(options.db, workspaceId, providerAccountId);
      if (account === undefined)
        throw new Error("The provider account of this sender does not exist any more");
      const { auth_token } = unsealCredentials(options.sealingKey, account, account.sealed_credentials);
      const provider = connect({ accountSid: account.account_sid, authToken: auth_token });
      known.set(providerAccountId, { provider, until: performance.now() + KEPT_MS });
      return provider;
    },
  };
}
