import type { Context } from "hono";
import type { Registry } from "prom-client";
import { resolveTwilioWebhook, type WebhookOwner } from "../../db/webhookOwners.ts";
import { canonicalAddress } from "../../domain/address.ts";
import { DomainError } from "../../domain/errors.ts";
import { ATTEMPT_FIELD, readInboundForm } from "../../domain/twilioWebhook.ts";
import { isSignedByTwilio } from "../../providers/twilio/webhook.ts";
import type { ApiDeps, App, AppEnv } from "../deps.ts";
import { WebhookIntake } from "./intake.ts";

const MAX_BYTES = 64 * 1024;
/** How long it is remembered whose an account is; a rotated token is known within this time. */
const OWNER_KEPT_MS = 15_000;
const MOST_OWNERS = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/**
 * POST /webhooks/twilio/status and /inbound: signed by Twilio over PUBLIC_URL, stored and applied in one transaction,
 * then 200. 403 where the signature is not the account's, 5xx only where the database does not take it.
 */
export function twilioWebhooks(app: App, deps: ApiDeps, registry: Registry): void {
  const intake = new WebhookIntake(deps, registry);
  const ownerOf = rememberingOwners(deps);

  app.post("/webhooks/twilio/status", async (c) => {
    const { form, owner } = await authenticated(c, deps, ownerOf);
    const attempt = c.req.query("attempt");
    await intake.take(owner.workspaceId, {
      provider: "twilio",
      kind: "status",
      dedupeKey: `${form["MessageSid"] ?? form["SmsSid"]}:${form["MessageStatus"] ?? form["SmsStatus"]}`,
      payload: attempt === undefined ? form : { ...form, [ATTEMPT_FIELD]: attempt },
    });
    // With its length: without, Node writes the end of the answer by a call of its own.
    return c.body(null, 200, { "content-length": "0" });
  });

  app.post("/webhooks/twilio/inbound", async (c) => {
    const { form, owner } = await authenticated(c, deps, ownerOf);
    await intake.take(owner.workspaceId, {
      provider: "twilio",
      kind: "inbound",
      dedupeKey: `inbound:${form["MessageSid"] ?? form["SmsSid"]}`,
      payload: form,
    });
    return c.body(EMPTY_TWIML, 200, { "content-type": "text/xml" });
  });
}

type OwnerOf = (
  form: Record<string, string>,
  workspaceId: string | null,
) => Promise<WebhookOwner | undefined>;

/** The form and whose it is; refuses what the owner's account has not signed, without saying which part was wrong. */
async function authenticated(c: Context<AppEnv>, deps: ApiDeps, ownerOf: OwnerOf) {
  const body = await c.req.text();
  if (body.length > MAX_BYTES) throw new DomainError("too_large", "A webhook of Twilio is never this large.");
  const form = Object.fromEntries(new URLSearchParams(body));
  const given = c.req.query("workspace");
  const owner = await ownerOf(form, given !== undefined && UUID.test(given) ? given : null);
  // What follows scheme and host, as it was written.
  const url = deps.config.PUBLIC_URL.replace(/\/$/, "") + c.req.url.slice(c.req.url.indexOf("/", 8));
  if (
    owner === undefined ||
    !isSignedByTwilio(owner.authTokens, c.req.header("x-twilio-signature") ?? "", url, form)
  ) {
    throw new DomainError("forbidden", "The signature is not that of a Twilio account known here.", {
      fix: "Check PUBLIC_URL, the webhook's URL at Twilio, and the account's auth token.",
    });
  }
  return { form, owner };
}

/** One look-up for many receipts: whose an account is changes rarely. */
function rememberingOwners(deps: ApiDeps): OwnerOf {
  const kept = new Map<string, { owner: Promise<WebhookOwner | undefined>; until: number }>();
  return (form, workspaceId) => {
    const inbound = workspaceId === null ? readInboundForm(form) : undefined;
    const webhook = {
      accountSid: form["AccountSid"] ?? "",
      workspaceId,
      channel: inbound?.channel ?? null,
      address: inbound === undefined ? null : canonicalAddress(inbound.channel, inbound.to),
    };
    const key = Object.values(webhook).join(" ");
    const known = kept.get(key);
    if (known !== undefined && known.until > performance.now()) return known.owner;
    const owner = resolveTwilioWebhook(
      deps.db,
      { sealingKey: deps.sealingKey, environment: deps.twilio },
      webhook,
    );
    if (kept.size >= MOST_OWNERS) kept.clear();
    kept.set(key, { owner, until: performance.now() + OWNER_KEPT_MS });
    owner.catch(() => kept.delete(key));
    return owner;
  };
}
