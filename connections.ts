import type { ProviderDirectory } from "./activities/deps.ts";
import type { Config } from "./config.ts";
import type { Db } from "./db/connect.ts";
import { findAccountOf, findProviderAccount, unsealCredentials } from "./db/providerAccounts.ts";
import { DomainError } from "./domain/errors.ts";
import type { ContentOf } from "./providers/content.ts";
import type { ProviderHttp } from "./providers/http.ts";
import type { MailOf, MailProvider } from "./providers/mail.ts";
import type { OpenMedia } from "./providers/media.ts";
import type { MessageProvider } from "./providers/message.ts";
import { sendGridProvider } from "./providers/sendgrid/client.ts";
import { sendGridSuppressions } from "./providers/sendgrid/suppressions.ts";
import { type TwilioAccount, twilioClient, twilioProvider } from "./providers/twilio/client.ts";
import { twilioContent } from "./providers/twilio/content.ts";
import type { TwilioHttpClient } from "./providers/twilio/http.ts";
import { openTwilioMedia } from "./providers/twilio/media.ts";
import { openaiSpeech } from "./providers/speech/openai.ts";
import type { SpeechProvider } from "./providers/speech/speech.ts";
import type { SuppressionListsOf } from "./providers/suppressions.ts";
import { twilioVoice } from "./providers/twilio/voice.ts";
import type { VoiceOf } from "./providers/voice.ts";

/** What server.ts and worker.ts connect to providers with. */
export interface Connections {
  db: Db;
  sealingKey: Buffer;
  http: TwilioHttpClient;
  /** The environment's account; null where it has none. */
  environment: Credentials | null;
  /** Instead of Twilio's own addresses. */
  baseUrl: string | null;
}

/** The same for e-mail. */
export interface MailConnections {
  db: Db;
  sealingKey: Buffer;
  http: ProviderHttp;
  /** The environment's key; null where it has none. */
  apiKey: string | null;
  /** Instead of SendGrid's own address. */
  baseUrl: string | null;
}

export type Credentials = Omit<TwilioAccount, "baseUrl">;

type ProviderAccountRow = NonNullable<Awaited<ReturnType<typeof findProviderAccount>>>;

/** Rotated credentials are picked up within this time. */
const KEPT_MS = 60_000;
const LOOPBACK = /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/;

/** Whether what is sent there ends on this machine: a stand-in, never the provider itself. */
const isSandbox = (baseUrl: string | null | undefined) => baseUrl != null && LOOPBACK.test(baseUrl);

/** Whether everything that is sent ends on this machine, by whichever provider. */
export const isSandboxed = (config: Pick<Config, "TWILIO_API_BASE_URL" | "SENDGRID_API_BASE_URL">) =>
  isSandbox(config.TWILIO_API_BASE_URL) && isSandbox(config.SENDGRID_API_BASE_URL);

export function environmentAccount(
  config: Pick<Config, "TWILIO_ACCOUNT_SID" | "TWILIO_AUTH_TOKEN">,
): Credentials | null {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = config;
  return accountSid !== undefined && authToken !== undefined ? { accountSid, authToken } : null;
}

/** Which provider each sender goes out by: its workspace's account, or the environment's. */
export function providerDirectory(on: Connections & { sandboxed: boolean }): ProviderDirectory {
  const known = keeping<MessageProvider>();
  return {
    sandboxed: on.sandboxed,
    forAccount: (workspaceId, providerAccountId) =>
      known(providerAccountId, async () => {
        const account =
          providerAccountId === null
            ? environmentOf(on)
            : await ownAccount(on, workspaceId, providerAccountId);
        return twilioProvider({ ...account, baseUrl: on.baseUrl }, on.http);
      }),
  };
}

/** The same for senders of e-mail. */
export function mailDirectory(on: MailConnections): MailOf {
  const known = keeping<MailProvider>();
  return (workspaceId, providerAccountId) =>
    known(providerAccountId, async () => {
      const apiKey =
        providerAccountId === null ? environmentKey(on) : await ownKey(on, workspaceId, providerAccountId);
      return sendGridProvider({ apiKey, baseUrl: on.baseUrl }, on.http);
    });
}

