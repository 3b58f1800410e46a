import { validateRequest, validateRequestWithBody } from "twilio/lib/webhooks/webhooks.js";

/** Whether Twilio has signed this form for this URL with one of the account's tokens; compares in constant time. */
export function isSignedByTwilio(
  authTokens: readonly string[],
  signature: string,
  url: string,
  form: Record<string, string>,
): boolean {
  return authTokens.some((token) => validateRequest(token, signature, url, form));
}

/** The same for a JSON body, whose SHA-256 stands in the URL as `bodySHA256`. */
export function isJsonSignedByTwilio(
  authTokens: readonly string[],
  signature: string,
  url: string,
  body: string,
): boolean {
  return authTokens.some((token) => validateRequestWithBody(token, signature, url, body));
}
