import { z } from "@hono/zod-openapi";
import {
  deleteKeywordAnswer,
  findKeywordAnswer,
  insertKeywordAnswer,
  listKeywordAnswers,
  lockKeywordAnswer,
  updateKeywordAnswer,
} from "../../db/keywordAnswers.ts";
import { plainWords } from "../../domain/conversationKeywords.ts";
import { LANGUAGES } from "../../domain/conversationSettings.ts";
import { DomainError } from "../../domain/errors.ts";
import { parseTemplate } from "../../domain/template.ts";
import { cursorOf, NumberKey, pageFrom, readCursor } from "../cursor.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";

const Match = z.enum(["whole", "starts", "contains"]).openapi({
  description: "The whole text is a keyword, begins with one, or has it as words somewhere.",
});
const Keywords = z
  .array(text(100).refine((word) => plainWords(word) !== "", "must have a letter or a figure"))
  .min(1)
  .max(20)
  .openapi({ description: "Compared without case, accents, punctuation and emoji." });
const Position = z.int().min(0).max(1_000_000).openapi({ description: "The lowest is tried first." });
const fields = {
  match: Match.default("whole"),
  channel: z
    .enum(["whatsapp", "sms", "email"])
    .nullable()
    .default(null)
    .openapi({ description: "null: on all of them." }),
  language: z.enum(LANGUAGES).nullable().default(null).openapi({ description: "null: to everybody." }),
  body: text(1600).nullable().default(null).openapi({
    description: "What is answered, with {variables} and {variables|fallbacks}.",
  }),
  hand_off: z.boolean().default(false).openapi({ description: "The conversation goes to a person." }),
  position: Position.default(0),
  enabled: z.boolean().default(true),
};

const example = {
  keywords: ["horario", "horarios"],
  match: "contains",
  language: "es",
  body: "Atendemos de lunes a viernes de 9 a 18, {name|con gusto}.",
} as const;

const NewKeywordAnswer = z
  .strictObject({ keywords: Keywords, ...fields })
  .openapi("NewKeywordAnswer", { example: { ...example, keywords: [...example.keywords] } });
const KeywordAnswerChange = z
  .strictObject({
    keywords: Keywords.optional(),
    match: Match.optional(),
    channel: fields.channel.unwrap().optional(),
    language: fields.language.unwrap().optional(),
    body: fields.body.unwrap().optional(),
    hand_off: z.boolean().optional(),
    position: Position.optional(),
    enabled: z.boolean().optional(),
  })
  .openapi("KeywordAnswerChange", { example: { enabled: false } });
const KeywordAnswer = z
  .object({
    id: Id,
    keywords: z.array(z.string()),
    match: z.string(),
    channel: z.string().nullable(),
    language: z.string().nullable(),
    body: z.string().nullable(),
    hand_off: z.boolean(),
    position: z.number().int(),
    enabled: z.boolean(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("KeywordAnswer");

const Key = z.tuple([NumberKey, z.guid()]);

/** Fixed answers of a workspace, which come before anything that is understood. */
export const keywordAnswerRoutes: Routes = ({ route }) => {
  const tag = "Keyword answers";

  route(
    {
      operationId: "listKeywordAnswers",
      method: "get",
      path: "/v1/keyword-answers",
      tag,
      summary: "List the keyword answers in the order in which they are tried",
      query: PageQuery.extend({ cursor: cursorOf(2) }),
      answer: pageOf(KeywordAnswer),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const [position, id] = readCursor(cursor, Key) ?? [];
      const after = position === undefined || id === undefined ? undefined : { position, id };
      const rows = await listKeywordAnswers(tx, auth.workspaceId, { after, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.position, row.id]);
    },
  );

  route(
    {
      operationId: "createKeywordAnswer",
      method: "post",
      path: "/v1/keyword-answers",
      tag,
      summary: "Answer a keyword from now on",
      description: "Opt-outs come before all answers: STOP, BAJA and the like cannot be answered otherwise.",
      body: NewKeywordAnswer,
      status: 201,
      answer: KeywordAnswer,
    },
    async ({ tx, auth, body, audit }) => {
      check(body);
      const made = await insertKeywordAnswer(tx, auth.workspaceId, body);
      audit({ change: { fields: Object.keys(body) } });
      return made;
    },
  );

  route(
    {
      operationId: "getKeywordAnswer",
      method: "get",
      path: "/v1/keyword-answers/{id}",
      tag,
      summary: "Show a keyword answer",
      params: IdParams,
      answer: KeywordAnswer,
    },
    async ({ tx, auth, params }) => (await findKeywordAnswer(tx, auth.workspaceId, params.id)) ?? absent(),
  );

  route(
    {
      operationId: "updateKeywordAnswer",
      method: "patch",
      path: "/v1/keyword-answers/{id}",
      tag,
      summary: "Change a keyword answer",
      params: IdParams,
      body: KeywordAnswerChange,
      answer: KeywordAnswer,
    },
    async ({ tx, auth, params, body, audit }) => {
      const before = (await lockKeywordAnswer(tx, auth.workspaceId, params.id)) ?? absent();
      check({ ...before, ...given(body) });
      const changed = await updateKeywordAnswer(tx, auth.workspaceId, params.id, given(body));
      audit({ change: { fields: Object.keys(body) } });
      return changed ?? absent();
    },
  );

  route(
    {
      operationId: "deleteKeywordAnswer",
      method: "delete",
      path: "/v1/keyword-answers/{id}",
      tag,
      summary: "Answer these keywords no more",
      params: IdParams,
    },
    async ({ tx, auth, params }) => {
      if (!(await deleteKeywordAnswer(tx, auth.workspaceId, params.id))) absent();
    },
  );
};

/** @throws DomainError `validation` for an answer that does nothing, or whose text is none. */
function check(answer: { body: string | null; hand_off: boolean }): void {
  if (answer.body !== null) parseTemplate(answer.body, "body");
  else if (!answer.hand_off) {
    throw new DomainError("validation", "This answers nothing.", {
      field: "body",
      fix: "Give a body, or set hand_off.",
    });
  }
}

function absent(): never {
  throw new DomainError("not_found", "There is no such keyword answer.", {
    fix: "GET /v1/keyword-answers lists them.",
  });
}
