import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Logger } from "pino";
import type { Db } from "../db/connect.ts";
import type { LanguageModels } from "../domain/language/asking.ts";
import type { ContentOf } from "../providers/content.ts";
import type { RecordsOf } from "../providers/domains.ts";
import type { OpenMedia } from "../providers/media.ts";
import type { Auth } from "./auth.ts";
import type { ConversationFeed } from "./conversationFeed.ts";

/** Asks a provider whether credentials work, before they are saved; rejects where it cannot be asked. */
export type VerifyAccount = (
  account:
    | { provider: "twilio"; accountSid: string; authToken: string }
    | { provider: "sendgrid"; apiKey: string },
) => Promise<{ ok: true } | { ok: false; reason: string }>;

/** Everything the API is given; built in server.ts and in tests, nowhere else. */
export interface ApiDeps {
  /** Under the role campanile_api: sees nothing outside `inWorkspace`. */
  db: Db;
  config: {
    /** What providers call back, and clients see. */
    PUBLIC_URL: string;
    /** Origins whose pages may ask, by commas; none where empty. */
    CORS_ORIGINS: string;
    RATE_LIMIT_PER_MINUTE: number;
  };
  log: Logger;
  /** Drives the temporal_outbox at once; called after each commit that changed something. Never throws. */
  kick(): void;
  sealingKey: Buffer;
  /** Keys `addressHash` of db/suppressions.ts. */
  addressKey: Buffer;
  /** Signs what stands in links of e-mails (domain/email/unsubscribeToken.ts). */
  linkKey: Buffer;
  /** Signs the URLs that e-mail is posted to (domain/email/inboundToken.ts). */
  inboundKey: Buffer;
  /** Signs the addresses that answers to e-mails come back to (domain/email/replyAddress.ts). */
  replyKey: Buffer;
  verifyAccount: VerifyAccount;
  /** Where a workspace keeps its WhatsApp templates. */
  contentOf: ContentOf;
  /** Language work, by what each workspace has chosen. */
  language: LanguageModels;
  /** What name servers say of a from-domain. */
  recordsOf: RecordsOf;
  /** Files that people have sent, from the provider. */
  openMedia: OpenMedia;
  /** What listeners of conversations hear; stopped before the server is. */
  feed: ConversationFeed;
  /** The environment's Twilio account, for senders and webhooks without one of their own. */
  twilio: { accountSid: string; authToken: string } | null;
  /** What the environment's SendGrid account signs its webhooks with, each as SendGrid shows it. */
  sendgridKeys: readonly string[];
  /** True where everything that is sent ends in a stand-in on this machine. */
  sandboxed: boolean;
  /** Milliseconds of a minute in the retry ladder: 60,000 but for trials. */
  retryMinuteMs: number;
  /** What /readyz asks, by the part's name; a probe rejects where the part is missing. */
  probes: Record<string, () => Promise<unknown>>;
}

export type AppEnv = {
  Variables: {
    requestId: string;
    auth: Auth;
    /** The path's pattern, for logs and metrics: never the path itself. */
    pattern: string;
  };
};

export type App = OpenAPIHono<AppEnv>;
