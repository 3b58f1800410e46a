import { readSignedIds, signIds } from "../signedIds.ts";

/** The message that a link to unsubscribe stands in. */
export interface UnsubscribeLink {
  workspaceId: string;
  messageId: string;
}

/**
 * What stands in the links of one e-mail: to unsubscribe at once (RFC 8058) and to the preference page. It names nobody:
 * two signed ids, 64 characters in all. Always the same for the same message; it does not expire, as people unsubscribe
 * by old e-mails too.
 * @param key `linkKey` of domain/secrets.ts
 */
export const unsubscribeToken = (key: Uint8Array, of: UnsubscribeLink): string =>
  signIds(key, [of.workspaceId, of.messageId]);

/** The message of such a token; undefined where it was not made with this key. */
export function readUnsubscribeToken(key: Uint8Array, token: string): UnsubscribeLink | undefined {
  const [workspaceId, messageId] = readSignedIds(key, token, 2) ?? [];
  return workspaceId === undefined || messageId === undefined ? undefined : { workspaceId, messageId };
}
