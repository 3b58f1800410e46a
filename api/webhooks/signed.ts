import type { Context } from "hono";
import { resolveTwilioWebhook, type WebhookOwner } from "../../db/webhookOwners.ts";
import { canonicalAddress } from "../../domain/address.ts";
import { DomainError } from "../../domain/errors.ts";
import { isJsonSignedByTwilio, isSignedByTwilio } from "../../providers/twilio/webhook.ts";
import type { ApiDeps, AppEnv } from "../deps.ts";

const MAX_BYTES = 64 * 1024;
/** How long it is remembered whose an account is; a rotated token is known within this time. */
const OWNER_KEPT_MS = 15_000;
const MOST_OWNERS = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Form = Record<string, string>;

/** A number of ours that somebody wrote to or called: it may tell whose an event is. */
export interface OwnNumber {
  channel: "whatsapp" | "sms";
  address: string;
}

export interface Signed {
  form: Form;
  owner: WebhookOwner;
}

/** Reads webhooks of Twilio, and refuses what the owner's account has not signed, without saying which part was wrong. */
export interface SignedWebhooks {
  /** `numbers`: which numbers of ours the form names, the likeliest first. */
  form(c: Context<AppEnv>, numbers: (form: Form) => OwnNumber[]): Promise<Signed>;
  /** The SHA-256 of the body is part of the signed URL. `workspace` reads from the body whose it says it is. */
  json(c: Context<AppEnv>, workspace: (body: Form) => string | undefined): Promise<Signed>;
}

export function signedWebhooks(deps: ApiDeps): SignedWebhooks {
  const ownerOf = rememberingOwners(deps);
  // What follows scheme and host, as it was written.
  const urlOf = (c: Context<AppEnv>) => deps.config.PUBLIC_URL + c.req.url.slice(c.req.url.indexOf("/", 8));
  const signatureOf = (c: Context<AppEnv>) => c.req.header("x-twilio-signature") ?? "";

  return {
    async form(c, numbers) {
      const form = Object.fromEntries(new URLSearchParams(await bodyOf(c)));
      const accountSid = form["AccountSid"] ?? "";
      const given = givenWorkspace(c);
      const ask = (number: OwnNumber | null) => ownerOf({ accountSid, workspaceId: given, number });
      let owner = given === null ? undefined : await ask(null);
      const candidates = given === null ? [...numbers(form), null] : [];
      for (const number of candidates) owner ??= await ask(number);
      if (owner !== undefined && isSignedByTwilio(owner.authTokens, signatureOf(c), urlOf(c), form))
        return { form, owner };
      throw notSigned();
    },
    async json(c, workspace) {
      const text = await bodyOf(c);
      const form = flat(text);
      const accountSid = form["account_sid"] ?? "";
      const workspaceId = givenWorkspace(c) ?? workspace(form) ?? null;
      const owner = await ownerOf({ accountSid, workspaceId, number: null });
      if (owner !== undefined && isJsonSignedByTwilio(owner.authTokens, signatureOf(c), urlOf(c), text))
        return { form, owner };
      throw notSigned();
    },
  };
}

async function bodyOf(c: Context<AppEnv>): Promise<string> {
  const body = await c.req.text();
  if (body.length > MAX_BYTES) throw new DomainError("too_large", "A webhook of Twilio is never this large.");
  return body;
}

/** The workspace that a URL of ours names. */
export function givenWorkspace(c: Context<AppEnv>): string | null {
  const given = c.req.query("workspace");
  return given !== undefined && UUID.test(given) ? given : null;
}

/** The texts and numbers of a JSON object; empty where it is none. */
function flat(text: string): Form {
  try {
    const fields = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(
      fields.flatMap(([name, value]) =>
        typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [],
      ),
    );
  } catch {
    return {};
  }
}

const notSigned = () =>
  new DomainError("forbidden", "The signature is not that of a Twilio account known here.", {
    fix: "Check PUBLIC_URL, the webhook's URL at Twilio, and the account's auth token.",
  });

type OwnerOf = (of: {
  accountSid: string;
  workspaceId: string | null;
  number: OwnNumber | null;
}) => Promise<WebhookOwner | undefined>;

/** One look-up for many receipts: whose an account is changes rarely. */
function rememberingOwners(deps: ApiDeps): OwnerOf {
  const kept = new Map<string, { owner: Promise<WebhookOwner | undefined>; until: number }>();
  return ({ accountSid, workspaceId, number }) => {
    const webhook = {
      accountSid,
      workspaceId,
      channel: number?.channel ?? null,
      address: number === null ? null : canonicalAddress(number.channel, number.address),
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
