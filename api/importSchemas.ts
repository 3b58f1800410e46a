import { z } from "@hono/zod-openapi";
import { IMPORT_STATES } from "../db/imports.ts";
import { CHANNELS } from "../domain/address.ts";
import { ENCODINGS } from "../domain/csvFormat.ts";
import { ROW_FIELDS } from "../domain/importRow.ts";
import { Id, Timestamp, text } from "./schemas.ts";

const words = z.array(z.string().trim().min(1).max(100)).max(50);
export const ImportConsent = z.strictObject({
  channels: z.array(z.enum(CHANNELS)).min(1).optional(),
  column: text(200).optional(),
  yes: words.optional(),
  no: words.optional(),
  purpose: z.enum(["marketing", "transactional", "all"]).default("marketing"),
  source: text(100).default("import"),
  method: text(100).default("file"),
});
const Mapping = z.record(z.string().max(300), z.enum(ROW_FIELDS));

/** A JSON object where only text can travel: in a query or a form field. */
const jsonText = <T extends z.ZodType>(Shape: T, example: string) =>
  z
    .string()
    .max(20_000)
    .transform((given, context): unknown => {
      const found = parsed(given);
      if (found instanceof Object && !Array.isArray(found)) return found;
      context.addIssue({ code: "custom", message: "must be a JSON object as text" });
      return z.NEVER;
    })
    .pipe(Shape)
    .optional()
    .openapi({ type: "string", example });

function parsed(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

/** A tab itself does not get through a URL. */
const DELIMITER_WORDS = [",", ";", "|", "comma", "semicolon", "tab", "pipe"] as const;
const NAMED_DELIMITERS = { comma: ",", semicolon: ";", tab: "\t", pipe: "|" } as const;

export const ImportRequest = z.object({
  file_name: text(300).optional(),
  dry_run: z
    .enum(["true", "false"])
    .default("false")
    .transform((given) => given === "true")
    .openapi({
      type: "string",
      enum: ["true", "false"],
      default: "false",
      description: "Count, write nothing.",
    }),
  list_id: Id.optional(),
  list_name: text(200)
    .optional()
    .openapi({ description: "A list to put them on; made where there is none." }),
  default_region: z
    .string()
    .optional()
    .openapi({ example: "CO", description: "Whose national numbers are meant; the workspace's by default." }),
  delimiter: z
    .enum(DELIMITER_WORDS)
    .transform((given) => NAMED_DELIMITERS[given as keyof typeof NAMED_DELIMITERS] ?? given)
    .optional()
    .openapi({ type: "string", enum: [...DELIMITER_WORDS], example: "semicolon" }),
  encoding: z.enum(ENCODINGS).optional(),
  mapping: jsonText(Mapping, '{"Contacto 1":"phone","Notas":"tags"}'),
  consent: jsonText(ImportConsent, '{"channels":["whatsapp"],"source":"fair 2026","method":"paper form"}'),
});
export type ImportRequest = z.output<typeof ImportRequest>;

export const Import = z
  .object({
    id: Id,
    state: z.enum(IMPORT_STATES),
    dry_run: z.boolean(),
    file_name: z.string(),
    bytes: z.number().int(),
    list_id: Id.nullable(),
    progress: z.number().openapi({ description: "Percent, 0–100." }),
    counts: z
      .object({
        rows: z.number().int(),
        people: z.number().int(),
        created: z.number().int(),
        updated: z.number().int(),
        unchanged: z.number().int(),
        duplicates: z.number().int(),
        rejected: z.number().int(),
        opted_in: z.number().int(),
        opted_out: z.number().int(),
      })
      .openapi({
        description: "rows = people + duplicates + rejected; people = created + updated + unchanged.",
      }),
    warnings: z.record(z.string(), z.number().int()).openapi({ example: { email_unusable: 131 } }),
    default_region: z.string().nullable(),
    consent: z
      .object({ channels: z.array(z.string()), purpose: z.string(), source: z.string(), method: z.string() })
      .nullable(),
    detected: z
      .object({
        encoding: z.string(),
        delimiter: z.string(),
        columns: z.array(z.object({ header: z.string(), field: z.enum(ROW_FIELDS) })),
      })
      .nullable(),
    error: z.string().nullable(),
    created_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
  })
  .openapi("Import");

export const Reject = z
  .object({
    line: z.number().int().openapi({ description: "Line of the file on which the row begins, from 1." }),
    column: z.string().nullable(),
    reason: z.string().openapi({ example: "too_short" }),
    cells: z.array(z.string()),
  })
  .openapi("ImportReject");
