import { readSignedIds, signIds } from "../signedIds.ts";

/**
 * What ends the URL that a workspace's e-mail is posted to. SendGrid signs nothing there: who knows the URL is taken for
 * it. Always the same for a workspace, until SECRET_KEY is another.
 * @param key `inboundKey` of domain/secrets.ts
 */
export const inboundToken = (key: Uint8Array, workspaceId: string): string => signIds(key, [workspaceId]);

/** The workspace of such a token; undefined where it was not made with this key. */
export const readInboundToken = (key: Uint8Array, token: string): string | undefined =>
  readSignedIds(key, token, 1)?.[0];
