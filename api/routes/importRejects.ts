import { z } from "@hono/zod-openapi";
import { stringify } from "csv-stringify/sync";
import { stream } from "hono/streaming";
import { listRejects } from "../../db/importFiles.ts";
import { NumberKey, pageFrom, readCursor } from "../cursor.ts";
import { Reject } from "../importSchemas.ts";
import type { Routes } from "../route.ts";
import { IdParams, PageQuery, pageOf } from "../schemas.ts";
import { existingImport } from "./imports.ts";

const LineKey = z.tuple([NumberKey]);
const CSV_PAGE = 1_000;

/** The rows of a file that could not be taken, each with its line and why. */
export const importRejectRoutes: Routes = ({ route, stream: streamRoute }) => {
  route(
    {
      operationId: "listImportRejects",
      method: "get",
      path: "/v1/imports/{id}/rejects",
      tag: "Imports",
      summary: "List the rejected rows with line, column and reason",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(Reject),
    },
    async ({ tx, auth, params, query: { limit, cursor } }) => {
      await existingImport(tx, auth.workspaceId, params.id);
      const after = readCursor(cursor, LineKey)?.[0];
      const rows = await listRejects(tx, auth.workspaceId, params.id, { after, limit: limit + 1 });
      return pageFrom(
        rows.map(({ column_name, ...row }) => ({
          ...row,
          column: column_name,
          cells: row.cells as string[],
        })),
        limit,
        (row) => [row.line],
      );
    },
  );

  streamRoute(
    {
      operationId: "downloadImportRejects",
      method: "get",
      path: "/v1/imports/{id}/rejects.csv",
      tag: "Imports",
      summary: "Download the rejected rows as CSV",
      description:
        "As in the file, with line, column and reason before. Cells that a spreadsheet would run as a formula begin with '.",
      params: IdParams,
      produces: { "text/csv": { schema: { type: "string" } } },
    },
    async ({ c, auth, params, inWorkspace }) => {
      const { workspaceId } = auth;
      const contactImport = await inWorkspace((tx) => existingImport(tx, workspaceId, params.id));
      const headers = contactImport.detected?.columns.map(({ header }) => header) ?? [];
      c.header("Content-Type", "text/csv; charset=utf-8");
      c.header("Content-Disposition", `attachment; filename="rejects-${params.id}.csv"`);
      return stream(c, async (out) => {
        // The mark at the start tells Excel that this is UTF-8.
        await out.write(`\ufeff${csvOf([["line", "column", "reason", ...headers]])}`);
        let after = 0;
        for (;;) {
          const rows = await inWorkspace((tx) =>
            listRejects(tx, workspaceId, params.id, { after, limit: CSV_PAGE }),
          );
          const last = rows.at(-1);
          if (!last) return;
          await out.write(
            csvOf(
              rows.map((row) => [
                String(row.line),
                row.column_name ?? "",
                row.reason,
                ...(row.cells as string[]),
              ]),
            ),
          );
          after = last.line;
        }
      });
    },
  );
};

const FORMULA = /^[=+\-@\t\r]/;

function csvOf(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((cells) => cells.map((cell) => (FORMULA.test(cell) ? `'${cell}` : cell))),
    { record_delimiter: "\r\n" },
  );
}
