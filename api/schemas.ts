import { z } from "@hono/zod-openapi";
import { ERROR_CODES } from "../domain/errors.ts";
import { ROLES } from "../domain/roles.ts";
import { cursorOf } from "./cursor.ts";

/** Any UUID; ours are version 7. */
export const Id = z
  .guid({ error: "must be an id as the API gave it (a UUID)" })
  .openapi({ example: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" });

/** In answers: rows carry Date, JSON carries ISO 8601. */
export const Timestamp = z.date().openapi({ example: "2026-11-03T14:05:00.000Z" });

/** In requests: an instant with its zone, read into a Date. */
export const Instant = z.iso
  .datetime({ offset: true, error: "must be a time with zone, such as 2026-11-03T09:05:00-05:00" })
  .transform((text) => new Date(text))
  .openapi({ example: "2026-11-03T09:05:00-05:00" });

/** Of domain/rates.ts. */
export const Rate = z
  .number()
  .nullable()
  .openapi({ description: "Percent, one decimal; null where the denominator is 0.", example: 94.2 });

export const Role = z.enum(ROLES).openapi({ example: "operator" });

/** Text of at least one visible character, measured as it comes, kept without the blanks around it. */
export const text = (max: number) =>
  z.string().max(max).trim().min(1).openapi({ minLength: 1, maxLength: max });

/** A component, or null: what `.nullable()` makes of one is written down as something that can never be null. */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);

export const IdParams = z.object({ id: Id });

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).openapi({
    type: "integer",
    minimum: 1,
    maximum: 200,
    default: 50,
    example: 50,
    description: "Rows a page.",
  }),
  cursor: cursorOf(1),
});

/** One page of `Item`; `next_cursor` is null on the last. */
export const pageOf = <T extends z.ZodType>(Item: T) =>
  z.object({ data: z.array(Item), next_cursor: z.string().nullable().openapi({ example: null }) });

/** RFC 9457. */
export const Problem = z
  .object({
    type: z.string().openapi({ description: "Stable; branch on it or on `code`." }),
    code: z.enum([...ERROR_CODES, "method_not_allowed", "internal"]),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    field: z
      .string()
      .optional()
      .openapi({ description: "The field at fault, as a path: `audience.list_ids[0]`." }),
    fix: z.string().optional().openapi({ description: "What to do about it." }),
    errors: z
      .array(z.object({ field: z.string(), detail: z.string() }))
      .optional()
      .openapi({ description: "Each fault, where there are several." }),
    details: z.record(z.string(), z.unknown()).optional(),
    request_id: z.string(),
  })
  .openapi("Problem");
export type Problem = z.infer<typeof Problem>;
