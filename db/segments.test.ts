import { afterAll, beforeAll, expect, test } from "vitest";
import { SegmentFilter } from "../domain/segmentFilter.ts";
import { inTransaction } from "./connect.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aCampaign, aWorkspace } from "../test/people.ts";
import { countSegment, deleteSegment, findSegmentOf, insertSegment, sampleSegment } from "./segments.ts";

let database: TestDatabase;
let workspace: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  database = await testDatabase();
  workspace = await aWorkspace(database.db);
});
afterAll(() => database.close());

async function person(name: string, fields: Record<string, unknown> = {}): Promise<string> {
  const { id } = await database.db
    .insertInto("contacts")
    .values({ workspace_id: workspace, identity: `tel:${name}`, name, ...fields })
    .returning("id")
    .executeTakeFirstOrThrow();
  ids[name] = id;
  return id;
}

async function outgoing(contact: string, campaign: string, fields: Record<string, unknown>): Promise<void> {
  await database.db
    .insertInto("messages")
    .values({
      workspace_id: workspace,
      contact_id: contact,
      campaign_id: campaign,
      direction: "out",
      channel: "whatsapp",
      state: "delivered",
      accepted_at: new Date(),
      ...fields,
    })
    .execute();
}

/** The names of those whom a filter selects; the count has to agree. */
async function selected(filter: unknown, among: RegExp): Promise<string[]> {
  const parsed = SegmentFilter.parse(filter);
  const rows = await sampleSegment(database.db, workspace, parsed, 1000);
  expect(await countSegment(database.db, workspace, parsed)).toBe(rows.length);
  return rows
    .map((row) => row.name ?? "")
    .filter((name) => among.test(name))
    .sort();
}

test("from Cali · finds the city however it is written, and its negation those of nowhere", async () => {
  await person("city-cali", { city: "Cali" });
  await person("city-upper", { city: "CALI" });
  await person("city-accent", { city: "Bogotá" });
  await person("city-none");
  await person("city-inside", { city: "Santiago de Cali" });
  expect(await selected({ city: "cali" }, /^city/)).toEqual(["city-cali", "city-upper"]);
  expect(await selected({ city: ["Cali", "bogota"] }, /^city/)).toEqual([
    "city-accent",
    "city-cali",
    "city-upper",
  ]);
  expect(await selected({ not: { city: ["Cali", "bogota"] } }, /^city/)).toEqual([
    "city-inside",
    "city-none",
  ]);
});

test("not replied to the last 3 campaigns · counts only those that reached the person, the newest three", async () => {
  const campaigns: string[] = [];
  for (let n = 0; n < 5; n++) campaigns.push(await aCampaign(database.db, workspace, `Campaña ${n}`));
  const reached = async (name: string, rows: Record<string, unknown>[]) => {
    const contact = await person(name);
    for (const [n, fields] of rows.entries()) {
      await outgoing(contact, campaigns[n] as string, {
        accepted_at: new Date(Date.UTC(2026, n, 1)),
        ...fields,
      });
    }
    return contact;
  };
  const replied = { replied_at: new Date() };
  await reached("last-silent", [{}, { state: "read" }, {}]);
  await reached("last-old-reply", [replied, {}, {}, {}]);
  await reached("last-reply", [{}, {}, { state: "read", ...replied }]);
  await reached("last-only-two", [{}, {}]);
  // The newest three that arrived are the first, second and fourth: the failed and the skipped say nothing.
  await reached("last-gaps", [{}, {}, { state: "failed" }, {}, { state: "skipped", accepted_at: null }]);
  await reached("last-gap-reply", [replied, {}, { state: "undelivered" }, {}, { state: "accepted" }]);
  const sequence = await reached("last-sequence", [{ step: 0 }, {}, {}]);
  await outgoing(sequence, campaigns[0] as string, { step: 1, ...replied });

  const silent = { not_replied_to_last_campaigns: 3 };
  expect(await selected(silent, /^last/)).toEqual(["last-gaps", "last-old-reply", "last-silent"]);
  expect(await selected({ not: silent }, /^last/)).toEqual([
    "last-gap-reply",
    "last-only-two",
    "last-reply",
    "last-sequence",
  ]);
});

