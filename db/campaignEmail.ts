import type { EmailContent } from "../domain/email/content.ts";
import { DomainError } from "../domain/errors.ts";
import type { CampaignRow } from "./campaigns.ts";
import type { Db } from "./connect.ts";
import { findTemplateEmail } from "./templates.ts";

/** What a campaign says by e-mail, its own or its template's, and in which language where a person's is not known. */
export interface CampaignEmail {
  email: EmailContent;
  language: string | null;
  /** The template's; for looking at it without a person. */
  samples: Record<string, string>;
}

/** @throws DomainError `state_conflict` where it says nothing by e-mail. */
export async function emailOfCampaign(db: Db, campaign: CampaignRow): Promise<CampaignEmail> {
  if (campaign.email !== null)
    return { email: campaign.email as unknown as EmailContent, language: null, samples: {} };
  const { workspace_id, template_id } = campaign;
  const found = template_id === null ? undefined : await findTemplateEmail(db, workspace_id, template_id);
  if (found !== undefined) return found;
  throw new DomainError("state_conflict", "This campaign says nothing by e-mail.", {
    fix: "Give the campaign email, or the template_id of an e-mail template.",
  });
}
