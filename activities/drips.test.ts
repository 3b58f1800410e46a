import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRemaining, moveCampaign } from "../db/campaigns.ts";
import { inTransaction } from "../db/connect.ts";
import { takeContactEvent } from "../db/dripEvents.ts";
import { readFunnel } from "../db/dripFunnel.ts";
import { findEnrollment, moveEnrollment, stopEnrollments } from "../db/enrollments.ts";
import type { StopEvent } from "../domain/dripSequence.ts";
import { type DripStage, dripStage } from "../test/drips.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";

let stage: SendingStage;
let drips: DripStage;
beforeAll(async () => {
  stage = await sendingStage();
  drips = dripStage(stage);
  await stage.sender();
});
afterAll(() => stage.close());

const after = (delay_hours: number) => ({ delay_hours, message: `Hola ${delay_hours}` });
const STEPS = [after(0), after(24), after(72)];
const bodies = async (campaignId: string) => (await drips.messages(campaignId)).map((m) => m.body);
const states = async (campaignId: string) =>
  (await drips.enrollments(campaignId)).map((e) => [e.state, e.reason, e.last_step, e.next_step]);
const only = <T>(rows: readonly T[]): T => {
  expect(rows).toHaveLength(1);
  return rows[0] as T;
};
const stop = (contactId: string, event: StopEvent, channel: string | null = null) =>
  inTransaction(stage.db, (tx) =>
    stopEnrollments(tx, { workspaceId: stage.workspaceId, contactId, event, channel }),
  );
const move = (id: string, to: "paused" | "active" | "cancelled") =>
  inTransaction(stage.db, async (tx) => {
    const enrollment = await findEnrollment(tx, stage.workspaceId, id);
    if (enrollment === undefined) throw new Error("There is no such enrollment");
    return moveEnrollment(tx, enrollment, to, null);
  });

test("driveDrip · walks its people through the steps at their delays, and ends with the last", async () => {
  const ids = await drips.people(3);
  const id = await drips.sequence(STEPS, { audience: { contact_ids: ids } });
  expect(await drips.drive(id)).toMatchObject({ state: "running", enrolled: 3, taken: 3 });
  expect(await drips.drive(id)).toMatchObject({ enrolled: 0, taken: 0 });
  expect(await drips.deliver(id)).toBe(3);
  await drips.pass(id, 23);
  const early = await drips.drive(id);
  expect(early.taken).toBe(0);
  expect(early.waitMs).toBeGreaterThan(3_500_000);
  await drips.pass(id, 1);
  expect(await drips.drive(id)).toMatchObject({ taken: 3, counts: { waiting: { 3: 3 } } });
  await drips.deliver(id);
  await drips.pass(id, 72);
  expect(await drips.drive(id)).toMatchObject({ state: "running", taken: 3 });
  await drips.deliver(id);
  expect(await drips.drive(id)).toMatchObject({
    state: "completed",
    counts: { by_state: { completed: 3 }, waiting: {} },
  });
  expect(await bodies(id)).toEqual(ids.flatMap(() => ["Hola 0", "Hola 24", "Hola 72"]));
  const [first] = await drips.messages(id);
  expect(first).toMatchObject({ priority: 3, lane: id, step: 1, enrollment_id: expect.any(String) });
});

test("driveDrip · two at once take each step once", async () => {
  const ids = await drips.people(40);
  const id = await drips.sequence(STEPS, { audience: { contact_ids: ids } });
  await Promise.all([drips.drive(id), drips.drive(id), drips.drive(id)]);
  const messages = await drips.messages(id);
  expect([messages.length, new Set(messages.map((m) => m.contact_id)).size]).toEqual([40, 40]);
  expect((await drips.enrollments(id)).every((e) => e.next_step === 2)).toBe(true);
});

