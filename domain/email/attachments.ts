import { createHash } from "node:crypto";
import { z } from "zod";
import { DomainError } from "../errors.ts";
import { BLOCKED_FILES, BLOCKED_TYPES } from "./blockedFiles.ts";

/** Files of one e-mail, bytes of one of them, and of all together. */
export const MOST_FILES = 20;
export const MOST_FILE_BYTES = 15_000_000;
export const MOST_FILES_BYTES = 20_000_000;
/** Of a mail with its files, as many mail servers take it at most. */
export const LARGE_MAIL_BYTES = 10_000_000;
/**
 * What SendGrid takes in one call, files as base64 and everybody in it included.
 * Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations
 */
export const MOST_CALL_BYTES = 30 * 1024 * 1024;
/** What one person can add to a call: 10,000 bytes of values, address, headers and ids. */
const PERSON_BYTES = 12_000;

const FileName = z
  .string()
  .trim()
  .min(1)
  .max(150)
  .regex(/^[^\\/\r\n\t]*$/, "must be a name without a path");
const ContentType = z
  .string()
  .max(100)
  .regex(/^[a-z]+\/[\w.+-]+$/i, "must be a media type such as application/pdf");
const ContentId = z
  .string()
  .max(100)
  .regex(/^[\w.@-]+$/, "must be letters, digits and . _ - @")
  .describe('What the HTML shows an inline image by: `<img src="cid:logo">`.');

const common = {
  file_name: FileName,
  content_type: ContentType,
  disposition: z.enum(["attachment", "inline"]).default("attachment"),
  content_id: ContentId.optional(),
};

/** A file that a client gives: its bytes, or the hash of one that is here already, as an answer has it. */
export const AttachmentInput = z
  .strictObject({
    ...common,
    content_base64: z.string().min(1).optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex")
      .optional()
      .describe("Of a file that is here already; GET /v1/email/files/{sha256} gives it back."),
    size: z.int().optional().describe("In bytes, as answers have it; it is not read."),
  })
  .refine((one) => (one.content_base64 === undefined) !== (one.sha256 === undefined), {
    error: "needs exactly one of content_base64 and sha256",
    path: ["content_base64"],
  })
  .refine((one) => one.disposition !== "inline" || one.content_id !== undefined, {
    error: "an inline image needs one",
    path: ["content_id"],
  })
  .refine((one) => one.disposition !== "inline" || /^image\//i.test(one.content_type), {
    error: "only images can be shown inline",
    path: ["content_type"],
  });
export type AttachmentInput = z.infer<typeof AttachmentInput>;

/** A file as an e-mail names it; `size` in bytes, `sha256` in hex. The bytes are kept once for all who have them. */
export interface Attachment {
  file_name: string;
  content_type: string;
  disposition: "attachment" | "inline";
  content_id?: string | undefined;
  sha256: string;
  size: number;
}

/**
 * The bytes of a file, with their hash.
 * @throws DomainError `validation` for what is no base64, and for a file that is too large.
 */
export function readFile(base64: string, field: string): { sha256: string; bytes: Buffer } {
  const text = base64.includes("\n") ? base64.replace(/\s+/g, "") : base64;
  const bytes = Buffer.from(text, "base64");
  // Buffer passes over what it does not know.
  if (bytes.toString("base64") !== text) {
    throw new DomainError("validation", "This is not base64.", {
      field,
      fix: "Encode the bytes of the file by RFC 4648, section 4, with padding.",
    });
  }
  if (bytes.length > MOST_FILE_BYTES) {
    throw new DomainError(
      "validation",
      `The file has ${megabytes(bytes.length)} MB; one may have ${megabytes(MOST_FILE_BYTES)} MB.`,
      { field, fix: "Make it smaller, or write a link to it." },
    );
  }
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes };
}

/** What is attached, before anything is read. */
type Named = Pick<AttachmentInput, "file_name" | "content_type" | "content_id">;

/**
 * Refuses files that mail servers turn away, and names that are given twice.
 * @throws DomainError `validation`.
 */
