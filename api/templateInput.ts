import { z } from "@hono/zod-openapi";
import type { Tx } from "../db/connect.ts";
import type { TemplateRow } from "../db/templates.ts";
import type { EmailContent } from "../domain/email/content.ts";
import { gistOf } from "../domain/email/writeContent.ts";
import { DomainError } from "../domain/errors.ts";
import { parseTemplate, toWhatsAppContent, variablesOf } from "../domain/template.ts";
import { EmailField } from "./emailInput.ts";
import { writeEmail } from "./emailWords.ts";
import { Id, orNull, Timestamp, text } from "./schemas.ts";

export const CHANNELS = ["whatsapp", "sms", "email"] as const;
const CATEGORIES = ["marketing", "utility", "authentication"] as const;

export const Template = z
  .object({
    id: Id,
    name: z.string(),
    channel: z.enum(CHANNELS),
    language: z.string(),
    category: z.enum(CATEGORIES),
    body: z.string(),
    email: orNull(EmailField).openapi({
      description: "Of an e-mail template, whose body is the gist of it; null for others.",
    }),
    variables: z.array(z.string()).openapi({ description: "The names that it asks for." }),
    warnings: z.array(z.string()).openapi({
      description:
        "What WhatsApp is known to refuse: starts_with_variable, ends_with_variable, adjacent_variables.",
    }),
    samples: z.record(z.string(), z.string()),
    content_sid: z.string().nullable(),
    approval_status: z.string().openapi({
      description:
        "Only `approved` can be sent. WhatsApp: unsubmitted, received, pending, approved, rejected, paused, disabled.",
    }),
    approval_reason: z.string().nullable(),
    submitted_at: Timestamp.nullable(),
    checked_at: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Template");
/** As in a list, which has no e-mails in full. */
export const TemplateSummary = Template.omit({ email: true }).openapi("TemplateSummary");

export const language = z
  .string()
  .regex(/^[a-z]{2,3}(_[A-Z]{2})?$/, "must be a language of WhatsApp's, such as es, es_MX or pt_BR");
const samples = z
  .record(z.string().min(1).max(100), text(200))
  .openapi({ description: "An example value for each variable; the approval asks for them." });
const body = text(1600).openapi({
  description: "With `{name}` or `{name|fallback}`; a literal brace is doubled.",
});

export const NewTemplate = z
  .strictObject({
    name: text(200),
    channel: z.enum(CHANNELS),
    language: language.default("es"),
    category: z.enum(CATEGORIES).default("marketing"),
    body: body.optional(),
    email: EmailField.optional().openapi({ description: "Of an e-mail template, in place of body." }),
    samples: samples.default({}),
  })
  .openapi("NewTemplate", {
    example: {
      name: "Altos de Los Rosales",
      channel: "whatsapp",
      language: "es",
      category: "marketing",
      body: "Hola {name|amigo}, ¡me encantaría presentarte {proyecto} en {city|tu ciudad}! ¿Te gustaría conocer más?",
      samples: { name: "Valeria", proyecto: "Altos de Los Rosales", city: "Barranquilla" },
    },
  });

export const TemplateChange = z
  .strictObject({
    name: text(200).optional(),
    language: language.optional(),
    category: z.enum(CATEGORIES).optional(),
    body: body.optional(),
    email: EmailField.optional().openapi({ description: "Replaces all of what an e-mail template says." }),
    samples: samples.optional(),
  })
  .openapi("TemplateChange", { example: { body: "Hola {name|amigo}, ¿te gustaría conocer más detalles?" } });

type Words = { body?: string | undefined; email?: z.infer<typeof EmailField> | undefined };

/**
 * The text columns of a template: says at once what is wrong with them, not when it is sent. Nothing given, nothing
 * changes.
 * @throws DomainError `validation`: an e-mail says what it says in `email`, other channels in `body`.
 */
export async function templateWords(
  tx: Tx,
  workspaceId: string,
  channel: string,
  { body: text, email }: Words,
): Promise<{ body?: string; email?: EmailContent }> {
  const [wrong, right] = channel === "email" ? (["body", "email"] as const) : (["email", "body"] as const);
  if ((wrong === "body" ? text : email) !== undefined) {
    throw new DomainError("validation", `A template of channel ${channel} has no ${wrong}.`, {
      field: wrong,
      fix: `Say it in ${right}.`,
    });
  }
  if (email !== undefined) {
    const content = await writeEmail(tx, workspaceId, email);
    return { email: content, body: gistOf(content) };
  }
  if (text === undefined) return {};
  const template = parseTemplate(text);
  if (channel === "whatsapp") toWhatsAppContent(template);
  return { body: text };
}

export function shownTemplate(row: TemplateRow) {
  const samples = row.samples as Record<string, string>;
  if (row.email_names !== null)
    return { ...row, email: null, variables: row.email_names as string[], warnings: [], samples };
  const template = parseTemplate(row.body);
  return {
    ...row,
    email: null,
    variables: [...new Set(variablesOf(template).map((variable) => variable.name))],
    warnings: row.channel === "whatsapp" ? toWhatsAppContent(template).warnings : [],
    samples,
  };
}
