import type twilio from "twilio";
import type { ContentApprovalRequest } from "twilio/lib/rest/content/v1/content/approvalCreate.js";
import type { ContentCreateRequest } from "twilio/lib/rest/content/v1/content.js";
import { DomainError } from "../../domain/errors.ts";
import type { Approval, ContentProvider } from "../content.ts";
import { NoAnswerError, NotSentError } from "../http.ts";

/**
 * Templates on Twilio's Content API. Its SDK types requests in camel case and sends them as they are,
 * so they are written here as the API takes them.
 * Source: https://www.twilio.com/docs/content/content-api-resources
 */
export function twilioContent(client: twilio.Twilio): ContentProvider {
  const contents = client.content.v1.contents;
  return {
    async create(template) {
      const request = {
        friendly_name: approvalName(template),
        language: template.language,
        variables: template.samples,
        types: { "twilio/text": { body: template.body } },
      };
      const created = await asked(() => contents.create(request as unknown as ContentCreateRequest));
      return created.sid;
    },
    async submit(contentSid, template) {
      const request = { name: approvalName(template), category: template.category.toUpperCase() };
      const answer = await asked(() =>
        contents(contentSid).approvalCreate.create(request as unknown as ContentApprovalRequest),
      );
      return approvalOf(answer);
    },
    async approval(contentSid) {
      const answer = await asked(() => contents(contentSid).approvalFetch().fetch());
      return approvalOf(answer.whatsapp);
    },
  };
}

/** WhatsApp takes names of small letters, digits and underscores; the end of the id keeps them apart. */
function approvalName(template: { id: string; name: string }): string {
  const slug = template.name
    .normalize("NFD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return `${slug.slice(0, 100) || "template"}_${template.id.replaceAll("-", "").slice(-12)}`;
}

function approvalOf(answer: unknown): Approval {
  const fields = (answer ?? {}) as {
    status?: unknown;
    rejection_reason?: unknown;
    rejectionReason?: unknown;
  };
  const reason = fields.rejection_reason ?? fields.rejectionReason;
  return {
    status: typeof fields.status === "string" && fields.status !== "" ? fields.status : "unknown",
    reason: typeof reason === "string" && reason !== "" ? reason : null,
  };
}

/** Twilio's errors quote the request: only their numbers go on. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { status, code } = (error ?? {}) as { status?: number; code?: number | string };
    const definite = typeof status === "number" && status >= 400 && status < 500 && status !== 429;
    if (definite && !(error instanceof NotSentError || error instanceof NoAnswerError)) {
      throw new DomainError(
        "validation",
        `Twilio does not take this template (code ${String(code ?? status)}).`,
        {
          fix: "Look the code up at https://www.twilio.com/docs/api/errors, change the template and submit it again.",
          details: { provider_code: code ?? status },
        },
      );
    }
    throw new DomainError("provider_unavailable", "Twilio could not be asked about this template.", {
      fix: "Try again in a minute.",
    });
  }
}
