import { z } from "@hono/zod-openapi";
import { SegmentFilter } from "../domain/segmentFilter.ts";

type Schema = Record<string, unknown>;

/**
 * The filter language for the OpenAPI document, which cannot follow a schema that holds itself: written as JSON Schema
 * by zod, pointed at its place among the components, with what refinements say and JSON Schema can.
 */
// A clone: a schema made before the OpenAPI library was loaded does not know how to describe itself.
export const FilterBody = SegmentFilter.clone().openapi("SegmentFilter", {
  ...recursiveSchema(),
  description:
    "One object with exactly one condition; `and`, `or` and `not` join them. A list of values means any of them.",
  example: { and: [{ city: "Cali" }, { not_replied_to_last_campaigns: 3 }] },
} as object);

function recursiveSchema(): Schema {
  const { $defs = {} } = z.toJSONSchema(SegmentFilter, { io: "input", unrepresentable: "any" });
  const [[name, node] = ["", {}]] = Object.entries($defs);
  const text = JSON.stringify(node).replaceAll(`#/$defs/${name}`, "#/components/schemas/SegmentFilter");
  const schema = JSON.parse(text, visibly) as Schema & { properties: Record<string, Schema> };
  for (const condition of ["lead_score", "created_at", "last_activity_at"])
    Object.assign(schema.properties[condition] ?? {}, { minProperties: 1 });
  return { ...schema, minProperties: 1, maxProperties: 1 };
}

/** Texts of the language are trimmed before they are measured: blanks alone are none. */
function visibly(_: string, value: unknown): unknown {
  const { type, minLength, maxLength } = (value ?? {}) as Schema;
  return type === "string" && minLength === 1 && maxLength === 200
    ? { ...(value as Schema), pattern: "\\S" }
    : value;
}