test("campaign · tells outcomes apart", async () => {
  const campaign = await aCampaign(database.db, workspace, "Resultados");
  const outcomes = {
    read: { state: "read" },
    delivered: {},
    replied: { state: "read", replied_at: new Date() },
    accepted: { state: "accepted" },
    failed: { state: "failed" },
    skipped: { state: "skipped" },
    cancelled: { state: "cancelled" },
  };
  for (const [name, fields] of Object.entries(outcomes))
    await outgoing(await person(`out-${name}`), campaign, fields);
  await person("out-stranger");
  const by = (outcome: string) => selected({ campaign: { campaign_id: campaign, outcome } }, /^out/);
  expect(await by("any")).toHaveLength(7);
  expect(await by("accepted")).toEqual(["out-accepted", "out-delivered", "out-read", "out-replied"]);
  expect(await by("delivered")).toEqual(["out-delivered", "out-read", "out-replied"]);
  expect(await by("read")).toEqual(["out-read", "out-replied"]);
  expect(await by("replied")).toEqual(["out-replied"]);
  expect(await by("not_replied")).toEqual(["out-delivered", "out-read"]);
  for (const only of ["failed", "skipped", "cancelled"]) expect(await by(only)).toEqual([`out-${only}`]);
});

test("attribute · compares texts folded, numbers as numbers, times as times", async () => {
  const attributes = (values: object) => ({ attributes: JSON.stringify(values) });
  await person("attr-a", attributes({ proyecto: "Los Ángeles", hijos: "2", visita: "2026-05-01" }));
  await person("attr-b", attributes({ proyecto: "100% tuyo", hijos: 10, visita: "pronto", vip: true }));
  await person("attr-c", attributes({ proyecto: "", hijos: "muchos" }));
  const by = (key: string, op: string, value?: unknown) =>
    selected({ attribute: value === undefined ? { key, op } : { key, op, value } }, /^attr/);
  expect(await by("proyecto", "eq", "los angeles")).toEqual(["attr-a"]);
  expect(await by("proyecto", "ne", "los angeles")).toEqual(["attr-b", "attr-c"]);
  expect(await by("proyecto", "contains", "% t")).toEqual(["attr-b"]);
  expect(await by("proyecto", "contains", "_")).toEqual([]);
  expect(await by("proyecto", "starts_with", "LOS")).toEqual(["attr-a"]);
  expect(await by("proyecto", "exists")).toEqual(["attr-a", "attr-b"]);
  expect(await by("proyecto", "missing")).toEqual(["attr-c"]);
  expect(await by("hijos", "gt", 2)).toEqual(["attr-b"]);
  expect(await by("hijos", "gte", 2)).toEqual(["attr-a", "attr-b"]);
  expect(await by("hijos", "eq", 2)).toEqual(["attr-a"]);
  expect(await by("hijos", "in", [2, "muchos"])).toEqual(["attr-a", "attr-c"]);
  expect(await by("hijos", "not_in", [2, "muchos"])).toEqual(["attr-b"]);
  expect(await by("visita", "lt", "2026-06-01")).toEqual(["attr-a"]);
  expect(await by("vip", "eq", true)).toEqual(["attr-b"]);
});

