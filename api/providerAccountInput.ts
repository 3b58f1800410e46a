import { randomBytes } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { type CredentialsOf, sealCredentials, unsealCredentials } from "../db/providerAccounts.ts";
import { DomainError } from "../domain/errors.ts";
import { isWebhookKey } from "../providers/sendgrid/webhook.ts";
import type { ApiDeps, VerifyAccount } from "./deps.ts";
import { Id, Timestamp, text } from "./schemas.ts";

const AuthToken = z
  .string()
  .regex(/^[\x21-\x7e]{16,200}$/, "must be the account's auth token")
  .openapi({ example: "a token of the account", writeOnly: true });
const ApiKey = z
  .string()
  .regex(/^SG\.[\w-]{8,64}\.[\w-]{16,128}$/, "must be an API key as SendGrid shows it: SG. and two parts")
  .openapi({ example: "SG.a-key-of-the-account.and-its-secret-part", writeOnly: true });
const PublicKeys = z
  .array(z.string().max(1_000).refine(isWebhookKey, "must be a verification key as SendGrid shows it"))
  .max(5)
  .openapi({ description: "What the event webhooks are signed with." });

export const ProviderAccount = z
  .object({
    id: Id,
    provider: z.enum(["twilio", "sendgrid"]),
    name: z.string(),
    account_sid: z.string().openapi({ description: "Of SendGrid: the public half of the first API key." }),
    previous_until: Timestamp.nullable().openapi({
      description: "Until when webhooks signed as before are accepted.",
    }),
    verified_at: Timestamp.nullable().openapi({
      description: "When the provider last accepted the credentials.",
    }),
    created_at: Timestamp,
  })
  .openapi("ProviderAccount");

export const NewProviderAccount = z
  .discriminatedUnion("provider", [
    z.strictObject({
      provider: z.literal("twilio"),
      name: text(200),
      account_sid: z.string().regex(/^AC[0-9a-f]{32}$/, "must be AC and 32 hexadecimal digits"),
      auth_token: AuthToken,
    }),
    z.strictObject({
      provider: z.literal("sendgrid"),
      name: text(200),
      api_key: ApiKey,
      webhook_public_keys: PublicKeys.default([]),
    }),
  ])
  .openapi("NewProviderAccount", {
    example: {
      provider: "twilio",
      name: "Twilio, Colombia",
      account_sid: `AC${"0".repeat(32)}`,
      auth_token: "0123456789abcdef0123456789abcdef",
    },
  });
type NewProviderAccount = z.infer<typeof NewProviderAccount>;

export const Rotation = z
  .strictObject({
    auth_token: AuthToken.optional().openapi({ description: "Of Twilio." }),
    api_key: ApiKey.optional().openapi({ description: "Of SendGrid; none: it stays." }),
    webhook_public_keys: PublicKeys.optional().openapi({ description: "Of SendGrid; none: they stay." }),
    overlap_seconds: z
      .int()
      .min(0)
      .max(7 * 86_400)
      .default(86_400)
      .openapi({ description: "How long webhooks signed as before are still accepted." }),
  })
  .openapi("ProviderAccountRotation", {
    example: { auth_token: "0123456789abcdef0123456789abcdef", overlap_seconds: 86_400 },
  });
type Rotation = z.infer<typeof Rotation>;

type Deps = Pick<ApiDeps, "sealingKey" | "verifyAccount">;

/** The row of a new account, once its provider has accepted the credentials. */
export async function newAccountOf(deps: Deps, given: NewProviderAccount) {
  const { provider, name } = given;
  const account_sid =
    given.provider === "twilio" ? given.account_sid : (given.api_key.split(".")[1] as string);
  const credentials =
    given.provider === "twilio"
      ? { auth_token: given.auth_token }
      : { api_key: given.api_key, webhook_public_keys: given.webhook_public_keys };
  const account = { provider, account_sid };
  return { ...account, name, sealed_credentials: await sealed(deps, account, credentials) };
}

/** New credentials of an account, sealed, once its provider has accepted them. */
export async function rotatedOf(
  deps: Deps,
  account: { provider: string; account_sid: string; sealed_credentials: Buffer },
  given: Rotation,
): Promise<Buffer> {
  const { auth_token, api_key, webhook_public_keys } = given;
  if (account.provider === "twilio") {
    refuse({ api_key, webhook_public_keys }, "a Twilio account");
    if (auth_token === undefined) throw needed("auth_token");
    return sealed(deps, account, { auth_token });
  }
  refuse({ auth_token }, "a SendGrid account");
  if (api_key === undefined && webhook_public_keys === undefined) throw needed("api_key");
  const before = unsealCredentials<"sendgrid">(deps.sealingKey, account, account.sealed_credentials);
  return sealed(deps, account, {
    api_key: api_key ?? before.api_key,
    webhook_public_keys: webhook_public_keys ?? before.webhook_public_keys,
  });
}

async function sealed(
  deps: Deps,
  account: { provider: string; account_sid: string },
  credentials: CredentialsOf["twilio"] | CredentialsOf["sendgrid"],
): Promise<Buffer> {
  if ("auth_token" in credentials)
    await checkCredentials(
      deps.verifyAccount,
      { provider: "twilio", accountSid: account.account_sid, authToken: credentials.auth_token },
      { field: "auth_token", fix: "Copy account SID and auth token anew from the provider's console." },
    );
  else
    await checkCredentials(
      deps.verifyAccount,
      { provider: "sendgrid", apiKey: credentials.api_key },
      { field: "api_key", fix: "Make an API key with the scope mail.send at SendGrid and copy it whole." },
    );
  return sealCredentials(deps.sealingKey, account, credentials, randomBytes(12));
}

async function checkCredentials(
  verifyAccount: VerifyAccount,
  account: Parameters<VerifyAccount>[0],
  otherwise: { field: string; fix: string },
): Promise<void> {
  const verdict = await verifyAccount(account).catch((cause: unknown) => {
    throw new DomainError(
      "provider_unavailable",
      "The provider could not be asked whether the credentials work.",
      { fix: "Try again in a minute.", cause },
    );
  });
  if (!verdict.ok) throw new DomainError("validation", verdict.reason, otherwise);
}

function refuse(fields: Record<string, unknown>, kind: string): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined)
      throw new DomainError("validation", `There is no ${field} to ${kind}.`, {
        field,
        fix: "GET /v1/provider-accounts shows whose account it is.",
      });
  }
}

const needed = (field: string) =>
  new DomainError("validation", "There is nothing to rotate to.", { field, fix: `Give a new ${field}.` });
