import { validateRequest } from "twilio/lib/webhooks/webhooks.js";

/** Whether Twilio has signed this form for this URL with one of the account's tokens; compares in constant time. */
export function isSignedByTwilio(
  authTokens: readonly string[],
  signature: string,
  url: string,
  form: Record<string, string>,
): boolean {
  return authTokens.some((token) => validateRequest(token, signature, url, form));
}
