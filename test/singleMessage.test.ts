import { afterAll, beforeAll, expect, it } from "vitest";
import { sql } from "kysely";
// First, so that the schemas of domain/ are made after zod has learned to describe itself.
import { testSystem } from "./system.ts";
import { sendFallbacks } from "../activities/fallbacks.ts";
import { inTransaction } from "../db/connect.ts";
import { applyReceipts } from "../db/receipts.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { runLoop } from "../temporal/loop.ts";
import { wakeSender } from "../workflows/handles.ts";

let system: Awaited<ReturnType<typeof testSystem>>;
const stopping = new AbortController();
let loops: { stopped: Promise<void> }[] = [];
beforeAll(async () => {
  system = await testSystem();
  // Two, as two worker processes would have them.
  loops = [1, 2].map(() =>
    runLoop("fallbacks", () => sendFallbacks(system.deps), {
      everyMs: 100,
      signal: stopping.signal,
      log: system.deps.log,
    }),
  );
}, 60_000);
afterAll(async () => {
  stopping.abort();
  await Promise.all(loops.map((loop) => loop.stopped));
  await system?.close();
}, 60_000);

/** A workspace with an SMS sender and a WhatsApp sender whose message meets `behaviour`, and an approved template. */
async function stage(behaviour: object) {
  const { id, ask } = await system.workspace();
  const serial = Math.floor(Math.random() * 90_000) + 10_000;
  const sender = (channel: string, digit: number) =>
    ask("POST /v1/senders", { channel, address: `+57310${digit}${serial}0`, gap_min_ms: 0, gap_max_ms: 0 });
  await sender("sms", 1);
  await sender("whatsapp", 2);
  const to = `+57320${serial}00`;
  await fetch(`${system.sandbox.url}/_sandbox/behaviours`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ match: { to: `whatsapp:${to}` }, ...behaviour }),
  });
  const template = await ask("POST /v1/templates", {
    name: "Cita",
    channel: "whatsapp",
    language: "es",
    body: "Su cita es el {dia}.",
  });
  await ask(`POST /v1/templates/${template.id}/submit`);
  await system.until(
    async () => (await ask(`POST /v1/templates/${template.id}/refresh`)).approval_status === "approved",
  );
  const message = await ask("POST /v1/messages", {
    channel: "whatsapp",
    to,
    template_id: template.id,
    variables: { dia: "lunes" },
    fallback: { channel: "sms", body: "Cita: {dia}", after_minutes: 10 },
  });
  const bodies = async () => {
    const { rows } = await sql<{ channel: string; state: string; body: string }>`
      select channel, state, body from messages where workspace_id = ${id} order by id`.execute(
      system.database.db,
    );
    return rows;
  };
  return { id, ask, message, bodies };
}

it("a single message · goes from the API to the read receipt, and its fallback is not needed", {
  timeout: 60_000,
}, async () => {
  const { ask, message, bodies } = await stage({ outcome: "read" });
  const done = await system.until(async () => {
    const now = await ask(`GET /v1/messages/${message.id}`);
    return now.state === "read" && now.fallback.outcome !== "waiting" && now;
  });
  expect(done).toMatchObject({
    fallback: { outcome: "not_needed" },
    attempts: [{ n: 1, receipt_state: "read" }],
  });
  expect(await bodies()).toHaveLength(1);
});

it("a single message that is not delivered · goes out by SMS, once", { timeout: 60_000 }, async () => {
  const { ask, message, bodies } = await stage({ outcome: "undelivered", code: 63024 });
  const done = await system.until(async () => {
    const now = await ask(`GET /v1/messages/${message.id}`);
    return now.fallback.outcome === "sent" && now;
  });
  await system.until(
    async () => (await ask(`GET /v1/messages/${done.fallback.message_id}`)).state === "delivered",
  );
  expect(await bodies()).toEqual([
    { channel: "whatsapp", state: "undelivered", body: "Su cita es el lunes." },
    { channel: "sms", state: "delivered", body: "Cita: lunes" },
  ]);
});

it("a single message without any receipt · goes out by SMS when its time is over, and not again", {
  timeout: 60_000,
}, async () => {
  const { id, ask, message, bodies } = await stage({ outcome: "silent" });
  const providerSid = await system.until(async () => {
    const now = await ask(`GET /v1/messages/${message.id}`);
    return now.state === "accepted" && (now.attempts[0].provider_sid as string);
  });
  await sql`update message_fallbacks set due_at = now(), look_at = now() where message_id = ${message.id}`.execute(
    system.database.db,
  );
  await system.until(async () =>
    (await bodies()).some((one) => one.channel === "sms" && one.state === "delivered"),
  );
  // The carrier gives the first one up after all, with a code that is tried again elsewhere.
  await inTransaction(system.database.db, async (tx) => {
    const { retrying } = await applyReceipts(
      tx,
      { workspaceId: id, addressKey: system.deps.addressKey, retryMinuteMs: system.deps.retryMinuteMs },
      [
        {
          messageId: message.id,
          n: 1,
          providerSid,
          state: "undelivered",
          errorCode: "30008",
          at: new Date(),
        },
      ],
    );
    await oweWake(tx, retrying.map(wakeSender));
  });
  system.deps.kick();
  const late = await system.until(async () => {
    const now = await ask(`GET /v1/messages/${message.id}`);
    return now.state === "skipped" && now;
  });
  expect(late).toMatchObject({ reason: "expired", attempts: [{ n: 1, receipt_state: "undelivered" }] });
  expect(await bodies()).toHaveLength(2);
});