test("driveDrip · does not go on while the step before has not gone out, and counts from when it did", async () => {
  const ids = await drips.people(1);
  const id = await drips.sequence(STEPS, { audience: { contact_ids: ids } });
  await drips.drive(id);
  await drips.pass(id, 30);
  await sql`update messages set due_at = now() + interval '2 hours' where campaign_id = ${id}`.execute(
    stage.db,
  );
  await drips.drive(id);
  expect(await bodies(id)).toEqual(["Hola 0"]);
  const held = only(await drips.enrollments(id));
  expect(held.next_step).toBe(2);
  expect((held.due_at as Date).getTime() - Date.now()).toBeGreaterThan(25.9 * 3_600_000);
  await drips.deliver(id);
  await sql`update enrollments set due_at = now() where campaign_id = ${id}`.execute(stage.db);
  await drips.drive(id);
  expect(await bodies(id)).toEqual(["Hola 0"]);
  await drips.pass(id, 24);
  await drips.drive(id);
  expect(await bodies(id)).toEqual(["Hola 0", "Hola 24"]);
});

test("driveDrip · enrolls whoever comes to match, once, and lets go who leaves the segment", async () => {
  const [staying, leaving, coming] = await drips.people(3);
  const tag = (id: string | undefined, tags: string[]) =>
    stage.db.updateTable("contacts").set({ tags }).where("id", "=", String(id)).execute();
  await tag(staying, ["vip"]);
  await tag(leaving, ["vip"]);
  const { id: segment_id } = await stage.db
    .insertInto("segments")
    .values({ workspace_id: stage.workspaceId, name: "VIP", filter: JSON.stringify({ tag: "vip" }) })
    .returning("id")
    .executeTakeFirstOrThrow();
  const id = await drips.sequence(STEPS, { audience: { segment_id }, continuous: true });
  expect(await drips.drive(id)).toMatchObject({ enrolled: 2 });
  await tag(coming, ["vip"]);
  await tag(leaving, []);
  await sql`update sequences set enroll_due_at = now() where campaign_id = ${id}`.execute(stage.db);
  expect(await drips.drive(id)).toMatchObject({ enrolled: 1, state: "running" });
  await drips.deliver(id);
  await drips.pass(id, 24);
  await drips.drive(id);
  const byPerson = new Map((await drips.enrollments(id)).map((e) => [e.contact_id, [e.state, e.reason]]));
  expect(byPerson.get(String(leaving))).toEqual(["stopped", "left_segment"]);
  expect(byPerson.get(String(staying))).toEqual(["active", null]);
});

test("driveDrip · passes over who does not match a step's conditions, and stops at the goal", async () => {
  const [inCali, elsewhere] = await drips.people(2);
  await sql`update contacts set city = 'Cali' where id = ${inCali}`.execute(stage.db);
  const id = await drips.sequence([{ message: "De Cali", conditions: { city: "Cali" } }, ...STEPS.slice(1)], {
    goal: { tag: "bought" },
  });
  await drips.enroll(id, [String(inCali), String(elsewhere)]);
  await drips.drive(id);
  expect((await drips.messages(id)).map((m) => [m.contact_id, m.state, m.reason])).toEqual([
    [inCali, "queued", null],
    [elsewhere, "skipped", "condition"],
  ]);
  await sql`update contacts set tags = '{bought}' where id = ${inCali}`.execute(stage.db);
  await drips.pass(id, 24);
  await drips.drive(id);
  expect(await states(id)).toEqual([
    ["stopped", "goal", 1, 2],
    ["active", null, 2, 3],
  ]);
  // The step before was still held back: it does not go out after the goal.
  expect((await drips.messages(id)).find((m) => m.contact_id === inCali)).toMatchObject({
    state: "cancelled",
    reason: "goal",
  });
  expect((await readFunnel(stage.db, id)).get(2)).toMatchObject({ reached: 1, stopped: { goal: 1 } });
});

test("stopEnrollments · a reply stops who has had a step, with what is queued; an opt-out stops everybody it concerns", async () => {
  const [replying, early, leaving] = (await drips.people(3)) as [string, string, string];
  const id = await drips.sequence(STEPS);
  await drips.enroll(id, [replying, leaving]);
  await drips.drive(id);
  await drips.enroll(id, [early]);
  expect(await stop(replying, "reply")).toBe(1);
  expect(await stop(replying, "reply")).toBe(0);
  expect(await stop(early, "reply")).toBe(0);
  expect(await stop(leaving, "opt_out", "whatsapp")).toBe(0);
  expect(await stop(leaving, "opt_out", "sms")).toBe(1);
  const reasons = new Map((await drips.enrollments(id)).map((e) => [e.contact_id, e.reason]));
  expect([reasons.get(replying), reasons.get(early), reasons.get(leaving)]).toEqual([
    "reply",
    null,
    "opt_out",
  ]);
  const ended = new Map((await drips.messages(id)).map((m) => [m.contact_id, [m.state, m.reason]]));
  expect(ended.get(replying)).toEqual(["cancelled", "reply"]);
  expect(ended.get(leaving)).toEqual(["cancelled", "opted_out"]);
});

