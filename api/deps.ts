import type { Logger } from "pino";
import type { Db } from "../db/connect.ts";
import type { Config } from "../config.ts";
import type { Auth } from "./auth.ts";

/** What a provider says to credentials, before they are saved. */
export interface AccountVerifier {
  /** Resolves where they work. Throws `validation` where the provider refuses them, `provider_unavailable` where it cannot be asked. */
  verify(account: { provider: "twilio" | "sendgrid"; accountSid: string; authToken: string }): Promise<void>;
}

/** Everything the API is given; built in server.ts and in tests, nowhere else. */
export interface ApiDeps {
  /** Under the role campanile_api: sees nothing outside `inWorkspace`. */
  db: Db;
  config: Pick<Config, "PUBLIC_URL" | "CORS_ORIGINS" | "RATE_LIMIT_PER_MINUTE">;
  log: Logger;
  /** Drives the temporal_outbox at once; called after each commit that changed something. Never throws. */
  kick(): void;
  sealingKey: Buffer;
  /** Keys `addressHash` of db/suppressions.ts. */
  addressKey: Buffer;
  accounts: AccountVerifier;
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
