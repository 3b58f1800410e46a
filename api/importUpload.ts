import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { Busboy, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import { CHUNK_BYTES } from "../db/importFiles.ts";
import { type Encoding, watchEncoding } from "../domain/csvFormat.ts";
import { DomainError } from "../domain/errors.ts";

const MAX_FILE_BYTES = 1_000_000_000;
/** Where the headers are looked for. */
const SAMPLE_BYTES = 65_536;

export type Upload = {
  file_name: string | undefined;
  bytes: number;
  sha256: Buffer;
  encoding: Encoding;
  /** The first bytes. */
  sample: Buffer;
  /** The other fields of a form. */
  fields: Record<string, string>;
};

type Keep = (seq: number, bytes: Buffer) => Promise<void>;

/**
 * Takes in a CSV as it comes, as the body itself or as the file of a form, and hands it on in pieces of CHUNK_BYTES:
 * no more than one is held.
 * @throws DomainError `unsupported`, `too_large`, or `validation` where there is no file or it is empty.
 */
export async function receiveFile(request: Request, keep: Keep): Promise<Upload> {
  const type = request.headers.get("content-type") ?? "";
  const body = request.body ? Readable.fromWeb(request.body as ReadableStream) : Readable.from([]);
  let upload: Upload;
  if (/^text\/csv\b/i.test(type)) {
    upload = { ...(await keepFile(body, keep)), file_name: undefined, fields: {} };
  } else if (/^multipart\/form-data\b/i.test(type)) {
    upload = await receiveForm(body, type, keep);
  } else {
    throw new DomainError("unsupported", "A file comes as text/csv or multipart/form-data.", {
      field: "Content-Type",
      fix: "Send the file as the body with Content-Type: text/csv, or as the field `file` of a form.",
    });
  }
  if (upload.bytes === 0) throw noFile();
  return upload;
}

async function receiveForm(body: Readable, type: string, keep: Keep): Promise<Upload> {
  const form = parserOf(type);
  const fields: Record<string, string> = {};
  let kept: Promise<Omit<Upload, "fields">> | undefined;
  form.on("field", (name, value) => {
    fields[name] = value;
  });
  form.on("file", (name, stream, fileName) => {
    if (name !== "file" || kept) {
      stream.resume();
      return;
    }
    kept = keepFile(stream, keep).then((file) => ({ ...file, file_name: fileName || undefined }));
    // The form is read to its end all the same; what went wrong is thrown where `kept` is awaited.
    kept.catch(() => stream.resume());
  });
  try {
    await pipeline(body, form);
  } catch (cause) {
    await kept;
    throw new DomainError("validation", "The form is broken off or is none.", { field: "body", cause });
  }
  const file = await kept;
  if (!file) throw noFile();
  return { ...file, fields };
}

function parserOf(type: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": type } as BusboyHeaders,
      limits: { fields: 50, files: 5 },
    });
  } catch (cause) {
    throw new DomainError("validation", "The form names no boundary.", { field: "Content-Type", cause });
  }
}

async function keepFile(stream: AsyncIterable<Buffer>, keep: Keep) {
  const hash = createHash("sha256");
  const encoding = watchEncoding();
  let sample = Buffer.alloc(0);
  let held: Buffer[] = [];
  let heldBytes = 0;
  let seq = 0;
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > MAX_FILE_BYTES) {
      throw new DomainError("too_large", "The file is larger than 1 GB.", {
        field: "file",
        fix: "Split it.",
      });
    }
    hash.update(piece);
    encoding.push(piece);
    if (sample.length < SAMPLE_BYTES) {
      sample = Buffer.concat([sample, piece.subarray(0, SAMPLE_BYTES - sample.length)]);
    }
    held.push(piece);
    heldBytes += piece.length;
    while (heldBytes >= CHUNK_BYTES) {
      const all = Buffer.concat(held);
      await keep(seq++, all.subarray(0, CHUNK_BYTES));
      held = [all.subarray(CHUNK_BYTES)];
      heldBytes -= CHUNK_BYTES;
    }
  }
  if (heldBytes > 0) await keep(seq, Buffer.concat(held));
  return { bytes, sha256: hash.digest(), encoding: encoding.encoding(), sample };
}

function noFile(): DomainError {
  return new DomainError("validation", "There is no file, or it is empty.", {
    field: "file",
    fix: "Send a CSV with a line of headers.",
  });
}
