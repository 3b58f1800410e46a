import { z } from "@hono/zod-openapi";
import { deleteTopic, findTopic, insertTopic, listTopics, updateTopic } from "../../db/emailTopics.ts";
import { LANGUAGES } from "../../domain/conversationSettings.ts";
import { DomainError } from "../../domain/errors.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Timestamp, text } from "../schemas.ts";

const Translation = z.strictObject({ name: text(100), description: text(500).nullable().optional() });
const Translations = z
  .strictObject(
    Object.fromEntries(LANGUAGES.map((language) => [language, Translation.optional()])) as Record<
      (typeof LANGUAGES)[number],
      z.ZodOptional<typeof Translation>
    >,
  )
  .openapi({ description: "What the preference page shows in a person's language, where it is not `name`." });
const fields = {
  description: text(500).nullable().optional(),
  translations: Translations.optional(),
  asm_group_id: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .nullable()
    .optional()
    .openapi({ description: "The unsubscribe group at SendGrid that means the same." }),
  position: z.int().min(0).max(1_000_000).optional().openapi({ description: "The lowest is shown first." }),
};

const NewTopic = z.strictObject({ name: text(100), ...fields }).openapi("NewEmailTopic", {
  example: {
    name: "Novedades",
    description: "Proyectos nuevos, una vez al mes",
    translations: { en: { name: "News" }, pt: { name: "Novidades" } },
  },
});
const TopicChange = z
  .strictObject({ name: text(100).optional(), ...fields })
  .openapi("EmailTopicChange", { example: { position: 2 } });
const Topic = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string().nullable(),
    translations: z.record(z.string(), z.unknown()),
    asm_group_id: z.int().nullable(),
    position: z.int(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("EmailTopic");

/** What a workspace writes about by e-mail: people take some of it on the preference page and decline the rest. */
export const emailTopicRoutes: Routes = ({ route }) => {
  const tag = "E-mail";

  route(
    {
      operationId: "listEmailTopics",
      method: "get",
      path: "/v1/email/topics",
      tag,
      summary: "List the topics of e-mails",
      answer: z.object({ data: z.array(Topic) }),
    },
    async ({ tx, auth }) => ({ data: await listTopics(tx, auth.workspaceId) }),
  );

  route(
    {
      operationId: "createEmailTopic",
      method: "post",
      path: "/v1/email/topics",
      tag,
      summary: "Create a topic",
      description:
        "It appears on everybody's preference page. A campaign is about it by `email.topic_id`; who has declined it is skipped (`topic_declined`).",
      body: NewTopic,
      status: 201,
      answer: Topic,
      errors: ["conflict"],
    },
    async ({ tx, auth, body, audit }) => {
      const made = await insertTopic(tx, auth.workspaceId, given(body));
      audit({ change: { fields: Object.keys(body) } });
      return made;
    },
  );

  route(
    {
      operationId: "getEmailTopic",
      method: "get",
      path: "/v1/email/topics/{id}",
      tag,
      summary: "Show a topic",
      params: IdParams,
      answer: Topic,
    },
    async ({ tx, auth, params }) => (await findTopic(tx, auth.workspaceId, params.id)) ?? absent(),
  );

  route(
    {
      operationId: "updateEmailTopic",
      method: "patch",
      path: "/v1/email/topics/{id}",
      tag,
      summary: "Change a topic",
      params: IdParams,
      body: TopicChange,
      answer: Topic,
      errors: ["conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      audit({ change: { fields: Object.keys(body) } });
      return (await updateTopic(tx, auth.workspaceId, params.id, given(body))) ?? absent();
    },
  );

  route(
    {
      operationId: "deleteEmailTopic",
      method: "delete",
      path: "/v1/email/topics/{id}",
      tag,
      summary: "Write about a topic no more",
      description:
        "It disappears from the preference page. Who declined it goes on getting nothing of what is queued about it.",
      params: IdParams,
    },
    async ({ tx, auth, params }) => {
      if (!(await deleteTopic(tx, auth.workspaceId, params.id))) absent();
    },
  );
};

function absent(): never {
  throw new DomainError("not_found", "There is no such topic.", { fix: "GET /v1/email/topics lists them." });
}
