import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { DomainError } from "./errors.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Keys {
  /** Seals credentials and kept answers. */
  sealingKey: Buffer;
  /** Keys the hashes of suppressed addresses. */
  addressKey: Buffer;
  /** Signs what stands in links of e-mails. */
  linkKey: Buffer;
  /** Signs the URLs that e-mail is posted to. */
  inboundKey: Buffer;
  /** Signs the addresses that answers to e-mails come back to. */
  replyKey: Buffer;
}

/** The keys of an installation, each for one use, derived from SECRET_KEY by HKDF-SHA-256 (RFC 5869). */
export function deriveKeys(secretKey: string): Keys {
  const derive = (use: string) => Buffer.from(hkdfSync("sha256", secretKey, "", `campanile/${use}/v1`, 32));
  return {
    sealingKey: derive("sealing"),
    addressKey: derive("addresses"),
    linkKey: derive("links"),
    inboundKey: derive("inbound"),
    replyKey: derive("replies"),
  };
}

/**
 * AES-256-GCM. `context` (whose it is: a table and an id) is authenticated with it, so that a sealed value
 * cannot be moved to another row. `nonce` is 12 random bytes, never used twice: nonce · text · tag come back.
 */
export function seal(key: Uint8Array, text: string, context: string, nonce: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** The text that `seal` took. Throws `unavailable` where key or context are others: SECRET_KEY was changed. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): string {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new DomainError("unavailable", "A sealed value cannot be opened with this SECRET_KEY", {
      fix: "Run with the SECRET_KEY that was in use when it was saved, or save it anew.",
      cause,
    });
  }
}
