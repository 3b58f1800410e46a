import { z } from "@hono/zod-openapi";
import { refuseWhileInAudience } from "../../db/campaignUse.ts";
import type { Tx } from "../../db/connect.ts";
import {
  countSegment,
  deleteSegment,
  findSegment,
  insertSegment,
  listSegments,
  sampleSegment,
  updateSegment,
} from "../../db/segments.ts";
import { DomainError } from "../../domain/errors.ts";
import type { SegmentFilter } from "../../domain/segmentFilter.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";
import { FilterBody } from "../segmentFilterSchema.ts";

const Segment = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string().nullable(),
    filter: z.record(z.string(), z.unknown()),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Segment");

const filter = { and: [{ city: "Cali" }, { not: { tag: "cliente" } }] };
const description = text(1000).nullable().optional();
const NewSegment = z
  .strictObject({ name: text(200), description, filter: FilterBody })
  .openapi("NewSegment", { example: { name: "Cali sin clientes", filter } });
const SegmentChange = z
  .strictObject({ name: text(200).optional(), description, filter: FilterBody.optional() })
  .openapi("SegmentChange", { example: { filter } });
const Preview = z
  .strictObject({ filter: FilterBody, sample: z.int().min(0).max(50).default(10) })
  .openapi("SegmentPreview", { example: { filter, sample: 10 } });

const Count = z.object({ count: z.number().int() });
const Previewed = Count.extend({
  sample: z.array(
    z.object({
      id: Id,
      name: z.string().nullable(),
      city: z.string().nullable(),
      country: z.string().nullable(),
    }),
  ),
});

const Key = z.tuple([z.guid()]);

async function existing(tx: Tx, workspaceId: string, id: string) {
  const segment = await findSegment(tx, workspaceId, id);
  if (segment) return segment;
  throw new DomainError("not_found", "There is no such segment.", { fix: "GET /v1/segments lists them." });
}

/** Rules that select people at the moment they are used. */
export const segmentRoutes: Routes = ({ route }) => {
  const tag = "Segments";

  route(
    {
      operationId: "listSegments",
      method: "get",
      path: "/v1/segments",
      tag,
      summary: "List the segments",
      query: PageQuery,
      answer: pageOf(Segment),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listSegments(tx, auth.workspaceId, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createSegment",
      method: "post",
      path: "/v1/segments",
      tag,
      summary: "Create a segment",
      body: NewSegment,
      status: 201,
      answer: Segment,
      errors: ["conflict"],
    },
    ({ tx, auth, body }) => insertSegment(tx, auth.workspaceId, given(body)),
  );

  route(
    {
      operationId: "previewSegment",
      method: "post",
      path: "/v1/segments/preview",
      tag,
      summary: "Count whom a filter selects, and show a few of them",
      body: Preview,
      answer: Previewed,
      changes: false,
    },
    async ({ tx, auth, body }) => ({
      count: await countSegment(tx, auth.workspaceId, body.filter),
      sample: await sampleSegment(tx, auth.workspaceId, body.filter, body.sample),
    }),
  );

  route(
    {
      operationId: "getSegment",
      method: "get",
      path: "/v1/segments/{id}",
      tag,
      summary: "Show a segment",
      params: IdParams,
      answer: Segment,
    },
    ({ tx, auth, params }) => existing(tx, auth.workspaceId, params.id),
  );

  route(
    {
      operationId: "updateSegment",
      method: "patch",
      path: "/v1/segments/{id}",
      tag,
      summary: "Change a segment",
      description: "A campaign that is not planned yet selects by the filter as it is then.",
      params: IdParams,
      body: SegmentChange,
      answer: Segment,
      errors: ["conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      audit({ change: { fields: Object.keys(body) } });
      const segment = await updateSegment(tx, auth.workspaceId, params.id, given(body));
      return segment ?? existing(tx, auth.workspaceId, params.id);
    },
  );

  route(
    {
      operationId: "deleteSegment",
      method: "delete",
      path: "/v1/segments/{id}",
      tag,
      summary: "Delete a segment",
      description: "Refused while a campaign that is not planned yet uses it.",
      params: IdParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params }) => {
      await existing(tx, auth.workspaceId, params.id);
      await refuseWhileInAudience(tx, auth.workspaceId, "segment", params.id);
      await deleteSegment(tx, auth.workspaceId, params.id);
    },
  );

  route(
    {
      operationId: "countSegment",
      method: "get",
      path: "/v1/segments/{id}/count",
      tag,
      summary: "Count whom a segment selects now",
      params: IdParams,
      answer: Count,
    },
    async ({ tx, auth, params }) => {
      const segment = await existing(tx, auth.workspaceId, params.id);
      return { count: await countSegment(tx, auth.workspaceId, segment.filter as SegmentFilter) };
    },
  );
};
