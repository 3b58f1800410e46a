import { plainMail } from "../domain/email/answerMail.ts";
import { type CompiledEmail, compileEmail } from "../domain/email/compile.ts";
import { languageFor, wordsFor } from "../domain/email/content.ts";
import { applyValues, fillEmail } from "../domain/email/fill.ts";
import { settingsOf } from "../domain/settings.ts";
import { parseTemplate } from "../domain/template.ts";
import type { Tx } from "./connect.ts";
import { keepContent } from "./emailContents.ts";
import type { PersonFacts } from "./facts.ts";
import { envelopeOf } from "./mailPlan.ts";
import { renderFor, valuesOf } from "./renderMessage.ts";
import type { SingleMessage } from "./singleMessages.ts";

/** A single e-mail as its person gets it, or what keeps it from being made. */
export type SingleMail =
  | { ok: true; language: string; compiled: CompiledEmail; values: Record<string, string> }
  | { ok: false; missing: string[]; fault: "content_too_large" | "content_failed" | null };

type Mail = Pick<SingleMessage, "mail" | "purpose" | "variables" | "body" | "verbatim" | "thread">;

/** @throws DomainError `validation` for marketing without a physical address. */
export function mailTo(workspace: { settings: unknown }, message: Mail, person: PersonFacts): SingleMail {
  const { mail, purpose, variables, thread } = message;
  if (mail == null) return textTo(message, person);
  const language = languageFor(mail.email, person.language ?? mail.language);
  const words = wordsFor(mail.email, language);
  const made = compileEmail(words, {
    language,
    marketing: purpose === "marketing",
    physical_address: settingsOf(workspace.settings).email.physical_address,
  });
  const compiled = thread?.mail === undefined ? made : { ...made, subject: thread.mail.subject };
  const filled = fillEmail(compiled, valuesOf(person, variables));
  if (filled.ok) return { ok: true, language, compiled, values: filled.values };
  const fault = filled.reason === "missing_variables" ? null : filled.reason;
  return { ok: false, missing: filled.missing, fault };
}

/** What somebody says in a conversation, as a mail. */
function textTo({ body, verbatim, variables, thread }: Mail, person: PersonFacts): SingleMail {
  if (body === null || thread?.mail === undefined) return { ok: false, missing: [], fault: "content_failed" };
  const text = verbatim === true ? [body] : parseTemplate(body);
  const written = renderFor({ channel: "email", template: null, text, variables }, person);
  if ("missing" in written) return { ok: false, missing: written.missing, fault: null };
  const language = person.language ?? "es";
  const compiled = plainMail(thread.mail.subject, written.body, language);
  return { ok: true, language, compiled, values: {} };
}

/** What a conversation shows of it; of other mails the content has the words. */
export function textOfMail({ thread }: Mail, made: SingleMail & { ok: true }): string | null {
  return thread === undefined ? null : applyValues(made.compiled, made.values).text;
}

/**
 * Keeps what it says: a template's once for all, other words, and all that is said in a conversation, with the person
 * whom they were written to.
 */
export function keepMail(
  tx: Tx,
  workspaceId: string,
  message: Pick<SingleMessage, "mail" | "template" | "contactId" | "thread">,
  made: SingleMail & { ok: true },
): Promise<string> {
  const { language, compiled } = made;
  const { mail, template, contactId, thread } = message;
  return keepContent(tx, workspaceId, {
    campaignId: null,
    templateId: template?.id ?? null,
    contactId: template === null || thread !== undefined ? contactId : null,
    language,
    compiled,
    envelope: { ...(mail != null && envelopeOf(mail.email)), answer: thread?.mail?.answer },
    attachments: mail?.email.attachments ?? [],
  });
}
