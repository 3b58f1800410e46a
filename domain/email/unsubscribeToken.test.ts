import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveKeys } from "../secrets.ts";
import { readUnsubscribeToken, unsubscribeToken } from "./unsubscribeToken.ts";

const { linkKey } = deriveKeys("a secret key of tests, 32 characters");
const link = fc.record({ workspaceId: fc.uuid(), messageId: fc.uuid() });

test("unsubscribeToken · is read as what it was made of, and is the same each time", () => {
  fc.assert(
    fc.property(link, (of) => {
      const token = unsubscribeToken(linkKey, of);
      expect(readUnsubscribeToken(linkKey, token)).toEqual(of);
      expect(unsubscribeToken(linkKey, of)).toBe(token);
      expect(token).toMatch(/^[A-Za-z0-9_-]{64}$/);
    }),
  );
});

test("readUnsubscribeToken · takes nothing that was changed, or made with another key", () => {
  const { linkKey: other } = deriveKeys("another secret key, 32 characters");
  fc.assert(
    fc.property(link, fc.nat(47), fc.integer({ min: 1, max: 255 }), (of, at, by) => {
      const bytes = Buffer.from(unsubscribeToken(linkKey, of), "base64url");
      expect(readUnsubscribeToken(other, bytes.toString("base64url"))).toBeUndefined();
      bytes[at] = (bytes[at] ?? 0) ^ by;
      expect(readUnsubscribeToken(linkKey, bytes.toString("base64url"))).toBeUndefined();
    }),
  );
});

test("readUnsubscribeToken · takes nothing of another form", () => {
  for (const text of ["", "x", "a".repeat(63), "a".repeat(65), `${"a".repeat(63)}=`, "ñ".repeat(64)])
    expect(readUnsubscribeToken(linkKey, text)).toBeUndefined();
});
