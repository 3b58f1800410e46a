import { createHmac, timingSafeEqual } from "node:crypto";

const PREFIX = "reply+";
const ID_BYTES = 16;
/** A local part has 64 characters at most: prefix, id and tag in hex just fit, whatever case servers make of them. */
const TAG_BYTES = 12;

/** The conversation that an address leads back to. */
export interface ReplyPlace {
  workspaceId: string;
  conversationId: string;
}

/**
 * Where the answer to a mail of a conversation goes: it names nobody, and only the holder of `key` can have made it.
 * Always the same for the same conversation.
 * @param key `replyKey` of domain/secrets.ts
 * @param domain one that SendGrid's Inbound Parse takes mail for
 */
export function replyAddress(key: Uint8Array, of: ReplyPlace, domain: string): string {
  const id = bytesOf(of.conversationId);
  return `${PREFIX}${Buffer.concat([id, tagOf(key, of.workspaceId, id)]).toString("hex")}@${domain}`;
}

/** The conversation of such an address; undefined where it was not made with this key, for this workspace. */
export function readReplyAddress(key: Uint8Array, workspaceId: string, address: string): string | undefined {
  const token = /^reply\+([0-9a-f]{56})@/i.exec(address)?.[1];
  if (token === undefined) return undefined;
  const bytes = Buffer.from(token, "hex");
  const id = bytes.subarray(0, ID_BYTES);
  if (!timingSafeEqual(bytes.subarray(ID_BYTES), tagOf(key, workspaceId, id))) return undefined;
  return id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function tagOf(key: Uint8Array, workspaceId: string, id: Uint8Array): Buffer {
  return createHmac("sha256", key).update(bytesOf(workspaceId)).update(id).digest().subarray(0, TAG_BYTES);
}

const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex");
