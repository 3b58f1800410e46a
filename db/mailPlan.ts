import { type CompiledEmail, compileEmail } from "../domain/email/compile.ts";
import { type EmailContent, FOOTER_LANGUAGES, languageFor, wordsFor } from "../domain/email/content.ts";
import { type FilledEmail, fillEmail } from "../domain/email/fill.ts";
import { emailOfCampaign } from "./campaignEmail.ts";
import type { CampaignRow } from "./campaigns.ts";
import { type Db, inTransaction } from "./connect.ts";
import { keepContent, type MailEnvelope } from "./emailContents.ts";
import type { PersonFacts } from "./facts.ts";
import { valuesOf } from "./renderMessage.ts";

/** An e-mail to many people: compiled once for each language that somebody may read. */
export interface MailPlan {
  email: EmailContent;
  /** Of people whose own is not known. */
  language: string | null;
  compiled: ReadonlyMap<string, CompiledEmail>;
  /** Whose words they are. */
  of: { workspaceId: string; campaignId: string | null; templateId: string | null; contactId: string | null };
  /** Of the languages that somebody reads so far: the content that is kept. */
  kept: Map<string, string>;
}

/** @throws DomainError `validation` for words that do not compile, or marketing without a physical address. */
export function mailPlanOf(
  said: { email: EmailContent; language: string | null },
  of: MailPlan["of"],
  on: { purpose: string; physical_address: string | null },
): MailPlan {
  const { email, language } = said;
  const languages = new Set([...FOOTER_LANGUAGES, ...Object.keys(email.languages ?? {})]);
  const marketing = on.purpose === "marketing";
  const compiled = [...languages].map((one) => {
    const options = { language: one, marketing, physical_address: on.physical_address };
    return [one, compileEmail(wordsFor(email, one), options)] as const;
  });
  return { email, language, of, compiled: new Map(compiled), kept: new Map() };
}

/**
 * The e-mail of a campaign, its own or its template's.
 * @throws DomainError as mailPlanOf, and `state_conflict` where it says nothing by e-mail.
 */
export async function mailPlanOfCampaign(
  db: Db,
  campaign: CampaignRow,
  on: { physical_address: string | null },
): Promise<MailPlan> {
  const { workspace_id: workspaceId, id: campaignId, template_id: templateId, purpose } = campaign;
  const of = { workspaceId, campaignId, templateId, contactId: null };
  return mailPlanOf(await emailOfCampaign(db, campaign), of, { purpose, ...on });
}

/** One person's values, in the language that they read. */
export function fillFor(
  plan: MailPlan,
  person: PersonFacts,
  variables: Record<string, unknown>,
): { language: string; filled: FilledEmail } {
  const language = languageFor(plan.email, person.language ?? plan.language);
  const compiled = plan.compiled.get(language) as CompiledEmail;
  return { language, filled: fillEmail(compiled, valuesOf(person, variables)) };
}

/**
 * Gives planned rows the contents of their languages, which are kept and committed before a message names them; the
 * plan remembers their ids.
 */
export async function nameContents(
  db: Db,
  plan: MailPlan,
  rows: readonly { state: string; language?: string; contentSid?: string | null }[],
): Promise<void> {
  const waiting = rows.filter((row) => row.state === "queued" && row.language !== undefined);
  await keepLanguages(
    db,
    plan,
    waiting.map((row) => row.language as string),
  );
  for (const row of waiting) row.contentSid = plan.kept.get(row.language as string) ?? null;
}

async function keepLanguages(db: Db, plan: MailPlan, languages: Iterable<string>): Promise<void> {
  const fresh = [...new Set(languages)].filter((language) => !plan.kept.has(language));
  if (fresh.length === 0) return;
  const envelope = envelopeOf(plan.email);
  const { attachments = [] } = plan.email;
  const { workspaceId, ...owner } = plan.of;
  const ids = await inTransaction(db, async (tx) => {
    const kept: [string, string][] = [];
    for (const language of fresh.toSorted()) {
      const compiled = plan.compiled.get(language) as CompiledEmail;
      const content = { ...owner, language, compiled, envelope, attachments };
      kept.push([language, await keepContent(tx, workspaceId, content)]);
    }
    return kept;
  });
  for (const [language, id] of ids) plan.kept.set(language, id);
}

/** What goes with the words: JSON leaves out what is undefined. */
export function envelopeOf(email: EmailContent): MailEnvelope {
  const { from_name, reply_to, categories, asm_group_id, topic_id } = email;
  const { ip_pool_name, tracking, repeatable_minutes } = email;
  return {
    from_name,
    reply_to,
    categories,
    asm_group_id,
    topic_id,
    ip_pool_name,
    tracking,
    repeatable_minutes,
  };
}
