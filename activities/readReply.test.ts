import { MockActivityEnvironment } from "@temporalio/testing";
import { ApplicationFailure } from "@temporalio/activity";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { environmentLanguage } from "../connectLanguage.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import type { ReplyReading } from "../domain/replyReading.ts";
import { control } from "../sandbox/testing.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { testSandbox } from "../test/sandbox.ts";
import { replyReader } from "./readReply.ts";

let database: TestDatabase;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let workspaceId: string;
beforeAll(async () => {
  [database, sandbox] = await Promise.all([testDatabase(), testSandbox()]);
  workspaceId = (await createWorkspaceWithOwner(database.db, { name: "Replies" })).workspace.id;
});
afterAll(() => Promise.all([database.close(), sandbox.close()]));
beforeEach(() => control(sandbox.url, "DELETE", "language/script"));

/** Reads a reply in an activity's try of this number. */
function readInTry(attempt: number): Promise<ReplyReading> {
  const environment = {
    LLM_PROVIDER: "anthropic" as const,
    LLM_MAX_TOKENS: 1_000,
    ANTHROPIC_BASE_URL: sandbox.url,
  };
  const read = replyReader(environmentLanguage(environment, database.db));
  const reply = { workspace_id: workspaceId, reply_text: "¿Cuánto cuesta?", language: "es-MX" };
  return new MockActivityEnvironment({ attempt }).run(() => read(reply));
}
const busy = (status: number, retry_after?: number) =>
  control(sandbox.url, "POST", "language/script", { answer: { status, retry_after } });

test.each([
  [429, 7, 7_000],
  [529, 3, 3_000],
  [429, undefined, 2_000],
])("replyReader · has Temporal try again after HTTP %i with Retry-After %s", async (status, after, delay) => {
  await busy(status, after);
  const failure: unknown = await readInTry(1).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({
    type: "LanguageProviderBusy",
    nonRetryable: false,
    nextRetryDelay: delay,
  });
});

test("replyReader · takes what rules say where the wait is too long for a person, or has been had twice", async () => {
  const byRules = {
    intent: "pricing",
    provider: "rules",
    fallback_from: "anthropic",
    reason: "rate_limited",
  };
  await busy(429, 31);
  expect(await readInTry(1)).toMatchObject(byRules);
  await control(sandbox.url, "DELETE", "language/script");
  await busy(429, 1);
  await expect(readInTry(2)).rejects.toThrow("HTTP 429");
  expect(await readInTry(3)).toMatchObject(byRules);
});
