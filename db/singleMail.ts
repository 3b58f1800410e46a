import { type CompiledEmail, compileEmail } from "../domain/email/compile.ts";
import { languageFor, wordsFor } from "../domain/email/content.ts";
import { fillEmail } from "../domain/email/fill.ts";
import { settingsOf } from "../domain/settings.ts";
import type { Tx } from "./connect.ts";
import { keepContent } from "./emailContents.ts";
import type { PersonFacts } from "./facts.ts";
import { envelopeOf } from "./mailPlan.ts";
import { valuesOf } from "./renderMessage.ts";
import type { SingleMessage } from "./singleMessages.ts";

/** A single e-mail as its person gets it, or what keeps it from being made. */
export type SingleMail =
  | { ok: true; language: string; compiled: CompiledEmail; values: Record<string, string> }
  | { ok: false; missing: string[]; fault: "content_too_large" | "content_failed" | null };

type Mail = Pick<SingleMessage, "mail" | "purpose" | "variables">;

/** @throws DomainError `validation` for marketing without a physical address. */
export function mailTo(
  workspace: { settings: unknown },
  { mail, purpose, variables }: Mail,
  person: PersonFacts,
): SingleMail {
  if (mail == null) return { ok: false, missing: [], fault: "content_failed" };
  const language = languageFor(mail.email, person.language ?? mail.language);
  const compiled = compileEmail(wordsFor(mail.email, language), {
    language,
    marketing: purpose === "marketing",
    physical_address: settingsOf(workspace.settings).email.physical_address,
  });
  const filled = fillEmail(compiled, valuesOf(person, variables));
  if (filled.ok) return { ok: true, language, compiled, values: filled.values };
  const fault = filled.reason === "missing_variables" ? null : filled.reason;
  return { ok: false, missing: filled.missing, fault };
}

/** Keeps what it says: a template's once for all, other words with the person whom they were written to. */
export function keepMail(
  tx: Tx,
  workspaceId: string,
  message: Pick<SingleMessage, "mail" | "template" | "contactId">,
  made: SingleMail & { ok: true },
): Promise<string> {
  const { language, compiled } = made;
  return keepContent(tx, workspaceId, {
    campaignId: null,
    templateId: message.template?.id ?? null,
    contactId: message.template === null ? message.contactId : null,
    language,
    compiled,
    envelope: message.mail == null ? {} : envelopeOf(message.mail.email),
    attachments: message.mail?.email.attachments ?? [],
  });
}
