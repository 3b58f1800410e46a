import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";

const ID_BYTES = 16;
const TAG_BYTES = 16;

/**
 * Ids that a URL carries to somebody else and back: they name nobody, and only the holder of `key` can have put them
 * there. Each UUID in 16 bytes, then a tag (HMAC-SHA-256, cut to 128 bits), in base64url; the same each time.
 */
export function signIds(key: Uint8Array, ids: readonly string[]): string {
  const bytes = Buffer.from(ids.join("").replaceAll("-", ""), "hex");
  return Buffer.concat([bytes, tagOf(key, bytes)]).toString("base64url");
}

/** The `count` ids of such a token; undefined where it was not made with this key. */
export function readSignedIds(key: Uint8Array, token: string, count: number): string[] | undefined {
  const bytes = Buffer.from(token, "base64url");
  const ids = bytes.subarray(0, count * ID_BYTES);
  // One spelling only: what base64url lets pass beside it is none of ours.
  if (bytes.length !== count * ID_BYTES + TAG_BYTES || bytes.toString("base64url") !== token)
    return undefined;
  if (!timingSafeEqual(bytes.subarray(count * ID_BYTES), tagOf(key, ids))) return undefined;
  return Array.from({ length: count }, (_, n) => uuidOf(ids.subarray(n * ID_BYTES, (n + 1) * ID_BYTES)));
}

/** Made of the bytes once: doing it for every token takes longer than the tag itself. */
const keys = new WeakMap<Uint8Array, KeyObject>();

function tagOf(key: Uint8Array, ids: Uint8Array): Buffer {
  const made = keys.get(key) ?? createSecretKey(key);
  keys.set(key, made);
  return createHmac("sha256", made).update(ids).digest().subarray(0, TAG_BYTES);
}

const uuidOf = (bytes: Buffer): string =>
  bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
