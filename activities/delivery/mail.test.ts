import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readUnsubscribeToken } from "../../domain/email/unsubscribeToken.ts";
import { listeningMail, type MailStage, mailStage } from "../../test/mailing.ts";
import { createDeliveryEngine, deliverSlice } from "./slice.ts";
import type { SliceReport } from "./sliceReport.ts";

const { heard, provider } = listeningMail();
const accepts = heard.says;
let stage: MailStage;
beforeAll(async () => {
  stage = await mailStage(provider);
});
beforeEach(() => {
  heard.calls.length = 0;
  heard.says = accepts;
});
afterAll(() => stage.close());

function run(input: { workspaceId: string; senderId: string }): Promise<SliceReport> {
  const engine = createDeliveryEngine({ ...stage.deps, mailCalls: 4 });
  return new MockActivityEnvironment().run(() => deliverSlice(engine, input));
}

test("a slice of e-mail · sends a thousand people a call, each once, all attempts with their call", async () => {
  const { senderId, campaignId, messages, input } = await stage.queued(1_200, {}, { ip_pool_name: "pool-1" });
  expect(await run(input)).toMatchObject({ why: "idle", sent: 1_200 });
  expect(heard.calls.map((call) => call.people.length)).toEqual([1_000, 200]);
  expect(new Set(heard.addresses()).size).toBe(1_200);
  expect(await stage.counts(campaignId)).toEqual({ accepted: 1_200 });
  const calls = await stage.calls(senderId);
  expect(calls).toMatchObject([
    { rows: 1_000, outcome: "accepted", settled_by: "answer", x_message_id: "x1" },
    { rows: 200, outcome: "accepted", settled_by: "answer", x_message_id: "x2" },
  ]);
  const [attempt] = await stage.attempts(messages[0]?.id ?? "");
  expect(attempt).toMatchObject({ outcome: "accepted", call_id: calls[0]?.id });
  expect(heard.calls[0]).toMatchObject({
    subject: "Hola -s1- es",
    ipPoolName: "pool-1",
    from: { email: expect.stringContaining("@artekmar.co") },
  });
});

test("a person's part of a call · has their values, ids only, and links that only we can read", async () => {
  const { messages, input } = await stage.queued(1);
  await run(input);
  const [message] = messages;
  const [person] = heard.calls[0]?.people ?? [];
  expect(person).toMatchObject({
    email: message?.address,
    customArgs: { workspace: stage.workspaceId, message: message?.id, n: "1" },
    headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
  });
  const url = /^<(.*)>$/.exec(person?.headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:1\/u\/[\w-]{64}$/);
  expect(readUnsubscribeToken(stage.deps.linkKey, url.split("/u/")[1] ?? "")).toEqual({
    workspaceId: stage.workspaceId,
    messageId: message?.id,
  });
  expect(person?.values).toMatchObject({ "-s1-": "Ana" });
  expect(Object.values(person?.values ?? {})).toContain(url);
});

test("a slice of e-mail · makes a call for each content", async () => {
  const { senderId, campaignId, input } = await stage.queued(3);
  const english = await stage.content(campaignId, "en");
  await stage.queueMail({ senderId, campaignId, contentId: english, count: 2 });
  await run(input);
  const calls = heard.calls.map((call) => `${call.subject}: ${call.people.length}`);
  expect(calls.sort()).toEqual(["Hola -s1- en: 2", "Hola -s1- es: 3"]);
});

test("a content with large files · goes in calls that leave room for them, read once", async () => {
  const { senderId, campaignId, input } = await stage.queued(0);
  const contentId = await stage.content(campaignId, "es", {}, await stage.attached(15_000_000));
  await stage.queueMail({ senderId, campaignId, contentId, count: 1_200 });
  expect(await run(input)).toMatchObject({ why: "idle", sent: 1_200 });
  // 30 MiB less 20 MB of base64, by 12,000 bytes for each.
  expect(heard.calls.map((call) => call.people.length)).toEqual([954, 46, 200]);
  const [first, , last] = heard.calls;
  expect(first?.attachments).toMatchObject([{ file_name: "plano.pdf", disposition: "attachment" }]);
  expect(first?.attachments[0]?.content_base64.length).toBe(20_000_000);
  expect(last?.attachments[0]?.content_base64).toBe(first?.attachments[0]?.content_base64);
});

test("a content whose file is gone · is not sent without it", async () => {
  const { senderId, campaignId, input } = await stage.queued(0);
  const attachments = await stage.attached(7);
  const contentId = await stage.content(campaignId, "es", {}, attachments);
  await stage.queueMail({ senderId, campaignId, contentId, count: 1 });
  await stage.db
    .deleteFrom("email_files")
    .where("sha256", "=", Buffer.from(attachments[0]?.sha256 ?? "", "hex"))
    .execute();
  await run(input);
  expect(heard.calls).toEqual([]);
  expect(await stage.counts(campaignId)).toEqual({ failed: 1 });
});

