import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { composeApiKey, hashSecret, parseApiKey, secretMatches } from "./apiKey.ts";
import { ROLES, roleAllows } from "./roles.ts";

test("parseApiKey · reads back what composeApiKey wrote, whatever the random bytes", () => {
  for (let n = 0; n < 200; n++) {
    const { key, prefix, secret } = composeApiKey(randomBytes(6), randomBytes(32));
    expect(parseApiKey(key)).toEqual({ prefix, secret });
  }
});

test("parseApiKey · reads nothing else", () => {
  const { key } = composeApiKey(new Uint8Array(6), new Uint8Array(32));
  for (const text of ["", "cmp__", key.slice(0, -1), `${key}A`, ` ${key}`, key.replace("cmp", "CMP")]) {
    expect(parseApiKey(text)).toBeUndefined();
  }
});

test("secretMatches · only the secret whose hash it is", () => {
  const hash = hashSecret("one");
  expect(secretMatches("one", hash)).toBe(true);
  expect(secretMatches("two", hash)).toBe(false);
  expect(secretMatches("one", hash.subarray(1))).toBe(false);
});

test("roleAllows · each role may do what those before it may, and nothing more", () => {
  for (const [has, role] of ROLES.entries()) {
    for (const [needs, least] of ROLES.entries()) expect(roleAllows(role, least)).toBe(has >= needs);
  }
});
