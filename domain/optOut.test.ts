import { describe, expect, test } from "vitest";
import { type Asks, ENGLISH_CASES, PORTUGUESE_CASES, SPANISH_CASES } from "./optOut.cases.ts";
import { readOptOut } from "./optOut.ts";

function asks(text: string): Asks {
  const { opt_out, opt_in, scope } = readOptOut(text);
  if (opt_out) return scope === "marketing" ? "promo" : "out";
  return opt_in ? "in" : "neither";
}

describe("readOptOut, English", () => {
  test.each(ENGLISH_CASES)("%s · %s", (text, expected) => {
    expect(asks(text)).toBe(expected);
  });
});

describe("readOptOut, Spanish", () => {
  test.each(SPANISH_CASES)("%s · %s", (text, expected) => {
    expect(asks(text)).toBe(expected);
  });
});

describe("readOptOut, Portuguese", () => {
  test.each(PORTUGUESE_CASES)("%s · %s", (text, expected) => {
    expect(asks(text)).toBe(expected);
  });
});
