import { z } from "@hono/zod-openapi";
import { refuseWhileSent } from "../../db/campaignUse.ts";
import {
  bindContent,
  deleteTemplate,
  findTemplate,
  findTemplateEmail,
  insertTemplate,
  listTemplates,
  lockTemplate,
  recordApproval,
  type TemplateRow,
  updateTemplate,
} from "../../db/templates.ts";
import type { Tx } from "../../db/connect.ts";
import { DomainError } from "../../domain/errors.ts";
import { inputOf } from "../../domain/email/writeContent.ts";
import { parseTemplate, toWhatsAppContent } from "../../domain/template.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { MAX_EMAIL_BYTES } from "../emailInput.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import type { StreamCall } from "../routeSpec.ts";
import { IdParams, PageQuery, pageOf } from "../schemas.ts";
import {
  CHANNELS,
  language,
  NewTemplate,
  shownTemplate,
  Template,
  TemplateChange,
  TemplateSummary,
  templateWords,
} from "../templateInput.ts";

const Key = z.tuple([z.guid()]);

/** Message texts with variables; those for WhatsApp are approved before they can be sent. */
export const templateRoutes: Routes = ({ route, stream }, deps) => {
  const tag = "Templates";

  route(
    {
      operationId: "listTemplates",
      method: "get",
      path: "/v1/templates",
      tag,
      summary: "List the templates",
      query: PageQuery.extend({
        channel: z.enum(CHANNELS).optional(),
        language: language.optional(),
        approval_status: z.string().max(50).optional(),
      }),
      answer: pageOf(TemplateSummary),
    },
    async ({ tx, auth, query: { limit, cursor, ...filter } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listTemplates(tx, auth.workspaceId, filter, { before, limit: limit + 1 });
      return pageFrom(rows.map(shownTemplate), limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createTemplate",
      method: "post",
      path: "/v1/templates",
      tag,
      summary: "Create a template",
      description:
        "SMS and e-mail templates can be sent at once; a WhatsApp one is submitted for approval first.",
      body: NewTemplate,
      maxBytes: MAX_EMAIL_BYTES,
      status: 201,
      answer: Template,
      errors: ["conflict"],
    },
    async ({ tx, auth, body: wanted, audit }) => {
      const { body: _body, email: _email, ...fields } = wanted;
      const { body, ...words } = await templateWords(tx, auth.workspaceId, wanted.channel, wanted);
      if (body === undefined) throw wordless(wanted.channel);
      const template = await insertTemplate(tx, auth.workspaceId, { ...fields, ...words, body });
      audit({ change: { channel: wanted.channel, language: wanted.language } });
      return whole(tx, auth.workspaceId, template);
    },
  );

  route(
    {
      operationId: "getTemplate",
      method: "get",
      path: "/v1/templates/{id}",
      tag,
      summary: "Show a template",
      params: IdParams,
      answer: Template,
    },
    async ({ tx, auth, params }) =>
      whole(tx, auth.workspaceId, present(await findTemplate(tx, auth.workspaceId, params.id))),
  );

  route(
    {
      operationId: "updateTemplate",
      method: "patch",
      path: "/v1/templates/{id}",
      tag,
      summary: "Change a template",
      description:
        "Another text, language or category takes a WhatsApp template's approval away. Refused while a campaign that is not over uses it.",
      params: IdParams,
      body: TemplateChange,
      maxBytes: MAX_EMAIL_BYTES,
      answer: Template,
      errors: ["conflict"],
    },
    async ({ tx, auth, params, body: change, audit }) => {
      const before = present(await lockTemplate(tx, auth.workspaceId, params.id));
      const words = await templateWords(tx, auth.workspaceId, before.channel, change);
      const says = (["body", "language", "category"] as const).filter(
        (field) => change[field] !== undefined && change[field] !== before[field],
      );
      if (change.email !== undefined) says.push("body");
      if (says.length > 0) await refuseWhileSent(tx, auth.workspaceId, params.id);
      audit({ change: { fields: Object.keys(change) } });
      const resubmit = says.length > 0 && before.channel === "whatsapp";
      const { body: _body, email: _email, ...others } = change;
      const fields = { ...given(others), ...words };
      return whole(
        tx,
        auth.workspaceId,
        present(await updateTemplate(tx, auth.workspaceId, params.id, fields, resubmit)),
      );
    },
  );

  route(
    {
      operationId: "deleteTemplate",
      method: "delete",
      path: "/v1/templates/{id}",
      tag,
      summary: "Delete a template",
      description: "Refused while a campaign that is not over uses it.",
      params: IdParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params }) => {
      present(await lockTemplate(tx, auth.workspaceId, params.id));
      await refuseWhileSent(tx, auth.workspaceId, params.id);
      await deleteTemplate(tx, auth.workspaceId, params.id);
    },
  );

  type InWorkspace = StreamCall<unknown, unknown>["inWorkspace"];

  /** The provider is asked outside of any transaction: its answer may take seconds. */
  async function submit(inWorkspace: InWorkspace, workspaceId: string, id: string): Promise<TemplateRow> {
    let template = present(await inWorkspace((tx) => findTemplate(tx, workspaceId, id)));
    if (template.channel !== "whatsapp") throw noApproval();
    if (!["unsubmitted", "rejected"].includes(template.approval_status)) {
      throw new DomainError("state_conflict", `This template is ${template.approval_status} already.`, {
        fix: "POST /v1/templates/{id}/refresh asks for news of it.",
      });
    }
    const content = await deps.contentOf(workspaceId);
    if (template.content_sid === null) {
      const {
        body: numbered,
        variables,
        samples: examples,
      } = toWhatsAppContent(parseTemplate(template.body));
      const given = template.samples as Record<string, string>;
      const named = Object.fromEntries(
        variables.map(({ name }, i) => [`${i + 1}`, given[name] ?? examples[`${i + 1}`] ?? name]),
      );
      const sid = await content.create({ ...template, body: numbered, samples: named });
      const of = template;
      template = unchanged(await inWorkspace((tx) => bindContent(tx, workspaceId, of, sid)));
    }
    const of = { id, content_sid: template.content_sid as string };
    const approval = await content.submit(of.content_sid, template);
    return unchanged(await inWorkspace((tx) => recordApproval(tx, workspaceId, of, approval, true)));
  }

  async function refresh(inWorkspace: InWorkspace, workspaceId: string, id: string): Promise<TemplateRow> {
    const template = present(await inWorkspace((tx) => findTemplate(tx, workspaceId, id)));
    if (template.channel !== "whatsapp") throw noApproval();
    if (template.content_sid === null) {
      throw new DomainError("state_conflict", "This template was never submitted.", {
        fix: "POST /v1/templates/{id}/submit hands it in.",
      });
    }
    const of = { id, content_sid: template.content_sid };
    const approval = await (await deps.contentOf(workspaceId)).approval(of.content_sid);
    return unchanged(await inWorkspace((tx) => recordApproval(tx, workspaceId, of, approval)));
  }

  for (const [operationId, path, summary, work] of [
    ["submitTemplate", "/v1/templates/{id}/submit", "Submit a WhatsApp template for approval", submit],
    ["refreshTemplate", "/v1/templates/{id}/refresh", "Ask the provider where an approval stands", refresh],
  ] as const) {
    stream(
      {
        operationId,
        method: "post",
        path,
        tag,
        summary,
        params: IdParams,
        produces: { "application/json": { schema: Template } },
        errors: ["state_conflict", "validation", "provider_unavailable"],
      },
      async ({ c, auth, params, inWorkspace, audit }) => {
        const template = await work(inWorkspace, auth.workspaceId, params.id);
        audit({ subject_id: params.id, change: { approval_status: template.approval_status } });
        return c.json(Template.parse(shownTemplate(template)));
      },
    );
  }
};

/** With what an e-mail says in full. */
async function whole(tx: Tx, workspaceId: string, row: TemplateRow) {
  const found = row.channel === "email" ? await findTemplateEmail(tx, workspaceId, row.id) : undefined;
  return { ...shownTemplate(row), email: found === undefined ? null : inputOf(found.email) };
}

function wordless(channel: string): DomainError {
  const field = channel === "email" ? "email" : "body";
  return new DomainError("validation", "The template says nothing.", { field, fix: `Give ${field}.` });
}

function present(template: TemplateRow | undefined): TemplateRow {
  if (template) return template;
  throw new DomainError("not_found", "There is no such template.", { fix: "GET /v1/templates lists them." });
}

function unchanged(template: TemplateRow | undefined): TemplateRow {
  if (template) return template;
  throw new DomainError("state_conflict", "The template was changed while the provider was asked.", {
    fix: "Look at it again and repeat this.",
  });
}

function noApproval(): DomainError {
  return new DomainError("state_conflict", "Only WhatsApp templates need an approval.", {
    fix: "Send it as it is.",
  });
}
