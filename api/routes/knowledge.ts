import { z } from "@hono/zod-openapi";
import {
  deleteKnowledge,
  findKnowledge,
  insertKnowledge,
  listKnowledge,
  searchKnowledge,
  updateKnowledge,
} from "../../db/knowledge.ts";
import { DomainError } from "../../domain/errors.ts";
import { LANGUAGES } from "../../domain/language/language.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";

const Language = z.enum(LANGUAGES);
const fields = {
  question: text(300).openapi({ description: "As people ask it." }),
  answer: text(1600).openapi({ description: "Goes out as it is written; a model may say nothing else." }),
  language: Language.openapi({ description: "Of both. Who writes in it is answered by it." }),
  tags: z.array(text(100)).max(20).openapi({ description: "Other words by which it is found." }),
  enabled: z.boolean(),
};

const NewKnowledge = z
  .strictObject({ ...fields, tags: fields.tags.default([]), enabled: fields.enabled.default(true) })
  .openapi("NewKnowledgeEntry", {
    example: {
      question: "¿Tienen parqueadero?",
      answer: "Sí, el parqueadero de visitantes es gratis.",
      language: "es",
      tags: ["carro", "moto"],
      enabled: true,
    },
  });
const KnowledgeChange = z
  .strictObject(fields)
  .partial()
  .openapi("KnowledgeEntryChange", { example: { enabled: false } });
const KnowledgeEntry = z
  .object({
    id: Id,
    question: z.string(),
    answer: z.string(),
    language: z.string(),
    tags: z.array(z.string()),
    enabled: z.boolean(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("KnowledgeEntry");

const Filter = PageQuery.extend({
  language: Language.optional(),
  tag: text(100).optional(),
  enabled: z
    .enum(["true", "false"])
    .transform((word) => word === "true")
    .optional(),
});
const Asked = z
  .strictObject({ text: text(1000), language: Language })
  .openapi("KnowledgeSearch", { example: { text: "hola, hay donde parquear?", language: "es" } });
const Found = z
  .object({
    data: z
      .array(
        z.object({
          id: Id,
          question: z.string(),
          answer: z.string(),
          score: z.number().int().openapi({ description: "0 to 100." }),
          whole: z.boolean().openapi({ description: "Nothing is asked that it does not speak of." }),
        }),
      )
      .openapi({ description: "Best first: what a model would answer by." }),
    answered_by: Id.nullable().openapi({
      description: "The entry whose answer would go out as it is; null: none is clear enough.",
    }),
  })
  .openapi("KnowledgeFound");

const Key = z.tuple([z.guid()]);

/** What a workspace knows, which answers come from. */
export const knowledgeRoutes: Routes = ({ route }) => {
  const tag = "Knowledge";
  const path = "/v1/knowledge";

  route(
    {
      operationId: "listKnowledge",
      method: "get",
      path,
      tag,
      summary: "List what the workspace knows, newest first",
      query: Filter,
      answer: pageOf(KnowledgeEntry),
    },
    async ({ tx, auth, query: { limit, cursor, ...filter } }) => {
      const page = { before: readCursor(cursor, Key)?.[0], limit: limit + 1 };
      return pageFrom(await listKnowledge(tx, auth.workspaceId, filter, page), limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createKnowledge",
      method: "post",
      path,
      tag,
      summary: "Add a question with its answer",
      description:
        "Answers what people ask after keyword answers and before anything else, as the mode of the workspace's conversations says.",
      body: NewKnowledge,
      status: 201,
      answer: KnowledgeEntry,
    },
    async ({ tx, auth, body, audit }) => {
      const made = await insertKnowledge(tx, auth.workspaceId, body);
      audit({ change: { fields: Object.keys(body) } });
      return made;
    },
  );

  route(
    {
      operationId: "searchKnowledge",
      method: "post",
      path: `${path}/search`,
      tag,
      summary: "Say what would be found for a question",
      description: "Nothing is sent, and no model is asked.",
      body: Asked,
      answer: Found,
    },
    async ({ tx, auth, body }) => {
      const { entries, clear } = await searchKnowledge(tx, auth.workspaceId, body);
      return { data: entries, answered_by: clear?.id ?? null };
    },
  );

  route(
    {
      operationId: "getKnowledge",
      method: "get",
      path: `${path}/{id}`,
      tag,
      summary: "Show an entry",
      params: IdParams,
      answer: KnowledgeEntry,
    },
    async ({ tx, auth, params }) => (await findKnowledge(tx, auth.workspaceId, params.id)) ?? absent(),
  );

  route(
    {
      operationId: "updateKnowledge",
      method: "patch",
      path: `${path}/{id}`,
      tag,
      summary: "Change an entry",
      params: IdParams,
      body: KnowledgeChange,
      answer: KnowledgeEntry,
    },
    async ({ tx, auth, params, body, audit }) => {
      const changed = await updateKnowledge(tx, auth.workspaceId, params.id, given(body));
      audit({ change: { fields: Object.keys(body) } });
      return changed ?? absent();
    },
  );

  route(
    {
      operationId: "deleteKnowledge",
      method: "delete",
      path: `${path}/{id}`,
      tag,
      summary: "Answer by this entry no more",
      params: IdParams,
    },
    async ({ tx, auth, params }) => {
      if (!(await deleteKnowledge(tx, auth.workspaceId, params.id))) absent();
    },
  );
};

function absent(): never {
  throw new DomainError("not_found", "There is no such entry.", { fix: "GET /v1/knowledge lists them." });
}
