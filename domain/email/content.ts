import { z } from "zod";
import { parseEmail } from "../address.ts";
import { type Attachment, AttachmentInput, MOST_FILES } from "./attachments.ts";
import { Blocks, Theme } from "./blocks.ts";

/** The most that HTML may have, before anything is added to it. */
const MAX_HTML = 1_000_000;

/** The languages that we have words of our own in. */
export const FOOTER_LANGUAGES = ["es", "en", "pt"] as const;
/** A language as contacts have it: `es`, `pt_BR`. */
const LANGUAGE = /^[a-z]{2,3}(_[A-Z]{2})?$/;
const oneLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\r\n]*$/, "must be one line");

const subject = oneLine(300).describe("With `{name|fallback}` and Liquid, as everywhere in the content.");
const preheader = oneLine(300).describe("What an inbox shows after the subject.");
const html = z.string().min(1).max(MAX_HTML);
const plain = z.string().min(1).max(200_000).describe("Made from the HTML where it is missing.");

const blocks = Blocks.describe("Instead of html: what becomes responsive HTML.");

/** What a mail says beside its words, in all languages. */
const envelope = {
  theme: Theme.optional().describe("How blocks look."),
  from_name: oneLine(100).optional(),
  reply_to: z
    .string()
    .max(254)
    .refine((address) => parseEmail(address).ok, "must be an e-mail address")
    .optional(),
  categories: z.array(oneLine(100)).max(10).optional().describe("For the provider's statistics."),
  asm_group_id: z.int().min(1).max(2_147_483_647).optional().describe("An unsubscribe group of SendGrid's."),
  topic_id: z.guid().optional().describe("What it is about: people can decline a topic."),
  ip_pool_name: z.string().min(2).max(64).optional(),
  attachments: z
    .array(AttachmentInput)
    .max(MOST_FILES)
    .optional()
    .describe("Files that everybody gets, in every language: 15 MB each, 20 MB together."),
  tracking: z
    .strictObject({ opens: z.boolean().default(true), clicks: z.boolean().default(true) })
    .optional()
    .describe("What SendGrid tells of people who read it; both unless said otherwise."),
  repeatable_minutes: z
    .int()
    .min(15)
    .max(60)
    .optional()
    .describe(
      "Hands mail over this much ahead of time, so that a call in doubt can be cancelled and made again: SendGrid promises to cancel until ten minutes before, so less than 15 would leave no time for it.",
    ),
};

const Variant = z
  .strictObject({
    subject: subject.optional(),
    preheader: preheader.optional(),
    html: html.optional(),
    blocks: blocks.optional(),
    text: plain.optional(),
  })
  .refine((one) => one.html === undefined || one.blocks === undefined, "has both html and blocks");

const languages = z
  .record(z.string().regex(LANGUAGE, "must be a language such as es or pt_BR"), Variant)
  .refine((variants) => Object.keys(variants).length <= 20, "has more than 20 languages")
  .describe("What differs for those who read another language.")
  .optional();

/** What a client sends for a campaign or a template: exactly one of html and blocks. */
export const EmailInput = z
  .strictObject({
    subject,
    preheader: preheader.optional(),
    html: html.optional(),
    blocks: blocks.optional(),
    text: plain.optional(),
    ...envelope,
    languages,
  })
  .refine((one) => (one.html === undefined) !== (one.blocks === undefined), {
    error: "needs exactly one of html and blocks",
    path: ["html"],
  });
export type EmailInput = z.infer<typeof EmailInput>;

/** The same once its files are kept, by their names and hashes. */
export type KeptInput = Omit<EmailInput, "attachments"> & { attachments?: Attachment[] | undefined };

/**
 * What a campaign or a template says by e-mail, as its row has it: with the HTML that its blocks became.
 * What a language leaves out is as without a language.
 */
export type EmailContent = KeptInput & {
  html: string;
  /** What it asks a person for, in any language. */
  names?: string[];
};

/** What is compiled: the words of one language. */
export type EmailWords = {
  subject: string;
  preheader?: string | undefined;
  html: string;
  text?: string | undefined;
};

/**
 * Under which language a person's mail is compiled, so that all of one language share it: one of the
 * content's own, or where it has none for them, that of the footer. Goes into `wordsFor` and `compileEmail`.
 */
export function languageFor(content: EmailContent, reads: string | null): string {
  const own = reads && [reads, familyOf(reads)].find((key) => Object.hasOwn(content.languages ?? {}, key));
  if (own) return own;
  const family = familyOf(reads ?? FOOTER_LANGUAGES[0]);
  return FOOTER_LANGUAGES.find((known) => known === family) ?? "en";
}

/** The words of a language that `languageFor` gave: what its variant leaves out is as without a language. */
export function wordsFor(content: EmailContent, language: string): EmailWords {
  const { subject, preheader, html, text, languages = {} } = content;
  const own = (Object.hasOwn(languages, language) ? languages[language] : undefined) ?? {};
  return {
    subject: own.subject ?? subject,
    preheader: own.preheader ?? preheader,
    html: own.html ?? html,
    // A text of the common language would say something else than HTML of this one.
    text: own.text ?? (own.html === undefined ? text : undefined),
  };
}

/** `pt` of `pt_BR`. */
export function familyOf(language: string): string {
  return language.split(/[_-]/, 1)[0]?.toLowerCase() ?? language;
}
