import { createPublicKey, createVerify, type KeyObject } from "node:crypto";

/** How old a post may be: SendGrid repeats one that was not taken for 24 hours. What came before is known by its ids. */
const OLDEST_S = 26 * 3_600;
/** How far its clock may be ahead of ours. */
const AHEAD_S = 300;

/** What SendGrid sends beside the body, as it came. */
export interface EventSignature {
  /** ECDSA P-256 over timestamp and body, DER, base64. */
  signature: string;
  /** Seconds since 1970. */
  timestamp: string;
}

/**
 * Whether one of these keys has signed the very bytes of this post, lately enough. Gives the key, as its owner is whose
 * events these are; undefined where none has.
 * @param keys base64 of the DER form, as SendGrid shows its verification key, or PEM
 * Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export function signingKey(
  keys: readonly string[],
  { signature, timestamp }: EventSignature,
  body: Uint8Array,
  now: Date,
): string | undefined {
  if (!/^\d{1,12}$/.test(timestamp) || signature === "") return undefined;
  const age = now.getTime() / 1_000 - Number(timestamp);
  if (age > OLDEST_S || age < -AHEAD_S) return undefined;
  const signed = Buffer.from(signature, "base64");
  return keys.find((key) => {
    const opened = keyOf(key);
    if (opened === undefined) return false;
    const verify = createVerify("sha256").update(timestamp).update(body);
    return verify.verify(opened, signed);
  });
}

/** Whether this text is a key that a signature can be checked with. */
export const isWebhookKey = (key: string): boolean => keyOf(key) !== undefined;

const opened = new Map<string, KeyObject>();
const MOST_OPENED = 1_000;

function keyOf(key: string): KeyObject | undefined {
  const known = opened.get(key);
  if (known !== undefined) return known;
  try {
    const made = key.includes("-----BEGIN")
      ? createPublicKey(key)
      : createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
    if (made.asymmetricKeyType !== "ec") return undefined;
    if (opened.size >= MOST_OPENED) opened.clear();
    opened.set(key, made);
    return made;
  } catch {
    // No key at all: nothing is signed by it. Who saves one is told by isWebhookKey.
    return undefined;
  }
}