test("stopEnrollments · the stop_on of the step they wait for wins over the sequence's", async () => {
  const people = (await drips.people(2)) as [string, string];
  const id = await drips.sequence([after(0), { ...after(24), stop_on: ["conversion"] }], {
    stop_on: ["reply"],
  });
  await drips.enroll(id, people);
  await drips.drive(id);
  expect(await stop(people[0], "reply")).toBe(0);
  expect(await stop(people[0], "conversion")).toBe(1);
});

test("takeContactEvent · enrolls, converts, and enrolls again only where re-entry is allowed", async () => {
  const [person] = (await drips.people(1)) as [string];
  const once = await drips.sequence(STEPS, { enroll_on: ["cart_abandoned"] });
  const often = await drips.sequence(STEPS, {
    enroll_on: ["cart_abandoned"],
    conversion_events: ["paid"],
    reentry: true,
  });
  const tell = (name: string) =>
    inTransaction(stage.db, (tx) =>
      takeContactEvent(tx, {
        workspaceId: stage.workspaceId,
        contactId: person,
        name,
        timeZone: "America/Bogota",
      }),
    );
  expect((await tell("cart_abandoned")).enrolled).toHaveLength(2);
  expect((await tell("cart_abandoned")).enrolled).toHaveLength(0);
  expect(await tell("paid")).toMatchObject({ stopped: 1 });
  expect(await tell("conversion")).toMatchObject({ stopped: 1 });
  expect((await tell("cart_abandoned")).enrolled.map((campaign) => campaign.id)).toEqual([often]);
  expect(only(await drips.enrollments(once))).toMatchObject({
    state: "stopped",
    reason: "conversion",
    entry: 1,
  });
  expect((await drips.enrollments(often)).map((e) => [e.entry, e.state])).toEqual([
    [1, "stopped"],
    [2, "active"],
  ]);
});

test("an edit · leaves those past it alone, gives others the new, and never sends a deleted step's place twice", async () => {
  const [ahead, behind] = (await drips.people(2)) as [string, string];
  const id = await drips.sequence(STEPS);
  await drips.enroll(id, [ahead]);
  await drips.drive(id);
  await drips.deliver(id);
  await drips.pass(id, 24);
  await drips.drive(id);
  await drips.deliver(id);
  await drips.enroll(id, [behind]);
  await drips.drive(id);
  await drips.deliver(id);
  const dueBefore = (await drips.enrollments(id)).map((e) => e.due_at);
  // The second step is replaced: one person has had it, the other waits for it.
  await drips.edit(id, [
    { id: 1, ...after(0) },
    { delay_hours: 48, message: "Nuevo" },
    { id: 3, ...after(72) },
  ]);
  await drips.drive(id);
  expect(await drips.sequenceOf(id)).toMatchObject({ version: 2, adopted_version: 2 });
  expect((await drips.enrollments(id)).map((e) => [e.version, e.next_step])).toEqual([
    [2, 3],
    [2, 4],
  ]);
  const [dueAhead, dueBehind] = (await drips.enrollments(id)).map((e) => e.due_at as Date) as [Date, Date];
  expect(dueAhead).toEqual(dueBefore[0]);
  expect(dueBehind.getTime() - (dueBefore[1] as Date).getTime()).toBe(24 * 3_600_000);
  for (let round = 0; round < 3; round++) {
    await drips.pass(id, 72);
    await drips.drive(id);
    await drips.deliver(id);
  }
  expect(await bodies(id)).toEqual(["Hola 0", "Hola 24", "Hola 72", "Hola 0", "Hola 72", "Nuevo"]);
  expect((await drips.enrollments(id)).map((e) => e.state)).toEqual(["completed", "completed"]);
});

