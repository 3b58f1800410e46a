import type { TemplateValues } from "../template.ts";
import { type Attachment, callBytes, imagesIn, tooLarge } from "./attachments.ts";
import { type AuditedLink, auditLinks } from "./auditLinks.ts";
import { type CompiledEmail, compileEmail, type LinkName } from "./compile.ts";
import { type EmailContent, wordsFor } from "./content.ts";
import { inDarkMode } from "./darkMode.ts";
import { applyValues, type FilledEmail, fillEmail, withLinks } from "./fill.ts";
import { type MailRisk, riskOfMail } from "./mailRisk.ts";
import { textOfHtml } from "./text.ts";

/** Bytes of HTML that Gmail shows; the rest hides behind a link. */
export const GMAIL_CLIPS_AT = 102 * 1024;

export type EmailPreview = {
  language: string;
  subject: string;
  preheader: string | null;
  html: string;
  text: string;
  dark_mode_html: string;
  /** Of the HTML. */
  size_bytes: number;
  attachments: Attachment[];
  /** Of HTML, text and files as they travel. */
  total_bytes: number;
  /** Whether Gmail cuts it. */
  clipped: boolean;
  /** Without a value here: whoever lacks them gets nothing. In the preview they stand in brackets. */
  missing_variables: string[];
  links: AuditedLink[];
  spam: MailRisk;
  warnings: string[];
};

export type PreviewOptions = {
  language: string;
  marketing: boolean;
  physical_address: string | null;
  field: string;
  values: TemplateValues;
  links: Readonly<Record<LinkName, string>>;
};

/**
 * A mail as one person would get it, with what to know before it is sent.
 * @throws DomainError `validation` where the words do not compile.
 */
export function previewEmail(content: EmailContent, options: PreviewOptions): EmailPreview {
  const { language, marketing, physical_address: address, field, values, links } = options;
  const compiled = compileEmail(wordsFor(content, language), {
    language,
    marketing,
    physical_address: address?.trim() || "[physical_address]",
    field,
  });
  const filled = fillEmail(compiled, values);
  const missing = filled.ok ? [] : filled.missing;
  const mail = applyValues(compiled, withLinks(compiled, shownValues(compiled, filled, values), links));
  const audited = auditLinks(mail.html);
  const size_bytes = Buffer.byteLength(mail.html);
  const clipped = size_bytes > GMAIL_CLIPS_AT;
  const { attachments = [] } = content;
  const total_bytes = callBytes(mail, attachments);
  return {
    language,
    ...mail,
    preheader: mail.preheader === null ? null : textOfHtml(mail.preheader),
    dark_mode_html: inDarkMode(mail.html),
    size_bytes,
    attachments,
    total_bytes,
    clipped,
    missing_variables: missing,
    links: audited,
    spam: riskOfMail({ ...mail, links: audited }),
    warnings: [
      ...(clipped
        ? [`Gmail cuts the mail: ${Math.ceil(size_bytes / 1024)} of ${GMAIL_CLIPS_AT / 1024} KB.`]
        : []),
      ...(marketing && !address?.trim()
        ? ["Marketing is refused until settings.email.physical_address is set."]
        : []),
      ...(filled.ok ? [] : whyNot(filled.reason)),
      ...looksOf(mail.html, content),
      ...filesOf(mail.html, attachments, total_bytes),
    ],
  };
}

/** Where something is missing its name stands in brackets, or where that cannot be, an address. */
function shownValues(
  compiled: CompiledEmail,
  filled: FilledEmail,
  values: TemplateValues,
): Readonly<Record<string, string>> {
  let shown = filled;
  const contact = { ...values.contact };
  for (const sample of [(name: string) => `[${name}]`, () => "https://example.com"]) {
    if (shown.ok) break;
    for (const name of shown.missing) contact[name] = sample(name);
    shown = fillEmail(compiled, { ...values, contact });
  }
  return shown.values;
}

function whyNot(reason: Extract<FilledEmail, { ok: false }>["reason"]): string[] {
  if (reason === "content_too_large")
    return ["What is this person's own is larger than a call takes (10,000 bytes): they would get nothing."];
  if (reason === "content_failed")
    return ["The logic takes too long or too much: this person would get nothing."];
  return [];
}

function filesOf(html: string, attachments: readonly Attachment[], totalBytes: number): string[] {
  const shown = new Set(imagesIn(html));
  const unseen = attachments.filter(
    ({ disposition, content_id }) => disposition === "inline" && !shown.has(content_id ?? ""),
  ).length;
  return [
    ...(attachments.length > 0 ? tooLarge(totalBytes) : []),
    ...(unseen > 0 ? [`Inline images that the HTML shows nowhere: ${unseen}.`] : []),
  ];
}

function looksOf(html: string, { preheader }: EmailContent): string[] {
  const images = html.match(/<img\b[^>]*>/gi) ?? [];
  const silent = images.filter((image) => !/\salt=/i.test(image)).length;
  return [
    ...(preheader === undefined ? ["There is no preheader: inboxes show the first words of the mail."] : []),
    ...(silent > 0 ? [`${silent} of ${images.length} images have no alt text.`] : []),
    ...(/<(?:script|form|iframe)\b/i.test(html) ? ["Mail programs remove scripts, forms and frames."] : []),
  ];
}
