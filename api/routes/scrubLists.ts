import { z } from "@hono/zod-openapi";
import {
  findScrubLists,
  activateScrubList,
  addScrubbed,
  deleteLists,
  insertScrubList,
} from "../../db/scrubLists.ts";
import { addressHash } from "../../db/suppressions.ts";
import { DomainError } from "../../domain/errors.ts";
import { readScrubLine, SCRUB_SOURCES, type ScrubSource } from "../../domain/scrubList.ts";
import { receiveFile } from "../importUpload.ts";
import type { Routes } from "../route.ts";
import { Id, Timestamp } from "../schemas.ts";

const ScrubList = z
  .object({
    id: Id,
    source: z.enum(SCRUB_SOURCES),
    numbers: z.int().openapi({ description: "Different numbers that it holds back." }),
    rejected: z.int().openapi({ description: "Lines that name no number." }),
    created_by: Id.nullable(),
    created_at: Timestamp,
  })
  .openapi("ScrubList");

const SourceParams = z.object({
  source: z.enum(SCRUB_SOURCES).openapi({ description: "`repep`: Mexico, kept by Profeco." }),
});

/** Numbers that one statement writes. */
const BATCH = 5_000;

/** Public registers of people who want no advertising: marketing to a number on one is skipped. */
export const scrubListRoutes: Routes = ({ route, stream }, deps) => {
  const tag = "Suppressions";

  route(
    {
      operationId: "listScrubLists",
      method: "get",
      path: "/v1/scrub-lists",
      tag,
      summary: "List the registers of people who want no advertising",
      answer: z.object({ data: z.array(ScrubList) }),
    },
    async ({ tx, auth }) => ({ data: await findScrubLists(tx, auth.workspaceId) }),
  );

  stream(
    {
      operationId: "importScrubList",
      method: "put",
      path: "/v1/scrub-lists/{source}",
      tag,
      summary: "Import a register, in place of the one before",
      description:
        "A line per number, in any column, national or with its country code. Numbers are kept hashed and hold back " +
        "marketing on WhatsApp, SMS and voice from the moment of the answer on, in campaigns that run as well; " +
        "messages of other purposes go. Until then the list before holds.",
      params: SourceParams,
      consumes: {
        "text/csv": { schema: { type: "string" }, example: "5512345678\n3312345678\n" },
        "multipart/form-data": {
          schema: {
            type: "object",
            properties: { file: { type: "string", format: "binary" } },
            required: ["file"],
            additionalProperties: false,
          },
        },
      },
      produces: { "application/json": { schema: ScrubList } },
      errors: ["conflict"],
    },
    async ({ c, auth, params: { source }, audit, inWorkspace }) => {
      const { workspaceId } = auth;
      const id = await inWorkspace((tx) =>
        insertScrubList(tx, { workspace_id: workspaceId, source, created_by: auth.keyId }),
      );
      try {
        const reader = lineReader(source, (numbers) =>
          inWorkspace((tx) =>
            addScrubbed(
              tx,
              workspaceId,
              id,
              numbers.map((number) => addressHash(deps.addressKey, number)),
            ),
          ),
        );
        await receiveFile(c.req.raw, (_seq, bytes) => reader.read(bytes.toString("latin1")));
        const counts = await reader.end();
        const list = await inWorkspace((tx) => activateScrubList(tx, workspaceId, id, counts));
        if (list === undefined)
          throw new DomainError("conflict", "A register that was sent later holds already.", {
            fix: "GET /v1/scrub-lists shows it; send this one again if it is the newer one.",
          });
        audit({ subject_kind: "scrub_list", subject_id: id, change: { source, ...counts } });
        return c.json(ScrubList.parse(list));
      } catch (error) {
        await inWorkspace((tx) => deleteLists(tx, workspaceId, [id]));
        throw error;
      }
    },
  );

  route(
    {
      operationId: "deleteScrubList",
      method: "delete",
      path: "/v1/scrub-lists/{source}",
      tag,
      summary: "Forget a register",
      params: SourceParams,
    },
    async ({ tx, auth, params: { source }, audit }) => {
      const list = (await findScrubLists(tx, auth.workspaceId)).find((one) => one.source === source);
      if (list === undefined)
        throw new DomainError("not_found", `There is no register of ${source} here.`, {
          fix: "PUT /v1/scrub-lists/{source} imports one.",
        });
      await deleteLists(tx, auth.workspaceId, [list.id]);
      audit({ subject_kind: "scrub_list", subject_id: list.id, change: { source, numbers: list.numbers } });
    },
  );
};

/** Takes a file in pieces that end anywhere, and hands its numbers on in batches; only digits matter, so any encoding will do. */
function lineReader(source: ScrubSource, add: (numbers: string[]) => Promise<number>) {
  const counts = { numbers: 0, rejected: 0 };
  let rest = "";
  let batch: string[] = [];
  const take = (line: string) => {
    const number = readScrubLine(source, line);
    if (number === null) counts.rejected += 1;
    else if (number !== undefined) batch.push(number);
  };
  const flush = async () => {
    counts.numbers += await add(batch);
    batch = [];
  };
  return {
    async read(text: string) {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        take(line);
        if (batch.length >= BATCH) await flush();
      }
    },
    async end() {
      take(rest);
      await flush();
      if (counts.numbers === 0)
        throw new DomainError("validation", "There is no number in this file.", {
          field: "file",
          fix: "Send a line per number.",
        });
      return counts;
    },
  };
}
