import { type RawBuilder, sql } from "kysely";
import type {
  ActivityCondition,
  AttributeCondition,
  CampaignOutcome,
  ConsentCondition,
  ScoreCondition,
  SegmentFilter,
} from "../domain/segmentFilter.ts";
import { folded, startingWith } from "./fold.ts";

type Condition = RawBuilder<boolean>;

/**
 * A segment's filter as a condition on `contacts c`; every value of it is a parameter. A fact that is not known
 * makes its condition neither true nor false, so `not` is written as `is not true`: it holds for the unknown too.
 */
export function segmentCondition(workspaceId: string, filter: SegmentFilter): Condition {
  if (filter.and) return joined(workspaceId, filter.and, sql` and `);
  if (filter.or) return joined(workspaceId, filter.or, sql` or `);
  if (filter.not) return sql`(${segmentCondition(workspaceId, filter.not)}) is not true`;
  if (filter.attribute) return attribute(filter.attribute);
  if (filter.tag) return sql`c.tags && ${list(filter.tag)}::text[]`;
  if (filter.consent) return consent(filter.consent);
  if (filter.lead_score) return leadScore(filter.lead_score);
  if (filter.country) return sql`c.country = any(${list(filter.country)}::text[])`;
  if (filter.city) return sql`${folded(sql.ref("c.city"))} in (${sql.join(list(filter.city).map(folded))})`;
  if (filter.created_at) return time(sql.ref("c.created_at"), filter.created_at);
  if (filter.last_activity_at) return time(sql.ref("c.last_activity_at"), filter.last_activity_at);
  if (filter.campaign) {
    return campaignOutcome(workspaceId, filter.campaign.campaign_id, filter.campaign.outcome);
  }
  return notRepliedToLast(workspaceId, filter.not_replied_to_last_campaigns as number);
}

function joined(workspaceId: string, filters: SegmentFilter[], by: Condition): Condition {
  return sql`(${sql.join(
    filters.map((filter) => segmentCondition(workspaceId, filter)),
    by,
  )})`;
}

function list(values: string | string[]): string[] {
  return typeof values === "string" ? [values] : values;
}

const COMPARISONS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };

function attribute(condition: AttributeCondition): Condition {
  const value = sql<string | null>`(c.attributes ->> ${condition.key}::text)`;
  switch (condition.op) {
    case "eq":
      return equals(value, condition.value);
    case "ne":
      return sql`(${equals(value, condition.value)}) is not true`;
    case "in":
      return anyOf(value, condition.value);
    case "not_in":
      return sql`(${anyOf(value, condition.value)}) is not true`;
    case "contains":
      return sql`${folded(value)} like ${folded(`%${startingWith(condition.value)}`)}`;
    case "starts_with":
      return sql`${folded(value)} like ${folded(startingWith(condition.value))}`;
    case "exists":
      return sql`coalesce(${value}, '') <> ''`;
    case "missing":
      return sql`coalesce(${value}, '') = ''`;
    default:
      return typeof condition.value === "number"
        ? sql`${asNumber(value)} ${COMPARISONS[condition.op]} ${condition.value}::numeric`
        : sql`${asTime(value)} ${COMPARISONS[condition.op]} ${condition.value}::timestamptz`;
  }
}

type Text = RawBuilder<string | null>;

function equals(value: Text, wanted: string | number | boolean): Condition {
  return typeof wanted === "number"
    ? sql`${asNumber(value)} = ${wanted}::numeric`
    : sql`${folded(value)} = ${folded(String(wanted))}`;
}

function anyOf(value: Text, wanted: (string | number | boolean)[]): Condition {
  return sql`(${sql.join(
    wanted.map((one) => equals(value, one)),
    sql` or `,
  )})`;
}

/** Imported attributes are text: what is no number or time compares with nothing. */
function asNumber(value: Text): RawBuilder<number | null> {
  return sql`case when pg_input_is_valid(${value}, 'numeric') then ${value}::numeric end`;
}

function asTime(value: Text): RawBuilder<Date | null> {
  return sql`case when pg_input_is_valid(${value}, 'timestamptz') then ${value}::timestamptz end`;
}

/** As the rules of sending read it: the newest record of the purpose or of all purposes holds. */
function consent({ channel, state, purpose = "marketing" }: ConsentCondition): Condition {
  const newest = sql`(select x.state from consents x
    where x.contact_id = c.id and x.channel = ${channel} and x.purpose in (${purpose}, 'all')
    order by x.at desc, x.id desc limit 1)`;
  return state === "none" ? sql`${newest} is null` : sql`coalesce(${newest}, '') = ${state}`;
}

function leadScore({ gte, lte, missing }: ScoreCondition): Condition {
  return allOf([
    gte === undefined ? undefined : sql`c.lead_score >= ${gte}::int`,
    lte === undefined ? undefined : sql`c.lead_score <= ${lte}::int`,
    missing ? sql`c.lead_score is null` : undefined,
  ]);
}

function time(at: RawBuilder<unknown>, condition: ActivityCondition): Condition {
  const { after, before, within_days, older_than_days, never } = condition;
  return allOf([
    after === undefined ? undefined : sql`${at} > ${after}::timestamptz`,
    before === undefined ? undefined : sql`${at} < ${before}::timestamptz`,
    within_days === undefined ? undefined : sql`${at} >= now() - make_interval(days => ${within_days}::int)`,
    older_than_days === undefined
      ? undefined
      : sql`${at} < now() - make_interval(days => ${older_than_days}::int)`,
    never ? sql`${at} is null` : undefined,
  ]);
}

function allOf(conditions: (Condition | undefined)[]): Condition {
  const named = conditions.filter((condition) => condition !== undefined);
  return sql`(${sql.join(named, sql` and `)})`;
}

const REACHED = sql`(m.state in ('delivered', 'read') or m.replied_at is not null)`;

const OUTCOMES: Record<CampaignOutcome, Condition> = {
  any: sql`count(*) > 0`,
  accepted: sql`bool_or(m.state in ('accepted', 'sent', 'delivered', 'read'))`,
  delivered: sql`bool_or(${REACHED})`,
  read: sql`bool_or(m.state = 'read')`,
  replied: sql`bool_or(m.replied_at is not null)`,
  not_replied: sql`bool_or(${REACHED}) and not bool_or(m.replied_at is not null)`,
  failed: sql`bool_or(m.state in ('failed', 'undelivered'))`,
  skipped: sql`bool_or(m.state = 'skipped')`,
  cancelled: sql`bool_or(m.state = 'cancelled')`,
};

function campaignOutcome(workspaceId: string, campaignId: string, outcome: CampaignOutcome): Condition {
  return sql`(select ${OUTCOMES[outcome]} from messages m
    where m.campaign_id = ${campaignId} and m.contact_id = c.id and m.workspace_id = ${workspaceId})`;
}

/** A sequence sends several messages for one campaign: it counts once, and a reply to any of them is a reply. */
function notRepliedToLast(workspaceId: string, campaigns: number): Condition {
  return sql`(select count(*) = ${campaigns}::int and not bool_or(last.replied) from (
    select bool_or(m.replied_at is not null) replied from messages m
    where m.contact_id = c.id and m.workspace_id = ${workspaceId} and m.campaign_id is not null and ${REACHED}
    group by m.campaign_id order by max(coalesce(m.accepted_at, m.created_at)) desc limit ${campaigns}) last)`;
}
