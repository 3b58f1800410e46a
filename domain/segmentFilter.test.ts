import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { SEGMENT_LIMITS, SegmentFilter } from "./segmentFilter.ts";

const campaign_id = "01900000-0000-7000-8000-000000000001";
const nested = (levels: number): unknown => {
  let filter: unknown = { tag: "VIP" };
  for (let i = 1; i < levels; i++) filter = { not: filter };
  return filter;
};
const problems = (input: unknown) => {
  const parsed = SegmentFilter.safeParse(input);
  return parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
};

describe("SegmentFilter", () => {
  const good: unknown[] = [
    { city: "Cali" },
    { city: ["Cali", "Bogotá"] },
    { tag: "VIP" },
    { country: "CO" },
    { country: ["CO", "MX"] },
    { attribute: { key: "plan", op: "eq", value: "oro" } },
    { attribute: { key: "plan", op: "not_in", value: ["oro", 1, true] } },
    { attribute: { key: "plan", op: "contains", value: "or" } },
    { attribute: { key: "edad", op: "gte", value: 18 } },
    { attribute: { key: "compra", op: "lt", value: "2026-01-31" } },
    { attribute: { key: "plan", op: "missing" } },
    { consent: { channel: "whatsapp", state: "opted_in" } },
    { consent: { channel: "email", state: "none", purpose: "marketing" } },
    { lead_score: { gte: 40, lte: 80 } },
    { lead_score: { missing: true } },
    { created_at: { after: "2026-01-01T00:00:00-05:00" } },
    { created_at: { within_days: 30 } },
    { last_activity_at: { older_than_days: 30 } },
    { last_activity_at: { never: true } },
    { campaign: { campaign_id, outcome: "not_replied" } },
    { not_replied_to_last_campaigns: 3 },
    { and: [{ city: "Cali" }, { or: [{ tag: "VIP" }, { not: { country: "MX" } }] }] },
    nested(SEGMENT_LIMITS.depth),
  ];
  test.each(good)("SegmentFilter · takes %j as it is", (filter) => {
    expect(SegmentFilter.parse(filter)).toEqual(filter);
  });

  test.each([
    [{}, ": Name exactly one condition; join several with and, or."],
    [{ city: "Cali", tag: "VIP" }, ": Name exactly one condition; join several with and, or."],
    [{ town: "Cali" }, 'Unrecognized key: "town"'],
    [{ and: [] }, "and: "],
    [{ and: [{ city: "Cali" }, { city: "" }] }, "and.1.city: "],
    [{ or: { city: "Cali" } }, "or: "],
    [{ not: [{ city: "Cali" }] }, "not: "],
    [{ country: "Colombia" }, "country: "],
    [{ attribute: { key: "a", op: "eq" } }, "attribute.value: "],
    [{ attribute: { key: "a", op: "like", value: "b" } }, "attribute.op: "],
    [{ attribute: { key: "a", op: "gt", value: "b" } }, "attribute.value: "],
    [{ attribute: { key: "a", op: "exists", value: 1 } }, "attribute: "],
    [{ consent: { channel: "fax", state: "none" } }, "consent.channel: "],
    [{ lead_score: {} }, "lead_score: Name gte, lte or missing."],
    [{ lead_score: { gte: 101 } }, "lead_score.gte: "],
    [{ created_at: {} }, "created_at: Name at least one bound."],
    [{ created_at: { never: true } }, "created_at: "],
    [{ created_at: { after: "yesterday" } }, "created_at.after: "],
    [{ last_activity_at: {} }, "last_activity_at: Name at least one bound, or never."],
    [{ campaign: { campaign_id: "1", outcome: "any" } }, "campaign.campaign_id: "],
    [{ not_replied_to_last_campaigns: 0 }, "not_replied_to_last_campaigns: "],
    [null, ": "],
    ["Cali", ": "],
  ])("SegmentFilter · refuses %j and says where", (filter, problem) => {
    expect(problems(filter).join("\n")).toContain(problem);
  });

  test("SegmentFilter · refuses what is nested too deep, however deep", () => {
    const message = `: Nest at most ${SEGMENT_LIMITS.depth} levels deep.`;
    expect(problems(nested(SEGMENT_LIMITS.depth + 1))).toEqual([message]);
    expect(problems(nested(100_000))).toEqual([message]);
  });

  test("SegmentFilter · refuses more conditions than one query should have", () => {
    const wide = (n: number) => ({
      or: Array.from({ length: n }, () => ({ or: Array.from({ length: 40 }, () => ({ tag: "a" })) })),
    });
    expect(problems(wide(4))).toEqual([]);
    expect(problems(wide(5))).toEqual([`: Use at most ${SEGMENT_LIMITS.conditions} conditions.`]);
  });

  test("SegmentFilter · never throws, and gives back what it takes", () => {
    const { filter } = fc.letrec((tie) => ({
      filter: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom({ city: "Cali" }, { tag: "VIP" }, { lead_score: { gte: 1 } }, {}, { x: 1 }, null),
        fc.record({ not: tie("filter") }),
        fc.record({ and: fc.array(tie("filter"), { maxLength: 3 }) }),
      ),
    }));
    fc.assert(
      fc.property(filter, (input) => {
        const parsed = SegmentFilter.safeParse(input);
        if (parsed.success) expect(parsed.data).toEqual(input);
        else expect(parsed.error.issues.length).toBeGreaterThan(0);
      }),
    );
  });

  test("SegmentFilter · has a JSON schema that refers to itself", () => {
    const schema = JSON.stringify(z.toJSONSchema(SegmentFilter, { io: "input" }));
    expect(schema).toContain('"not_replied_to_last_campaigns"');
    expect(schema.length).toBeLessThan(10_000);
  });
});
