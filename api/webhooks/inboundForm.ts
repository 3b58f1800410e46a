import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { Busboy, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import type { MailForm } from "../../domain/email/inboundMail.ts";
import { DomainError } from "../../domain/errors.ts";

/** SendGrid takes mails up to 30 MB; the form's own part comes on top. */
const MAX_BYTES = 40 * 1024 * 1024;
const MAX_FIELD_BYTES = 1024 * 1024;
const MAX_FIELDS = 100;
/** Further files pass unnamed. */
const MAX_FILES = 50;
const MAX_NAME = 200;

/**
 * Takes in a form of Inbound Parse: fields in their bytes, as each has a charset of its own, and of files what they are.
 * Their content passes through and is never held.
 * @throws DomainError `unsupported`, `too_large`, or `validation` where it is no form.
 */
export async function receiveMail(request: Request): Promise<MailForm> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(type)) {
    throw new DomainError("unsupported", "Mail comes as multipart/form-data.", {
      field: "Content-Type",
      fix: "Leave 'POST the raw, full MIME message' of SendGrid's Inbound Parse off.",
    });
  }
  const form = parserOf(type);
  const fields = new Map<string, Buffer>();
  const attachments: MailForm["attachments"] = [];
  // As latin1 every byte is a character, and the other way round.
  form.on("field", (name, value) => fields.set(name, Buffer.from(value, "latin1")));
  form.on("file", (_field, stream, name, _encoding, mime) => {
    const file = { name: (name || "").slice(0, MAX_NAME), type: mime.slice(0, MAX_NAME), bytes: 0 };
    attachments.push(file);
    stream.on("data", (piece: Buffer) => {
      file.bytes += piece.length;
    });
  });
  const body = request.body ? Readable.fromWeb(request.body as ReadableStream) : Readable.from([]);
  try {
    await pipeline(body, counting(), form);
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    throw new DomainError("validation", "The form is broken off or is none.", { field: "body", cause });
  }
  return { fields, attachments };
}

function counting(): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes > MAX_BYTES)
        done(new DomainError("too_large", "A mail of Inbound Parse is never this large."));
      else done(null, piece);
    },
  });
}

function parserOf(type: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": type } as BusboyHeaders,
      defCharset: "latin1",
      limits: { fields: MAX_FIELDS, files: MAX_FILES, fieldSize: MAX_FIELD_BYTES, fieldNameSize: 100 },
    });
  } catch (cause) {
    throw new DomainError("validation", "The form names no boundary.", { field: "Content-Type", cause });
  }
}
