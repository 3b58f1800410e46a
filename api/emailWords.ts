import type { Tx } from "../db/connect.ts";
import { findFileSizes, keepFiles, type NamedFile } from "../db/emailFiles.ts";
import {
  type Attachment,
  type AttachmentInput,
  checkAttachments,
  readFile,
} from "../domain/email/attachments.ts";
import type { EmailContent, EmailInput } from "../domain/email/content.ts";
import { writeContent } from "../domain/email/writeContent.ts";
import { DomainError } from "../domain/errors.ts";

/**
 * What a client writes by e-mail, as it is kept: its files by themselves, its words proven to compile.
 * @throws DomainError `validation` with field and position.
 */
export async function writeEmail(
  tx: Tx,
  workspaceId: string,
  { attachments = [], ...words }: EmailInput,
  field = "email",
): Promise<EmailContent> {
  if (attachments.length === 0) return writeContent(words, field);
  const at = `${field}.attachments`;
  checkAttachments(attachments, at);
  const known = await findFileSizes(
    tx,
    workspaceId,
    attachments.flatMap((one) => one.sha256 ?? []),
  );
  const read = attachments.map((one, index) => readOne(one, known, `${at}[${index}]`));
  const content = await writeContent({ ...words, attachments: read.map((one) => one.kept) }, field);
  const [gone] = await keepFiles(
    tx,
    workspaceId,
    read.map((one) => one.file),
  );
  if (gone === undefined) return content;
  throw unknownFile(`${at}[${read.findIndex((one) => one.kept.sha256 === gone)}]`);
}

function readOne(
  { content_base64, sha256 = "", size: _, ...named }: AttachmentInput,
  known: ReadonlyMap<string, number>,
  field: string,
): { kept: Attachment; file: NamedFile } {
  const { content_type } = named;
  if (content_base64 !== undefined) {
    const file = readFile(content_base64, `${field}.content_base64`);
    const kept = { ...named, sha256: file.sha256, size: file.bytes.length };
    return { kept, file: { ...file, content_type } };
  }
  const size = known.get(sha256);
  if (size === undefined) throw unknownFile(field);
  return { kept: { ...named, sha256, size }, file: { sha256, content_type, bytes: null } };
}

const unknownFile = (field: string) =>
  new DomainError("validation", "There is no file with this hash.", {
    field: `${field}.sha256`,
    fix: "Give its bytes as content_base64.",
  });
