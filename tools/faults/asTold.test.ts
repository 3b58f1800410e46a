import { expect, test } from "vitest";
import { isAsTold } from "./asTold.ts";

const message = (status: string, told: string | null) => ({ sid: "SM1", to: "+573000000000", status, told });

test.each([
  ["read", "read", "read"],
  ["told less, as the answer was lost", "delivered", "read", "sent"],
  ["told nothing", "accepted", "delivered", null],
  ["sent, its end lost", "sent", "undelivered", "queued"],
  ["undelivered, its answer lost", "undelivered", "undelivered", "sent"],
  ["failed", "failed", "failed", "failed"],
  ["on its way still", "accepted", "queued", "queued"],
])("isAsTold · %s", (_name, state, status, told = status) => {
  expect(isAsTold(state, [message(status, told)])).toBe(true);
});

test.each([
  ["less than was acknowledged", "sent", "read", "delivered"],
  ["more than is true", "delivered", "undelivered", "undelivered"],
  ["bad news that was acknowledged", "accepted", "failed", "failed"],
  ["sent where it failed before", "sent", "failed", "queued"],
  ["failed where it arrived", "failed", "read", "read"],
  ["queued again where it arrived", "queued", "delivered", "delivered"],
  ["in doubt where it was acknowledged", "uncertain", "sent", "sent"],
])("isAsTold · not %s", (_name, state, status, told) => {
  expect(isAsTold(state, [message(status, told)])).toBe(false);
});

test("isAsTold · the best of the attempts counts, and all must have failed for a failure", () => {
  const first = message("failed", "failed");
  expect(isAsTold("read", [first, message("read", "read")])).toBe(true);
  expect(isAsTold("failed", [first, message("read", "queued")])).toBe(false);
  expect(isAsTold("undelivered", [first, message("undelivered", "sent")])).toBe(true);
});
