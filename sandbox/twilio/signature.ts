import { createHmac } from "node:crypto";

/**
 * X-Twilio-Signature of a form-encoded webhook: Base64 of HMAC-SHA1, keyed with the account's auth token, over
 * the full URL with its query, followed by each parameter's name and value in order of the names.
 * Source: https://www.twilio.com/docs/usage/security#validating-requests
 */
export function signatureOf(authToken: string, url: string, fields: Record<string, string>): string {
  let signed = url;
  for (const name of Object.keys(fields).sort()) signed += name + fields[name];
  return createHmac("sha1", authToken).update(signed, "utf8").digest("base64");
}
