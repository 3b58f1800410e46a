import { levelOf } from "../language/banRisk.ts";
import { tooLarge } from "./attachments.ts";
import type { LinkProblem } from "./auditLinks.ts";
import { type EmailContent, languageFor } from "./content.ts";
import { GMAIL_CLIPS_AT, previewEmail } from "./preview.ts";

/** What makes a link lead nowhere; the other problems are matters of taste and trust. */
const BROKEN: ReadonlySet<LinkProblem | null> = new Set([
  "empty",
  "no_scheme",
  "malformed",
  "unsafe_scheme",
  "local",
] as const);

export type StartOptions = {
  marketing: boolean;
  physical_address: string | null;
  /** The campaign's own; of a person nothing is known here. */
  variables: Record<string, unknown>;
};

/**
 * What everybody would notice of a content as it stands, in each of its languages. The preview has the details.
 * @throws DomainError `validation` where the words do not compile.
 */
export function startWarnings(content: EmailContent, on: StartOptions): string[] {
  const languages = [...new Set([languageFor(content, null), ...Object.keys(content.languages ?? {})])];
  return languages.flatMap((language) =>
    warningsIn(content, language, on).map((warning) =>
      languages.length === 1 ? warning : `${language}: ${warning}`,
    ),
  );
}

function warningsIn(content: EmailContent, language: string, on: StartOptions): string[] {
  const { variables, ...options } = on;
  const link = "https://example.com/u/preview";
  const preview = previewEmail(content, {
    ...options,
    language,
    field: "email",
    values: { contact: {}, attributes: {}, variables },
    links: { unsubscribe_url: link, preferences_url: link },
  });
  const { clipped, size_bytes, total_bytes, spam } = preview;
  const broken = preview.links.filter(({ problem }) => BROKEN.has(problem)).length;
  const risk = levelOf(spam.score);
  return [
    ...(clipped
      ? [`Gmail cuts the mail: ${Math.ceil(size_bytes / 1024)} of ${GMAIL_CLIPS_AT / 1024} KB.`]
      : []),
    ...tooLarge(total_bytes),
    ...(broken > 0 ? [`Links that lead nowhere: ${broken}; the preview lists them.`] : []),
    ...(risk === "high" || risk === "critical"
      ? [`Filters may take it for spam (${spam.score} of 100); the preview says why.`]
      : []),
  ];
}