test("tag, country, score, consent, activity · select as they say", async () => {
  const now = Date.now();
  const day = 86_400_000;
  const yes = await person("rest-yes", { tags: ["cliente", "vip"], country: "CO", lead_score: 80 });
  const no = await person("rest-no", { tags: ["nuevo"], country: "MX", lead_score: 20 });
  await person("rest-old", { last_activity_at: new Date(now - 40 * day) });
  await person("rest-new", { last_activity_at: new Date(now - day) });
  const consents = [
    { contact_id: yes, state: "opted_out", at: new Date(now - 2 * day), purpose: "all" },
    { contact_id: yes, state: "opted_in", at: new Date(now - day) },
    { contact_id: no, state: "opted_in", at: new Date(now - 2 * day) },
    { contact_id: no, state: "opted_out", at: new Date(now - day), purpose: "all" },
  ];
  for (const consent of consents) {
    await database.db
      .insertInto("consents")
      .values({ workspace_id: workspace, channel: "whatsapp", source: "t", method: "t", ...consent })
      .execute();
  }
  const by = (filter: unknown) => selected(filter, /^rest/);
  expect(await by({ tag: "vip" })).toEqual(["rest-yes"]);
  expect(await by({ tag: ["vip", "nuevo"] })).toEqual(["rest-no", "rest-yes"]);
  expect(await by({ country: "MX" })).toEqual(["rest-no"]);
  expect(await by({ lead_score: { gte: 50 } })).toEqual(["rest-yes"]);
  expect(await by({ lead_score: { missing: true } })).toEqual(["rest-new", "rest-old"]);
  expect(await by({ consent: { channel: "whatsapp", state: "opted_in" } })).toEqual(["rest-yes"]);
  expect(await by({ consent: { channel: "whatsapp", state: "opted_out" } })).toEqual(["rest-no"]);
  expect(await by({ consent: { channel: "whatsapp", state: "none" } })).toEqual(["rest-new", "rest-old"]);
  expect(await by({ last_activity_at: { older_than_days: 30 } })).toEqual(["rest-old"]);
  expect(await by({ last_activity_at: { within_days: 30 } })).toEqual(["rest-new"]);
  expect(await by({ last_activity_at: { never: true } })).toEqual(["rest-no", "rest-yes"]);
  expect(await by({ and: [{ or: [{ tag: "vip" }, { tag: "nuevo" }] }, { not: { country: "MX" } }] })).toEqual(
    ["rest-yes"],
  );
  expect(await by({ created_at: { before: "2020-01-01T00:00:00Z" } })).toEqual([]);
});

test("segments · never reach into another workspace, nor an erased person", async () => {
  const other = await aWorkspace(database.db, "Otra");
  expect(await countSegment(database.db, other, { not: { tag: "x" } })).toBe(0);
  await person("gone", { tags: ["gone"], erased_at: new Date() });
  expect(await countSegment(database.db, workspace, { tag: "gone" })).toBe(0);
});

test("findSegmentOf · gives the first that a person is in, and none that is gone or another workspace's", async () => {
  const { db } = database;
  const made = (name: string, filter: unknown, of = workspace) =>
    inTransaction(db, (tx) => insertSegment(tx, of, { name, filter: SegmentFilter.parse(filter) }));
  const [vip, cali, gone] = [
    await made("of-vip", { tag: "of-vip" }),
    await made("of-cali", { city: "cali" }),
    await made("of-gone", { city: "cali" }),
  ];
  await inTransaction(db, (tx) => deleteSegment(tx, workspace, gone.id));
  const other = await aWorkspace(db, "Other");
  const theirs = await made("of-theirs", { city: "cali" }, other);
  const contact = await person("of-both", { tags: ["of-vip"], city: "Cali" });
  const found = (...segments: string[]) => findSegmentOf(db, workspace, contact, segments);
  expect(await found(vip.id, cali.id)).toBe(vip.id);
  expect(await found(cali.id, vip.id)).toBe(cali.id);
  expect(await found(gone.id, theirs.id, vip.id)).toBe(vip.id);
  expect(await found(gone.id, theirs.id)).toBeUndefined();
  expect(await findSegmentOf(db, workspace, await person("of-none"), [vip.id, cali.id])).toBeUndefined();
});