test("a bad address · fails its person alone, is suppressed, and the rest goes again without it", async () => {
  const { campaignId, messages, input } = await stage.queued(5);
  heard.says = (mail) => {
    const bad = mail.people.findIndex((person) => person.email === messages[2]?.address);
    const faults = [
      { field: `personalizations.${bad}.to.0.email`, message: "Does not contain a valid address." },
    ];
    return bad < 0 ? accepts(mail) : { kind: "refused", httpStatus: 400, faults, retryAfterMs: null };
  };
  await run(input);
  expect(heard.calls.map((call) => call.people.length)).toEqual([5, 4]);
  expect(await stage.counts(campaignId)).toEqual({ accepted: 4, failed: 1 });
  expect(await stage.message(messages[2]?.id ?? "")).toMatchObject({
    state: "failed",
    reason: "invalid_recipient",
    error_code: "http_400 personalizations.to.email",
  });
  const suppressed = await stage.db
    .selectFrom("suppressions")
    .select(["channel", "reason"])
    .where("address", "=", messages[2]?.address ?? "")
    .execute();
  expect(suppressed).toEqual([{ channel: "email", reason: "invalid" }]);
  expect((await stage.message(messages[0]?.id ?? "")).refusals).toBe(0);
});

test("a call that is too large · goes in halves until it is taken", async () => {
  const { campaignId, input } = await stage.queued(10);
  heard.says = (mail) =>
    mail.people.length > 3
      ? { kind: "refused", httpStatus: 413, faults: [], retryAfterMs: null }
      : accepts(mail);
  await run(input);
  expect(await stage.counts(campaignId)).toEqual({ accepted: 10 });
  expect(heard.calls.map((call) => call.people.length).slice(0, 3)).toEqual([10, 5, 5]);
  expect(new Set(heard.calls.slice(3).map((call) => call.people.length))).toEqual(new Set([3, 1]));
});

test("401 · stops the sender with one alert, and its people wait", async () => {
  const { senderId, campaignId, input } = await stage.queued(4);
  heard.says = () => ({ kind: "refused", httpStatus: 401, faults: [], retryAfterMs: null });
  expect(await run(input)).toMatchObject({ why: "sender_stopped" });
  expect(await stage.counts(campaignId)).toEqual({ queued: 4 });
  const alerts = await stage.db
    .selectFrom("alerts")
    .select(["alert_type", "severity"])
    .where("subject_id", "=", senderId)
    .execute();
  expect(alerts).toEqual([{ alert_type: "sender_stopped", severity: "critical" }]);
});

test("429 · keeps the sender silent for as long as it is told, and counts for nobody", async () => {
  const { senderId, campaignId, messages, input } = await stage.queued(2);
  heard.says = () => ({ kind: "refused", httpStatus: 429, faults: [], retryAfterMs: 3_600_000 });
  await run(input);
  expect(heard.calls).toHaveLength(1);
  expect(await stage.counts(campaignId)).toEqual({ queued: 2 });
  expect((await stage.message(messages[0]?.id ?? "")).refusals).toBe(0);
  const { rows } = await sql<{ silent: boolean }>`
    select next_send_at > now() + interval '50 minutes' as silent from sender_pace where sender_id = ${senderId}`.execute(
    stage.db,
  );
  expect(rows).toEqual([{ silent: true }]);
});

test("a call without an answer · is in doubt with everybody in it, and never goes out again by itself", async () => {
  const { senderId, campaignId, input } = await stage.queued(3);
  heard.says = () => ({ kind: "unknown", why: "timeout" });
  expect(await run(input)).toMatchObject({ doubtful: 3 });
  expect(await stage.counts(campaignId)).toEqual({ uncertain: 3 });
  expect(await stage.calls(senderId)).toMatchObject([{ outcome: "uncertain", settled_at: null }]);
  heard.says = accepts;
  await run(input);
  expect(heard.calls).toHaveLength(1);
});

test("what a slice that died has left open · is one call in doubt", async () => {
  const { senderId, campaignId, input } = await stage.queued(3);
  await stage.intend(senderId, await stage.beginSlice(senderId), 1_000);
  expect(await stage.counts(campaignId)).toEqual({ sending: 3 });
  await run(input);
  expect(heard.calls).toEqual([]);
  expect(await stage.counts(campaignId)).toEqual({ uncertain: 3 });
  expect(await stage.calls(senderId)).toMatchObject([{ rows: 3, outcome: "uncertain" }]);
});

test("a repeatable content · is handed over ahead of time, by a batch that is written down first", async () => {
  const { senderId, input } = await stage.queued(2, { repeatable_minutes: 30 });
  await run(input);
  const [call] = await stage.calls(senderId);
  expect(call).toMatchObject({ outcome: "accepted", batch_id: "batch-1" });
  expect(heard.calls[0]?.batch).toEqual({ id: "batch-1", sendAt: call?.send_at });
  const ahead = (call?.send_at?.getTime() ?? 0) - (call?.intended_at.getTime() ?? 0);
  expect(Math.round(ahead / 60_000)).toBe(30);
});

test("an account that is not there · leaves nothing in doubt", async () => {
  const { campaignId, input } = await stage.queued(2);
  const engine = createDeliveryEngine({ ...stage.deps, mailOf: () => Promise.reject(new Error("none")) });
  const slice = new MockActivityEnvironment().run(() => deliverSlice(engine, input));
  await expect(slice).rejects.toThrow("none");
  expect(await stage.counts(campaignId)).toEqual({ queued: 2 });
});
