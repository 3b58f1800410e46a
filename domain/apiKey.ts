import { createHash, timingSafeEqual } from "node:crypto";

const SHAPE = /^cmp_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export interface ApiKeyParts {
  /** Stored in clear: finds the key and names it to people. */
  prefix: string;
  secret: string;
}

/** A key from its random parts: 6 bytes that name it, 32 that prove it. */
export function composeApiKey(naming: Uint8Array, proving: Uint8Array): ApiKeyParts & { key: string } {
  const prefix = Buffer.from(naming).toString("hex");
  const secret = Buffer.from(proving).toString("base64url");
  return { prefix, secret, key: `cmp_${prefix}_${secret}` };
}

/** The parts of `cmp_<prefix>_<secret>`, or undefined where the text is no key. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, prefix, secret] = SHAPE.exec(text) ?? [];
  return prefix && secret ? { prefix, secret } : undefined;
}

/** What is stored of a secret. It is 256 random bits, so one plain SHA-256 cannot be searched. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

export function secretMatches(secret: string, storedHash: Uint8Array): boolean {
  const hash = hashSecret(secret);
  return hash.length === storedHash.length && timingSafeEqual(hash, storedHash);
}
