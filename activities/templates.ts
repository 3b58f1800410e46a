import type { Db } from "../db/connect.ts";
import { findTemplatesToRefresh, markChecked, recordApproval } from "../db/templates.ts";
import { isDomainError } from "../domain/errors.ts";
import type { ContentOf } from "../providers/content.ts";

/** A template is asked about again after this long; the schedule comes round about as often. */
const STALE_SECONDS = 9 * 60;
const PER_RUN = 500;

export interface RefreshedTemplates {
  checked: number;
  /** Could not be asked about now; they come up again with the next run. */
  unanswered: number;
}

export function templateActivities({ db, contentOf }: { db: Db; contentOf: ContentOf }) {
  return {
    /** Brings the approval of submitted templates up to date, those longest not looked at first. */
    async refreshTemplates(): Promise<RefreshedTemplates> {
      const result = { checked: 0, unanswered: 0 };
      for (const template of await findTemplatesToRefresh(db, STALE_SECONDS, PER_RUN)) {
        try {
          const content = await contentOf(template.workspace_id);
          const approval = await content.approval(template.content_sid);
          await recordApproval(db, template.workspace_id, template, approval);
          result.checked++;
        } catch (error) {
          // One account's trouble must not keep the others waiting.
          if (!isDomainError(error)) throw error;
          await markChecked(db, template.workspace_id, template.id);
          result.unanswered++;
        }
      }
      return result;
    },
  };
}
