import { afterAll, beforeAll, expect, it } from "vitest";
import { aCampaign, aWorkspace, people } from "../../test/people.ts";
import { testDatabase } from "../../test/database.ts";
import { judge } from "./judge.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
}, 60_000);
afterAll(() => database?.close());

let senders = 0;

/** A campaign to two people, both read, one of whom replied; and a sandbox that saw the same. */
async function twoReaders() {
  const { db } = database;
  const workspaceId = await aWorkspace(db);
  const campaignId = await aCampaign(db, workspaceId);
  const ids = await people(db, workspaceId, 2);
  senders += 1;
  const { id: sender_id } = await db
    .insertInto("senders")
    .values({
      workspace_id: workspaceId,
      channel: "whatsapp",
      address: `+57310555${1000 + senders}`,
      kind: "whatsapp",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const sandbox = [];
  for (const [i, contact_id] of ids.entries()) {
    const sid = `SM${workspaceId.replaceAll("-", "")}${i}`;
    const { id: message_id } = await db
      .insertInto("messages")
      .values({
        workspace_id: workspaceId,
        campaign_id: campaignId,
        contact_id,
        sender_id,
        direction: "out",
        channel: "whatsapp",
        state: "read",
        attempts: 1,
        accepted_at: new Date(),
        replied_at: i === 0 ? new Date() : null,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await db
      .insertInto("attempts")
      .values({
        message_id,
        n: 1,
        workspace_id: workspaceId,
        sender_id,
        epoch: 1,
        outcome: "accepted",
        provider_sid: sid,
        receipt_state: "read",
      })
      .execute();
    sandbox.push({ sid, direction: "outbound", from: "us", body: "Hola", told: "read" });
  }
  sandbox.push({
    sid: "in",
    direction: "inbound",
    from: "person 0",
    body: "¿Dónde queda?",
    told: "received",
  });
  return { of: { workspaceId, campaignId, account: "AC1" }, sandbox };
}

type Told = Awaited<ReturnType<typeof twoReaders>>["sandbox"];

/** Answers the two questions that the judge asks. */
const asked = (messages: Told, counted: Record<string, number>) => (request: string) =>
  Promise.resolve(request.includes("/ledger") ? counted : { messages, next_cursor: null });
const both = { accepted: 2, recipients: 2, twice: 0 };

it("judge · finds nothing where sandbox and tables say the same", async () => {
  const { of, sandbox } = await twoReaders();
  const verdict = await judge(database.db, asked(sandbox, both), of);
  expect(verdict.disagreements).toEqual([]);
  expect(verdict.ledger).toEqual({ accepted: 2, recipients: 2, twice: 0, missing: 0 });
  expect(verdict.tables).toMatchObject({ audience: 2, accepted: 2, read: 2, replied: 1, senders_used: 1 });
});

it("judge · counts as missing what the sandbox never saw", async () => {
  const { of, sandbox } = await twoReaders();
  const verdict = await judge(database.db, asked(sandbox.slice(1), both), of);
  expect(verdict.ledger.missing).toBe(1);
  expect(verdict.disagreements).toContain("messages that the sandbox never saw: 0 against 1");
});

it.each([
  ["a message twice", { ...both, twice: 1 }, {}],
  ["a message more than the tables have", { ...both, accepted: 3 }, {}],
  ["another person", { ...both, recipients: 3 }, {}],
  ["another last receipt", both, { told: "undelivered" }],
  ["a reply more", both, { direction: "inbound", from: "person 1" }],
  ["an opt-out that the tables do not have", both, { direction: "inbound", from: "person 0", body: "BAJA" }],
])("judge · finds %s", async (_what, counted, change) => {
  const { of, sandbox } = await twoReaders();
  const changed = "told" in change ? sandbox.map((one) => ({ ...one, ...change })) : sandbox;
  const added = "direction" in change ? [{ sid: "in 2", told: "received", body: "Hola", ...change }] : [];
  const verdict = await judge(database.db, asked([...changed, ...added], counted), of);
  expect(verdict.disagreements.length).toBeGreaterThan(0);
});