/** Suppression lists of each account of e-mail; none where nobody has given the environment one. */
export function suppressionDirectory(on: MailConnections): SuppressionListsOf {
  return async (workspaceId, providerAccountId) => {
    const apiKey = providerAccountId === null ? on.apiKey : await ownKey(on, workspaceId, providerAccountId);
    return apiKey === null ? null : sendGridSuppressions({ apiKey, baseUrl: on.baseUrl }, on.http);
  };
}

/** Makes each account's provider once in a while; null is the environment's. */
function keeping<Provider>() {
  const known = new Map<string | null, { provider: Provider; until: number }>();
  return async (accountId: string | null, make: () => Promise<Provider>): Promise<Provider> => {
    const kept = known.get(accountId);
    if (kept !== undefined && kept.until > performance.now()) return kept.provider;
    const provider = await make();
    known.set(accountId, { provider, until: performance.now() + KEPT_MS });
    return provider;
  };
}

/** Where a workspace keeps its WhatsApp templates: at its own account if it has one. */
export function contentDirectory(on: Connections): ContentOf {
  return async (workspaceId) => {
    const own = await findAccountOf(on.db, workspaceId, "twilio");
    const account = own === undefined ? environmentOf(on) : credentialsOf(on, own);
    return twilioContent(twilioClient({ ...account, baseUrl: on.baseUrl }, on.http));
  };
}

/** Files of inbound messages, by the account of the sender that they came to. */
export function mediaDirectory(on: Connections): OpenMedia {
  return async ({ workspaceId, providerAccountId }, url, signal) => {
    const account =
      providerAccountId === null ? environmentOf(on) : await ownAccount(on, workspaceId, providerAccountId);
    return openTwilioMedia({ ...account, baseUrl: on.baseUrl }, url, signal);
  };
}

/** Calls of each account; the service that transcribes is the environment's, for its own account. */
export function voiceDirectory(on: Connections, intelligenceServiceSid: string | null): VoiceOf {
  return async (workspaceId, providerAccountId) => {
    const account =
      providerAccountId === null ? environmentOf(on) : await ownAccount(on, workspaceId, providerAccountId);
    return { provider: twilioVoice({ ...account, baseUrl: on.baseUrl }, on.http), intelligenceServiceSid };
  };
}

/** The endpoint that writes down speech: OpenAI's with a key, or any other that speaks its language by its address. */
export function environmentSpeech(
  config: Pick<Config, "OPENAI_API_KEY" | "OPENAI_BASE_URL">,
): SpeechProvider | null {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl } = config;
  if (apiKey === undefined && baseUrl === undefined) return null;
  // Servers of one's own often take any key.
  return openaiSpeech({ apiKey: apiKey ?? "none", baseUrl: baseUrl ?? null });
}

async function ownAccount(on: Connections, workspaceId: string, id: string): Promise<Credentials> {
  const account = await findProviderAccount(on.db, workspaceId, id);
  if (account === undefined)
    throw new DomainError("unavailable", "The provider account of this sender does not exist");
  return credentialsOf(on, account);
}

function credentialsOf(on: Connections, account: ProviderAccountRow): Credentials {
  const { auth_token } = unsealCredentials(on.sealingKey, account, account.sealed_credentials);
  return { accountSid: account.account_sid, authToken: auth_token };
}

async function ownKey(on: MailConnections, workspaceId: string, id: string): Promise<string> {
  const account = await findProviderAccount(on.db, workspaceId, id);
  if (account === undefined)
    throw new DomainError("unavailable", "The provider account of this sender does not exist");
  return unsealCredentials<"sendgrid">(on.sealingKey, account, account.sealed_credentials).api_key;
}

function environmentKey(on: MailConnections): string {
  if (on.apiKey !== null) return on.apiKey;
  throw new DomainError("unavailable", "There is no SendGrid account to work with", {
    fix: "Add one with POST /v1/provider-accounts, or set SENDGRID_API_KEY.",
  });
}

function environmentOf(on: Connections): Credentials {
  if (on.environment !== null) return on.environment;
  throw new DomainError("unavailable", "There is no Twilio account to work with", {
    fix: "Add one with POST /v1/provider-accounts, or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
  });
}