test("pausing one person · keeps their step and what is queued back, until they are resumed", async () => {
  const [paused, other] = (await drips.people(2)) as [string, string];
  const id = await drips.sequence(STEPS);
  await drips.enroll(id, [paused, other]);
  await drips.drive(id);
  const mine = only((await drips.enrollments(id)).filter((e) => e.contact_id === paused));
  expect(await move(mine.id, "paused")).toMatchObject({ state: "paused" });
  expect(await move(mine.id, "paused")).toBeUndefined();
  const lanes = async () =>
    new Map((await drips.messages(id)).map((m) => [m.contact_id, m.lane === id ? "campaign" : m.lane]));
  expect([(await lanes()).get(paused), (await lanes()).get(other)]).toEqual([mine.id, "campaign"]);
  await drips.pass(id, 24);
  await drips.drive(id);
  expect((await findEnrollment(stage.db, stage.workspaceId, mine.id))?.last_step).toBe(1);
  const resumed = await move(mine.id, "active");
  expect((await lanes()).get(paused)).toBe("campaign");
  expect(resumed?.due_at?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(await move(mine.id, "cancelled")).toMatchObject({ state: "cancelled", due_at: null });
  expect((await drips.messages(id)).find((m) => m.contact_id === paused)).toMatchObject({
    state: "cancelled",
    reason: "enrollment_cancelled",
  });
});

test("a pause · spreads what has become late over some time, in its order", async () => {
  const ids = await drips.people(30);
  const id = await drips.sequence(STEPS);
  await drips.enroll(id, ids);
  await drips.drive(id);
  await drips.deliver(id);
  await moveCampaign(stage.db, stage.workspaceId, id, "paused");
  await drips.pass(id, 24 + 48);
  expect(await drips.drive(id)).toMatchObject({ state: "paused", taken: 0 });
  await moveCampaign(stage.db, stage.workspaceId, id, "running");
  const first = await drips.drive(id);
  expect(first).toMatchObject({ spread: 30, taken: 1 });
  const due = (await drips.enrollments(id)).flatMap((e) =>
    e.next_step === 2 ? (e.due_at as Date).getTime() : [],
  );
  expect(new Set(due).size).toBe(29);
  expect(Math.max(...due) - Date.now()).toBeGreaterThan(250_000);
  expect(await drips.drive(id)).toMatchObject({ spread: 0 });
});

test("cancelling all · ends everybody on their way, and what is queued", async () => {
  const ids = await drips.people(5);
  const id = await drips.sequence(STEPS);
  await drips.enroll(id, ids);
  await drips.drive(id);
  await moveCampaign(stage.db, stage.workspaceId, id, "cancelled");
  expect(await drips.cancelEnrollments(id)).toBe(5);
  expect(await cancelRemaining(stage.db, id, 100)).toBe(5);
  expect(await states(id)).toEqual(ids.map(() => ["cancelled", "campaign_cancelled", 1, 2]));
});

test("a sequence without an active sender · waits and says why, and loses nobody", async () => {
  const ids = await drips.people(1);
  const id = await drips.sequence([{ message: "Hola" }], {
    audience: { contact_ids: ids },
    channel: "whatsapp",
  });
  expect(await drips.drive(id)).toMatchObject({
    blocked: expect.stringContaining("No active sender"),
    waitMs: 60_000,
  });
  expect(await drips.messages(id)).toEqual([]);
});

test("an opted-out person · ends with the step that could not be sent to them", async () => {
  const ids = await drips.people(1);
  const id = await drips.sequence(STEPS);
  await drips.enroll(id, ids);
  await sql`insert into consents (workspace_id, contact_id, channel, state, purpose, source, method)
    values (${stage.workspaceId}, ${ids[0]}, 'sms', 'opted_out', 'all', 'test', 'test')`.execute(stage.db);
  await drips.drive(id);
  expect(await states(id)).toEqual([["stopped", "opt_out", 1, 1]]);
  expect(only(await drips.messages(id))).toMatchObject({ state: "skipped", reason: "opted_out" });
});
