import { z } from "@hono/zod-openapi";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cursorOf, NumberKey, pageFrom, readCursor } from "./cursor.ts";

test("pageFrom · gives a cursor only where there is more, and readCursor its key back", () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.maxSafeNat().map((n) => Math.floor(n / 2)),
      (id, line) => {
        const rows = [
          { id, line },
          { id, line },
        ];
        expect(pageFrom(rows, 2, (row) => [row.id]).next_cursor).toBeNull();
        const { data, next_cursor } = pageFrom(rows, 1, (row) => [row.id, row.line]);
        expect(data).toHaveLength(1);
        const cursor = cursorOf(2).parse(next_cursor);
        expect(readCursor(cursor, z.tuple([z.guid(), NumberKey]))).toEqual([id, line]);
      },
    ),
  );
});

test("readCursor · reads every text that the parameter's pattern lets in", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{21}[AQgw]$/), (text) => {
      expect(readCursor(cursorOf(1).parse(text), z.tuple([z.guid()]))).toHaveLength(1);
    }),
  );
});

test("cursorOf · refuses cursors of other lists", () => {
  for (const text of ["x", "A".repeat(44), `${"A".repeat(21)}B`]) {
    expect(cursorOf(1).safeParse(text).success).toBe(false);
  }
});
