import { createHash, randomUUID } from "node:crypto";
import type { Settings } from "../settings.ts";
import type { Outgoing } from "../webhooks.ts";
import { signatureOf } from "./signature.ts";

export interface TwilioWebhook {
  url: string;
  fields: Record<string, string>;
  token: string;
  /** Sent as JSON, with the SHA-256 of the body signed into the URL. */
  json?: boolean;
}

/**
 * A signed, form-encoded webhook. As Twilio does unless the URL's fragment says otherwise (#rc=5&rp=all): one more
 * try where no connection came about, none after an answer.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export function twilioWebhook(
  { url, fields, token, json = false }: TwilioWebhook,
  settings: Settings,
): Outgoing {
  const { target: plain, retries, on5xx } = connectionOf(url, settings);
  const body = json ? JSON.stringify(fields) : formOf(fields);
  const target = json ? withHash(plain, body) : plain;
  const headers = {
    "content-type": json ? "application/json" : "application/x-www-form-urlencoded; charset=UTF-8",
    "user-agent": "TwilioProxy/1.1",
    "x-twilio-signature": signatureOf(token, target, json ? {} : fields),
    "i-twilio-idempotency-token": randomUUID(),
  };
  return { url: target, headers, body, retries, on5xx };
}

function formOf(fields: Record<string, string>): string {
  let form = "";
  for (const name in fields) form += `${form && "&"}${name}=${encodeURIComponent(fields[name] as string)}`;
  return form;
}

/** What makes a JSON body part of the signed URL. Source: https://www.twilio.com/docs/usage/security#validating-requests */
function withHash(url: string, body: string): string {
  const hash = createHash("sha256").update(body, "utf8").digest("hex");
  return `${url}${url.includes("?") ? "&" : "?"}bodySHA256=${hash}`;
}

function connectionOf(url: string, settings: Settings): { target: string; retries: number; on5xx: boolean } {
  const hash = url.indexOf("#");
  const overrides = new URLSearchParams(hash < 0 ? "" : url.slice(hash + 1));
  const policy = overrides.get("rp") ?? "ct";
  const on5xx = settings.callback_retries > 0 || policy.includes("5xx") || policy.includes("all");
  const given = Number(overrides.get("rc") ?? "1");
  const retries = Math.max(
    settings.callback_retries,
    Number.isInteger(given) ? Math.min(Math.max(given, 0), 5) : 1,
  );
  return { target: hash < 0 ? url : url.slice(0, hash), retries, on5xx };
}
