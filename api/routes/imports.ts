import { z } from "@hono/zod-openapi";
import { findContactList } from "../../db/contactLists.ts";
import {
  type ContactImport,
  discardUpload,
  endImport,
  findImport,
  type ImportOptions,
  insertImport,
  listImports,
  listNamed,
  queueImport,
} from "../../db/imports.ts";
import { insertChunk } from "../../db/importFiles.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import type { Tx } from "../../db/connect.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { readHead } from "../../domain/csvHead.ts";
import { DomainError } from "../../domain/errors.ts";
import { parseRegion } from "../../domain/phone.ts";
import { wakeImport } from "../../workflows/handles.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { once } from "../idempotency.ts";
import { Import, ImportConsent, ImportRequest } from "../importSchemas.ts";
import { receiveFile, type Upload } from "../importUpload.ts";
import { problemOf, validationError } from "../problem.ts";
import type { Routes } from "../route.ts";
import { IdParams, PageQuery, pageOf } from "../schemas.ts";

const Key = z.tuple([z.guid()]);
const FORM_OPTIONS = Object.fromEntries(
  Object.keys(ImportRequest.shape).map((name) => [name, { type: "string" }]),
);

/** Contacts from a CSV: uploaded here, read by contactImportWorkflow. */
export const importRoutes: Routes = ({ route, stream: streamRoute }, deps) => {
  const tag = "Imports";

  streamRoute(
    {
      operationId: "createImport",
      method: "post",
      path: "/v1/imports",
      tag,
      summary: "Import contacts from a CSV file",
      description:
        "The file is the body (text/csv, options in the query) or the field `file` of a form (options as its fields). " +
        "Encoding, delimiter and columns are recognised; the answer shows how. With an `Idempotency-Key` header the " +
        "same file and options get the same answer for 24 hours.",
      query: ImportRequest,
      consumes: {
        "text/csv": { schema: { type: "string" }, example: "name;phone\nPaola;+573001234567\n" },
        "multipart/form-data": {
          schema: {
            type: "object",
            properties: { ...FORM_OPTIONS, file: { type: "string", format: "binary" } },
            required: ["file"],
            additionalProperties: false,
          },
        },
      },
      produces: { "application/json": { schema: Import } },
      status: 202,
      errors: ["conflict", "idempotency_in_progress", "idempotency_mismatch", "gone"],
    },
    async ({ c, auth, query, audit, inWorkspace, requestId }) => {
      const { workspaceId } = auth;
      const { id } = await inWorkspace((tx) =>
        insertImport(tx, { workspace_id: workspaceId, file_name: "", created_by: auth.keyId }),
      );
      try {
        const upload = await receiveFile(c.req.raw, (seq, bytes) =>
          inWorkspace((tx) => insertChunk(tx, { workspace_id: workspaceId, import_id: id, seq, bytes })),
        );
        const options = optionsOf(query, upload.fields);
        const work = async (tx: Tx) => {
          await enqueue(tx, workspaceId, id, upload, options);
          const row = await existingImport(tx, workspaceId, id);
          return { status: 202, body: JSON.stringify(Import.parse(shown(row))) };
        };
        const key = c.req.header("idempotency-key");
        const answer = await inWorkspace((tx) =>
          key === undefined
            ? work(tx)
            : once(
                tx,
                {
                  workspaceId,
                  key,
                  route: `${c.req.method} ${c.req.path}`,
                  body: JSON.stringify([upload.sha256.toString("hex"), options]),
                  sealingKey: deps.sealingKey,
                },
                () => work(tx),
                (refusal) => JSON.stringify(problemOf(refusal, requestId)),
              ),
        );
        if ((answer.status as number) !== 202 || ("replayed" in answer && answer.replayed))
          await inWorkspace((tx) => discardUpload(tx, workspaceId, id));
        audit({ subject_kind: "import", subject_id: id, change: { dry_run: options.dry_run } });
        return c.body(answer.body, answer.status as 202, {
          "Content-Type": answer.status >= 400 ? "application/problem+json" : "application/json",
        });
      } catch (error) {
        await inWorkspace((tx) => discardUpload(tx, workspaceId, id));
        throw error;
      }
    },
  );

  route(
    {
      operationId: "listImports",
      method: "get",
      path: "/v1/imports",
      tag,
      summary: "List the imports, newest first",
      query: PageQuery,
      answer: pageOf(Import),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listImports(tx, auth.workspaceId, { before, limit: limit + 1 });
      return pageFrom(rows.map(shown), limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "getImport",
      method: "get",
      path: "/v1/imports/{id}",
      tag,
      summary: "Show an import: state, progress, counts, how the file was read",
      params: IdParams,
      answer: Import,
    },
    async ({ tx, auth, params }) => shown(await existingImport(tx, auth.workspaceId, params.id)),
  );

  route(
    {
      operationId: "cancelImport",
      method: "post",
      path: "/v1/imports/{id}/cancel",
      tag,
      summary: "Stop an import; what has been written stays",
      params: IdParams,
      answer: Import,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params }) => {
      const { state } = await existingImport(tx, auth.workspaceId, params.id);
      if (!(await endImport(tx, auth.workspaceId, params.id, { to: "cancelled" }))) {
        throw new DomainError("state_conflict", `This import has ended: it is ${state}.`, {
          fix: "Only an import that is uploading, queued or running can be cancelled.",
        });
      }
      return shown(await existingImport(tx, auth.workspaceId, params.id));
    },
  );
};

