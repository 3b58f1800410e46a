import { z } from "zod";
import { CHANNELS } from "./address.ts";

/** Limits that keep a segment's SQL small: levels of nesting, conditions in all, values in one list. */
export const SEGMENT_LIMITS = { depth: 32, conditions: 200, values: 500 } as const;

/**
 * What became of somebody's message in a campaign. `any`: in its audience, skipped ones too. `accepted`,
 * `delivered`, `read`: got at least so far. `not_replied`: delivered, and no reply counted for it.
 */
export const CAMPAIGN_OUTCOMES = [
  "any",
  "accepted",
  "delivered",
  "read",
  "replied",
  "not_replied",
  "failed",
  "skipped",
  "cancelled",
] as const;
export type CampaignOutcome = (typeof CAMPAIGN_OUTCOMES)[number];

const text = z.string().trim().min(1).max(200);
const texts = z.union([text, z.array(text).min(1).max(SEGMENT_LIMITS.values)]);
const scalar = z.union([z.string().max(1000), z.number(), z.boolean()]);
const ordered = z.union([z.number(), z.iso.date(), z.iso.datetime({ offset: true })]);
const key = z.string().min(1).max(100);
const days = z.int().min(1).max(3650);
const countryCode = z.string().regex(/^[A-Z]{2}$/, "Use a country's two letters, as CO.");
const instant = z.iso.datetime({ offset: true });

/** Texts compare without regard to case and accents; gt … lte with a number compare numbers, else ISO dates. */
const AttributeCondition = z.discriminatedUnion("op", [
  z.strictObject({ key, op: z.enum(["eq", "ne"]), value: scalar }),
  z.strictObject({
    key,
    op: z.enum(["in", "not_in"]),
    value: z.array(scalar).min(1).max(SEGMENT_LIMITS.values),
  }),
  z.strictObject({ key, op: z.enum(["contains", "starts_with"]), value: text }),
  z.strictObject({ key, op: z.enum(["gt", "gte", "lt", "lte"]), value: ordered }),
  z.strictObject({ key, op: z.enum(["exists", "missing"]) }),
]);
export type AttributeCondition = z.infer<typeof AttributeCondition>;

const span = { after: instant.optional(), before: instant.optional() };
const age = { within_days: days.optional(), older_than_days: days.optional() };
const TimeCondition = z.strictObject({ ...span, ...age }).refine(says, "Name at least one bound.");
export type TimeCondition = z.infer<typeof TimeCondition>;

/** Nobody's last activity is old where there was none: `never` asks for that. */
const ActivityCondition = z
  .strictObject({ ...span, ...age, never: z.literal(true).optional() })
  .refine(says, "Name at least one bound, or never.");
export type ActivityCondition = z.infer<typeof ActivityCondition>;

const scoreBound = z.int().min(0).max(100).optional();
const ScoreCondition = z
  .strictObject({ gte: scoreBound, lte: scoreBound, missing: z.literal(true).optional() })
  .refine(says, "Name gte, lte or missing.");
export type ScoreCondition = z.infer<typeof ScoreCondition>;

/** The newest record for channel and purpose; `none`: there is no record. */
const ConsentCondition = z.strictObject({
  channel: z.enum(CHANNELS),
  state: z.enum(["opted_in", "opted_out", "none"]),
  purpose: z.enum(["marketing", "transactional", "all"]).optional(),
});
export type ConsentCondition = z.infer<typeof ConsentCondition>;

const CampaignCondition = z.strictObject({ campaign_id: z.uuid(), outcome: z.enum(CAMPAIGN_OUTCOMES) });
export type CampaignCondition = z.infer<typeof CampaignCondition>;

type Names =
  | "and"
  | "or"
  | "not"
  | "attribute"
  | "tag"
  | "consent"
  | "lead_score"
  | "country"
  | "city"
  | "created_at"
  | "last_activity_at"
  | "campaign"
  | "not_replied_to_last_campaigns";
type Without<Name extends Names> = { [Other in Exclude<Names, Name>]?: never };
type Only<Name extends Names, Value> = { [N in Name]: Value } & Without<Name>;
interface And extends Without<"and"> {
  and: SegmentFilter[];
}
interface Or extends Without<"or"> {
  or: SegmentFilter[];
}
interface Not extends Without<"not"> {
  not: SegmentFilter;
}

/** One object with exactly one condition: `{"city": "Cali"}`, `{"and": [ … ]}`. A list of values means any of them. */
export type SegmentFilter =
  | And
  | Or
  | Not
  | Only<"attribute", AttributeCondition>
  | Only<"tag", string | string[]>
  | Only<"consent", ConsentCondition>
  | Only<"lead_score", ScoreCondition>
  | Only<"country", string | string[]>
  | Only<"city", string | string[]>
  | Only<"created_at", TimeCondition>
  | Only<"last_activity_at", ActivityCondition>
  | Only<"campaign", CampaignCondition>
  | Only<"not_replied_to_last_campaigns", number>;

/** One level of the language. It refers to itself: an OpenAPI generator needs a name for it (`.openapi("SegmentFilter")`). */
export const SegmentNode: z.ZodType<SegmentFilter> = z.lazy(
  (): z.ZodType<unknown> =>
    z
      .strictObject({
        and: z.array(SegmentNode).min(1).max(50).optional(),
        or: z.array(SegmentNode).min(1).max(50).optional(),
        not: SegmentNode.optional(),
        attribute: AttributeCondition.optional(),
        tag: texts.optional(),
        consent: ConsentCondition.optional(),
        lead_score: ScoreCondition.optional(),
        country: z.union([countryCode, z.array(countryCode).min(1).max(SEGMENT_LIMITS.values)]).optional(),
        city: texts.optional(),
        created_at: TimeCondition.optional(),
        last_activity_at: ActivityCondition.optional(),
        campaign: CampaignCondition.optional(),
        not_replied_to_last_campaigns: z.int().min(1).max(50).optional(),
      })
      .refine(
        (filter) => Object.keys(filter).length === 1,
        "Name exactly one condition; join several with and, or.",
      ),
) as z.ZodType<SegmentFilter>;

/**
 * The filter language of segments. `not_replied_to_last_campaigns: n` holds for who got at least n
 * campaigns (delivered) and replied to none of the last n that reached them. Depth and number of
 * conditions are checked before anything else, so that no input can exhaust the stack.
 */
export const SegmentFilter = z.preprocess((input, context) => {
  const problem = tooLarge(input);
  if (!problem) return input;
  context.addIssue({ code: "custom", message: problem });
  return z.NEVER;
}, SegmentNode);

function says(condition: object): boolean {
  return Object.values(condition).some((value) => value !== undefined);
}

/** Walks with a list of its own instead of recursion. */
function tooLarge(input: unknown): string | undefined {
  const waiting = [{ filter: input, depth: 1 }];
  let conditions = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.depth > SEGMENT_LIMITS.depth) return `Nest at most ${SEGMENT_LIMITS.depth} levels deep.`;
    if (++conditions > SEGMENT_LIMITS.conditions)
      return `Use at most ${SEGMENT_LIMITS.conditions} conditions.`;
    for (const filter of inner(next.filter)) waiting.push({ filter, depth: next.depth + 1 });
  }
  return undefined;
}

function inner(filter: unknown): unknown[] {
  if (typeof filter !== "object" || filter === null) return [];
  const { and, or, not } = filter as { and?: unknown; or?: unknown; not?: unknown };
  return [and, or]
    .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
    .concat(not === undefined ? [] : [not]);
}
