import type { Tx } from "../db/connect.ts";
import { findPersonFacts } from "../db/facts.ts";
import { valuesOf } from "../db/renderMessage.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { type EmailContent, languageFor } from "../domain/email/content.ts";
import { type EmailPreview, previewEmail } from "../domain/email/preview.ts";
import { DomainError } from "../domain/errors.ts";
import { settingsOf } from "../domain/settings.ts";

export interface PreviewWish {
  contact_id?: string | undefined;
  language?: string | undefined;
}

/**
 * A content as one contact would get it, or without one, as somebody of whom only `variables` is known.
 * @throws DomainError `validation` where the contact is not there, or the words do not compile.
 */
export async function previewFor(
  tx: Tx,
  on: { workspaceId: string; publicUrl: string },
  of: { email: EmailContent; language: string | null; purpose: string; variables: Record<string, unknown> },
  wish: PreviewWish,
): Promise<EmailPreview> {
  const workspace = await findWorkspace(tx, on.workspaceId);
  const person =
    wish.contact_id === undefined
      ? undefined
      : await personOf(tx, on.workspaceId, of.purpose, wish.contact_id);
  const link = `${on.publicUrl}/u/preview`;
  return previewEmail(of.email, {
    language: languageFor(of.email, wish.language ?? person?.language ?? of.language),
    marketing: of.purpose === "marketing",
    physical_address: settingsOf(workspace?.settings).email.physical_address,
    field: "email",
    values:
      person === undefined
        ? { contact: {}, attributes: {}, variables: of.variables }
        : valuesOf(person, of.variables),
    links: { unsubscribe_url: link, preferences_url: link },
  });
}

async function personOf(tx: Tx, workspaceId: string, purpose: string, contactId: string) {
  const facts = await findPersonFacts(tx, {
    workspaceId,
    channel: "email",
    purpose,
    contactIds: [contactId],
  });
  const person = facts.get(contactId);
  if (person !== undefined && person.erased_at === null) return person;
  throw new DomainError("validation", "There is no such contact.", {
    field: "contact_id",
    fix: "Use an id that GET /v1/contacts lists, or leave it out.",
  });
}
