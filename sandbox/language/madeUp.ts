/** Answers that nobody has scripted: of the form that was asked for, by a handful of words that occur in the question. */

export type JsonSchema = { [key: string]: unknown };

/** Labels that a text's words speak for, wherever a list offers them. */
const CUES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\b(stop|baja|borrame|bórrame|unsubscribe|sair|parem|no me escriban)\b/iu, ["opt_out", "suppress"]],
  [/(cu[aá]nto|precio|price|how much|quanto|valor)/iu, ["pricing", "send_price"]],
  [/\b(cita|agendar|appointment|visita|marcar)\b/iu, ["booking", "arrange_appointment"]],
  [
    /(queja|terrible|p[eé]ssimo|horrible|angry|molest)/iu,
    ["complaint", "negative", "apologize_and_hand_to_agent"],
  ],
  [/\b(asesor|persona|human|agent|atendente)\b/iu, ["human_request", "hand_to_agent"]],
  [/\?/u, ["question", "answer_question"]],
  [/\b(gracias|thanks|obrigad[oa])\b/iu, ["thanks", "positive", "thank_back"]],
  [/\b(hola|hello|oi|ol[aá])\b/iu, ["greeting", "greet_back"]],
  [/\b(the|you|please|what)\b/iu, ["en"]],
  [/\b(você|não|obrigad[oa]|quanto)\b/iu, ["pt"]],
];
/** Where no word speaks for any. */
const USUAL = ["neutral", "low", "other", "review", "es"];

const OPT_OUT = CUES[0]?.[0] ?? /^$/;

/** What the last message has to say: its longest line. */
export const gist = (text: string): string =>
  text
    .split("\n")
    .reduce((longest, line) => (line.length > longest.length ? line : longest), "")
    .slice(0, 300);

/** @param text what the person wrote, or all that was asked */
export function madeUp(schema: JsonSchema, text: string): unknown {
  return valueOf(schema, "", { root: schema, text: withoutMarks(text) });
}

/** Lines in brackets mark where what people wrote begins and ends. */
const withoutMarks = (text: string) =>
  text
    .split("\n")
    .filter((line) => !/^\[.*\]$/.test(line))
    .join("\n");

interface On {
  root: JsonSchema;
  text: string;
}

function valueOf(schema: JsonSchema, name: string, on: On): unknown {
  const { $ref, const: fixed, enum: choices, anyOf, type } = schema;
  if (typeof $ref === "string") return valueOf(resolved(on.root, $ref), name, on);
  if (fixed !== undefined) return fixed;
  if (Array.isArray(choices)) return chosen(choices, on.text);
  if (Array.isArray(anyOf)) {
    const [first = {}] = (anyOf as JsonSchema[]).filter((one) => one["type"] !== "null");
    return valueOf(first, name, on);
  }
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>).map(([field, of]) => [
          field,
          valueOf(of, field, on),
        ]),
      );
    case "array":
      return schema["minItems"] === 1 ? [valueOf(schema["items"] as JsonSchema, name, on)] : [];
    case "boolean":
      return name === "opt_out" && OPT_OUT.test(on.text);
    case "integer":
    case "number":
      return Math.min(Math.max(80, Number(schema["minimum"] ?? 0)), Number(schema["maximum"] ?? 100));
    case "null":
      return null;
    default:
      return gist(on.text);
  }
}

function chosen(choices: unknown[], text: string): unknown {
  for (const [pattern, labels] of CUES) {
    const label = labels.find((one) => choices.includes(one));
    if (label !== undefined && pattern.test(text)) return label;
  }
  return USUAL.find((one) => choices.includes(one)) ?? choices[0];
}

/** `#/$defs/name` within the schema itself. */
function resolved(root: JsonSchema, ref: string): JsonSchema {
  const path = ref.replace(/^#\/?/, "").split("/").filter(Boolean);
  return path.reduce<JsonSchema>((at, key) => (at[key] ?? {}) as JsonSchema, root);
}

/** What both providers demand of a schema's objects; undefined: it is as they want it. */
export function faultOfSchema(schema: unknown, everyField: boolean): string | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  const { type, properties, required, additionalProperties } = schema as JsonSchema;
  if (type === "object" && additionalProperties !== false)
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  const named = Object.keys((properties ?? {}) as object);
  if (everyField && type === "object" && named.some((name) => !((required ?? []) as string[]).includes(name)))
    return "'required' is required to be supplied and to be an array including every key in properties";
  for (const part of Object.values(schema)) {
    const fault = faultOfSchema(part, everyField);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
