import type { z } from "@hono/zod-openapi";
import { DomainError } from "../domain/errors.ts";

/**
 * A page out of `rows`, of which the query was asked for `limit + 1`; `keyOf` gives what the next page
 * starts behind, as the query sorts.
 */
export function pageFrom<Row>(rows: Row[], limit: number, keyOf: (row: Row) => unknown[]) {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    data: rows.slice(0, limit),
    next_cursor: last === undefined ? null : Buffer.from(JSON.stringify(keyOf(last))).toString("base64url"),
  };
}

/** The key in a cursor, or undefined for the first page. Throws `validation` where it is none of ours. */
export function readCursor<Key extends z.ZodType>(
  cursor: string | undefined,
  Key: Key,
): z.output<Key> | undefined {
  if (cursor === undefined || cursor === "") return undefined;
  const parsed = Key.safeParse(parseJson(Buffer.from(cursor, "base64url").toString("utf8")));
  if (parsed.success) return parsed.data;
  throw new DomainError("validation", "This cursor is none that the API gave for this list.", {
    field: "cursor",
    fix: "Send next_cursor of the page before, unchanged, or none for the first page.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no cursor: the schema refuses undefined.
    return undefined;
  }
}
