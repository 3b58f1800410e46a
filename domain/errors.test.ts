import { describe, expect, test } from "vitest";
import { DomainError, ERROR_CODES, isDomainError } from "./errors.ts";

describe("DomainError", () => {
  test("DomainError · carries code, field, fix, details and cause", () => {
    const cause = new Error("below");
    const error = new DomainError("validation", "The region is unknown.", {
      field: "default_region",
      fix: "Use a two-letter code.",
      details: { given: "XX" },
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "DomainError",
      code: "validation",
      message: "The region is unknown.",
      field: "default_region",
      fix: "Use a two-letter code.",
      details: { given: "XX" },
    });
    expect(error.cause).toBe(cause);
  });

  test("DomainError · has no empty hints where none are given", () => {
    const error = new DomainError("not_found", "No such campaign.");
    expect([error.field, error.fix, error.details, error.cause]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(Object.hasOwn(error, "cause")).toBe(false);
  });

  test("isDomainError · tells codes apart and lets other errors pass", () => {
    const error = new DomainError("gone", "The file is no longer kept.");
    expect(isDomainError(error)).toBe(true);
    expect(isDomainError(error, "gone")).toBe(true);
    expect(isDomainError(error, "conflict")).toBe(false);
    expect(isDomainError(new Error("gone"))).toBe(false);
  });

  test("ERROR_CODES · names each code once", () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
  });
});
