import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveKeys, seal, unseal } from "./secrets.ts";

const { sealingKey, addressKey } = deriveKeys("a secret key of tests, 32 characters");
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });

test("unseal · gives back any text that was sealed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), nonce, (text, context, random) => {
      expect(unseal(sealingKey, seal(sealingKey, text, context, random), context)).toBe(text);
    }),
  );
});

test("unseal · refuses a value in which any one byte was changed", () => {
  const sealed = seal(sealingKey, "a token", "row 1", new Uint8Array(12));
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => unseal(sealingKey, changed, "row 1")).toThrow(/cannot be opened/);
  }
});

test("unseal · refuses another context, another key and what is too short", () => {
  const sealed = seal(sealingKey, "a token", "row 1", new Uint8Array(12));
  expect(() => unseal(sealingKey, sealed, "row 2")).toThrow(/SECRET_KEY/);
  expect(() => unseal(addressKey, sealed, "row 1")).toThrow(/SECRET_KEY/);
  expect(() => unseal(sealingKey, sealed.subarray(0, 5), "row 1")).toThrow(/SECRET_KEY/);
});

test("deriveKeys · gives each use a key of its own, the same each time", () => {
  expect(sealingKey.equals(addressKey)).toBe(false);
  expect(deriveKeys("a secret key of tests, 32 characters").sealingKey.equals(sealingKey)).toBe(true);
  expect(deriveKeys("another secret key, 32 characters ..").sealingKey.equals(sealingKey)).toBe(false);
});
