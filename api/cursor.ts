import { z } from "@hono/zod-openapi";
import { DomainError } from "../domain/errors.ts";

/** 16 bytes each, as base64url without padding: what the list sorts by, and nothing that a client can misspell. */
const PART = "[A-Za-z0-9_-]{21}[AQgw]";
const PART_LENGTH = 22;

/** The query parameter of a list that sorts by so many keys. */
export const cursorOf = (parts: number) =>
  z
    .string()
    .regex(new RegExp(`^((${PART}){${parts}})?$`), "must be next_cursor of the page before, unchanged")
    .optional()
    .openapi({ description: "`next_cursor` of the page before; none for the first page." });

/** A key that is a whole number, such as a line of a file. */
export const NumberKey = z.guid().transform((id) => Number.parseInt(id.replaceAll("-", "").slice(-13), 16));

/**
 * A page out of `rows`, of which the query was asked for `limit + 1`; `keyOf` gives what the next page
 * starts behind, as the query sorts: ids and whole numbers.
 */
export function pageFrom<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => (string | number)[]) {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    data: rows.slice(0, limit),
    next_cursor: last === undefined ? null : keyOf(last).map(encodePart).join(""),
  };
}

/** The key in a cursor, or undefined for the first page. Throws `validation` where it is none of this list. */
export function readCursor<Key extends z.ZodType>(
  cursor: string | undefined,
  Key: Key,
): z.output<Key> | undefined {
  if (!cursor) return undefined;
  const parts = cursor.match(new RegExp(`.{${PART_LENGTH}}`, "g")) ?? [];
  const parsed = Key.safeParse(parts.map(decodePart));
  if (parsed.success) return parsed.data;
  throw new DomainError("validation", "This cursor is none that the API gave for this list.", {
    field: "cursor",
    fix: "Send next_cursor of the page before, unchanged, or none for the first page.",
  });
}

function encodePart(part: string | number): string {
  const hex = typeof part === "number" ? part.toString(16).padStart(32, "0") : part.replaceAll("-", "");
  return Buffer.from(hex, "hex").toString("base64url");
}

function decodePart(part: string): string {
  const hex = Buffer.from(part, "base64url").toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
