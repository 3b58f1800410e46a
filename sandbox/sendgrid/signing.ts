import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A key pair of one account's event webhook, as it is kept. */
export interface SigningKey {
  /** PKCS #8, PEM. */
  private_key: string;
  /** SPKI, DER in Base64: as SendGrid shows it. */
  public_key: string;
}

export function newSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    public_key: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
  };
}

const parsed = new Map<string, KeyObject>();

/**
 * The headers of a signed post: Base64 of an ECDSA signature (P-256, SHA-256, ASN.1) over timestamp and raw body.
 * Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export function signatureHeaders(
  privateKey: string,
  timestamp: string,
  body: Buffer,
): Record<string, string> {
  const key = parsed.get(privateKey) ?? createPrivateKey(privateKey);
  parsed.set(privateKey, key);
  const signature = sign("sha256", Buffer.concat([Buffer.from(timestamp), body]), key).toString("base64");
  return {
    "x-twilio-email-event-webhook-signature": signature,
    "x-twilio-email-event-webhook-timestamp": timestamp,
  };
}