export function checkAttachments(attachments: readonly Named[], field: string): void {
  const ids = new Set<string>();
  for (const [index, { file_name, content_type, content_id }] of attachments.entries()) {
    const blocked = blockedBy(file_name, content_type);
    if (blocked !== undefined) {
      throw new DomainError("validation", `Mail servers refuse files of this kind: ${blocked}.`, {
        field: `${field}[${index}].${blocked.startsWith(".") ? "file_name" : "content_type"}`,
        fix: "Write a link to it instead.",
      });
    }
    if (content_id === undefined) continue;
    if (ids.has(content_id)) {
      throw new DomainError("validation", "Two attachments have this content_id.", {
        field: `${field}[${index}].content_id`,
        fix: "Give each its own.",
      });
    }
    ids.add(content_id);
  }
}

function blockedBy(fileName: string, contentType: string): string | undefined {
  const ending = /\.([a-z0-9_]+)[. ]*$/i.exec(fileName)?.[1]?.toLowerCase();
  if (ending !== undefined && BLOCKED_FILES.has(ending)) return `.${ending}`;
  const type = contentType.toLowerCase();
  return BLOCKED_TYPES.has(type) ? type : undefined;
}

/**
 * Refuses more than a call takes, and images that the HTML shows and nobody has attached.
 * @param languages the HTML and text of each language, by the field that has it
 * @throws DomainError `validation`.
 */
export function checkMail(
  attachments: readonly Attachment[],
  languages: readonly { field: string; html: string; text: string }[],
  field: string,
): void {
  const bytes = attachments.reduce((sum, one) => sum + one.size, 0);
  if (bytes > MOST_FILES_BYTES) {
    throw new DomainError(
      "validation",
      `The attachments have ${megabytes(bytes)} MB together; an e-mail may have ${megabytes(MOST_FILES_BYTES)} MB of them.`,
      { field: `${field}.attachments`, fix: "Make them smaller, or write links to some." },
    );
  }
  const attached = new Set(attachments.map((one) => one.content_id));
  for (const said of languages) {
    const lacking = imagesIn(said.html).find((id) => !attached.has(id));
    if (lacking !== undefined) {
      throw new DomainError("validation", `The HTML shows cid:${lacking}, which is not attached.`, {
        field: said.field,
        fix: "Attach it with this content_id and the disposition inline.",
      });
    }
    const size = callBytes(said, attachments);
    if (size + PERSON_BYTES > MOST_CALL_BYTES) {
      throw new DomainError("validation", `The e-mail has ${megabytes(size)} MB, its files as base64.`, {
        field: `${field}.attachments`,
        fix: `SendGrid takes ${megabytes(MOST_CALL_BYTES)} MB in all: make the attachments smaller.`,
      });
    }
  }
}

/** The ids of attached images that an HTML shows. */
export function imagesIn(html: string): string[] {
  const found = html.matchAll(
    /(?:\bsrc\s*=\s*["']?|\burl\(\s*["']?|\bbackground\s*=\s*["']?)cid:([^"'\s>)]+)/gi,
  );
  return [...new Set([...found].map(([, id]) => id as string))];
}

/** What a content takes in a call, whoever it is for: words as JSON, files as base64. */
export function callBytes(
  { html, text }: { html: string; text: string },
  attachments: readonly Pick<Attachment, "size">[],
): number {
  const files = attachments.reduce((sum, one) => sum + 4 * Math.ceil(one.size / 3) + 500, 0);
  return files + Buffer.byteLength(JSON.stringify([html, text]));
}

/** How many people a call of so large a content has room for: at least one. */
export const peopleInCall = (contentBytes: number): number =>
  Math.max(1, Math.floor((MOST_CALL_BYTES - contentBytes) / PERSON_BYTES));

/** What is to be said of a mail of so many bytes, files and all; nothing where it is small enough. */
export const tooLarge = (bytes: number): string[] =>
  bytes > LARGE_MAIL_BYTES
    ? [
        `The mail has ${megabytes(bytes)} MB: many mail servers refuse more than ${megabytes(LARGE_MAIL_BYTES)}.`,
      ]
    : [];

/** With one decimal. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 100_000) / 10}`;