export async function existingImport(tx: Tx, workspaceId: string, id: string): Promise<ContactImport> {
  const row = await findImport(tx, workspaceId, id);
  if (row) return row;
  throw new DomainError("not_found", "There is no such import.", { fix: "GET /v1/imports lists them." });
}

/** Options of a form come after the file or before it, and win over the query's. */
function optionsOf(query: ImportRequest, fields: Record<string, string>): ImportRequest {
  if (Object.keys(fields).length === 0) return query;
  const parsed = ImportRequest.partial().strict().safeParse(fields);
  if (!parsed.success) throw validationError("form", parsed.error.issues);
  const given = Object.fromEntries(Object.entries(parsed.data).filter(([name]) => name in fields));
  return { ...query, ...given };
}

async function enqueue(
  tx: Tx,
  workspaceId: string,
  id: string,
  upload: Upload,
  options: ImportRequest,
): Promise<void> {
  const { mapping, consent = ImportConsent.parse({}), delimiter, dry_run } = options;
  const { channels: given, column, ...rest } = consent;
  const encoding = options.encoding ?? upload.encoding;
  const { channels, ...head } = readHead(upload.sample, encoding, {
    ...(delimiter && { delimiter }),
    ...(given && { channels: given }),
    mapping: { ...mapping, ...(column !== undefined && { [column]: "consent" }) },
  });
  const { yes, no, ...said } = rest;
  const queued = await queueImport(tx, workspaceId, id, {
    file_name: options.file_name ?? upload.file_name ?? "contacts.csv",
    dry_run,
    bytes: upload.bytes,
    sha256: upload.sha256,
    options: {
      default_region: await regionOf(tx, workspaceId, options.default_region),
      consent: { channels, ...said, ...(yes && { yes }), ...(no && { no }) },
    },
    detected: { encoding, ...head },
    list_id: await listOf(tx, workspaceId, options),
  });
  if (!queued) throw new DomainError("conflict", "The import was cancelled while its file was uploaded.");
  await oweWake(tx, [wakeImport(queued)]);
}

async function regionOf(tx: Tx, workspaceId: string, given: string | undefined): Promise<string> {
  const region = given ?? (await findWorkspace(tx, workspaceId))?.default_region ?? "";
  const known = parseRegion(region);
  if (known) return known;
  throw new DomainError("validation", "This region is not known.", {
    field: "default_region",
    fix: "Use the two letters of a country, such as CO or MX.",
  });
}

/** A dry run makes no list. */
async function listOf(tx: Tx, workspaceId: string, options: ImportRequest): Promise<string | null> {
  const { list_id, list_name, dry_run } = options;
  if (list_id !== undefined) {
    if (await findContactList(tx, workspaceId, list_id)) return list_id;
    throw new DomainError("validation", "There is no such list.", {
      field: "list_id",
      fix: "GET /v1/contact-lists lists them.",
    });
  }
  return list_name === undefined || dry_run ? null : listNamed(tx, workspaceId, list_name);
}

function shown(row: ContactImport) {
  const { created_count: created, updated_count: updated, unchanged_count: unchanged } = row;
  // Both are known once the file is there.
  const { default_region, consent }: Partial<ImportOptions> = row.options;
  return {
    ...row,
    progress:
      row.state === "completed" ? 100 : Math.min(99, Math.floor((100 * row.cursor.read) / (row.bytes || 1))),
    counts: {
      rows: row.row_count,
      people: created + updated + unchanged,
      created,
      updated,
      unchanged,
      duplicates: row.duplicate_count,
      rejected: row.rejected_count,
      opted_in: row.opted_in_count,
      opted_out: row.opted_out_count,
    },
    default_region: default_region ?? null,
    consent: consent ?? null,
  };
}
