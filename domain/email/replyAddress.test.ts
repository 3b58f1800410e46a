import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEmail } from "../address.ts";
import { readReplyAddress, replyAddress } from "./replyAddress.ts";

const key = Buffer.alloc(32, 1);
const workspaceId = "01970000-0000-7000-8000-000000000001";
const conversationId = "01970000-0000-7000-8000-00000000000a";
const address = replyAddress(key, { workspaceId, conversationId }, "in.example.com");

test("replyAddress · is an address that fits, names nobody, and leads back in whatever case", () => {
  expect(address).toMatch(/^reply\+[0-9a-f]{56}@in\.example\.com$/);
  expect(address.split("@")[0]?.length).toBeLessThanOrEqual(64);
  expect(parseEmail(address).ok).toBe(true);
  expect(readReplyAddress(key, workspaceId, address)).toBe(conversationId);
  expect(readReplyAddress(key, workspaceId, address.toUpperCase())).toBe(conversationId);
});

test("readReplyAddress · takes nothing from another key, workspace or hand", () => {
  expect(readReplyAddress(Buffer.alloc(32, 2), workspaceId, address)).toBeUndefined();
  expect(readReplyAddress(key, workspaceId.replace("1", "2"), address)).toBeUndefined();
  fc.assert(
    fc.property(
      fc.integer({ min: 6, max: 61 }),
      fc.constantFrom(..."0123456789abcdef".split("")),
      (at, digit) => {
        const forged = address.slice(0, at) + digit + address.slice(at + 1);
        fc.pre(forged !== address);
        expect(readReplyAddress(key, workspaceId, forged)).toBeUndefined();
      },
    ),
  );
  for (const other of ["reply+@in.example.com", "ventas@example.com", `x${address}`, ""])
    expect(readReplyAddress(key, workspaceId, other)).toBeUndefined();
});
