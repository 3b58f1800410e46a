import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";

/** The message that a link to unsubscribe stands in. */
export interface UnsubscribeLink {
  workspaceId: string;
  messageId: string;
}

const ID_BYTES = 16;
const TAG_BYTES = 16;
const FORM = /^[A-Za-z0-9_-]{64}$/;

/**
 * What stands in the links of one e-mail: to unsubscribe at once (RFC 8058) and to the preference page. It names nobody:
 * two ids and a tag (HMAC-SHA-256, cut to 128 bits), 64 characters in all, that only the holder of `key` can make. Always
 * the same for the same message; it does not expire, as people unsubscribe by old e-mails too.
 * @param key `linkKey` of domain/secrets.ts
 */
export function unsubscribeToken(key: Uint8Array, of: UnsubscribeLink): string {
  const ids = Buffer.from(`${of.workspaceId}${of.messageId}`.replaceAll("-", ""), "hex");
  return Buffer.concat([ids, tagOf(key, ids)]).toString("base64url");
}

/** The message of such a token; undefined where it was not made with this key. */
export function readUnsubscribeToken(key: Uint8Array, token: string): UnsubscribeLink | undefined {
  if (!FORM.test(token)) return undefined;
  const bytes = Buffer.from(token, "base64url");
  const ids = bytes.subarray(0, 2 * ID_BYTES);
  if (!timingSafeEqual(bytes.subarray(2 * ID_BYTES), tagOf(key, ids))) return undefined;
  return {
    workspaceId: uuidOf(ids.subarray(0, ID_BYTES)),
    messageId: uuidOf(ids.subarray(ID_BYTES)),
  };
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
