import { register } from "prom-client";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { configuredModels, environmentLanguage, wantedModels } from "./connectLanguage.ts";
import { createWorkspaceWithOwner } from "./db/workspaces.ts";
import type { LanguageModels, Question } from "./domain/language/asking.ts";
import { LlmError } from "./providers/llm/llm.ts";
import { control } from "./sandbox/testing.ts";
import { type TestDatabase, testDatabase } from "./test/database.ts";
import { testSandbox } from "./test/sandbox.ts";

let database: TestDatabase;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
beforeAll(async () => {
  [database, sandbox] = await Promise.all([testDatabase(), testSandbox()]);
});
afterAll(() => Promise.all([database.close(), sandbox.close()]));
beforeEach(() => control(sandbox.url, "DELETE", "language/script"));

const environment = () => ({
  LLM_PROVIDER: "anthropic" as const,
  LLM_MODEL: "claude-sonnet-5-5",
  LLM_MAX_TOKENS: 500,
  ANTHROPIC_BASE_URL: sandbox.url,
  OLLAMA_BASE_URL: `${sandbox.url}/v1`,
});
const connected = () => environmentLanguage(environment(), database.db, 1_000);

const Answer = z.strictObject({ city: z.string() });
const question = (more: Partial<Question<{ city: string }>> = {}): Question<{ city: string }> => ({
  feature: "classification",
  prompt: { name: "city", version: 3, system: "Which city is meant?", schema: Answer },
  said: [{ label: "the reply", text: "Soy Paola, vivo en Cali, mi número es 3001234567" }],
  names: ["Paola"],
  ...more,
});

async function workspace(language: object = {}): Promise<string> {
  const made = await createWorkspaceWithOwner(database.db, { name: "Language", settings: { language } });
  return made.workspace.id;
}
const script = (answer: object, more: object = {}) =>
  control(sandbox.url, "POST", "language/script", { answer, ...more });
const requests = async () =>
  (
    await control<{ requests: { model: string; turns: { role: string; text: string }[] }[] }>(
      sandbox.url,
      "GET",
      "language/requests",
    )
  ).requests;
const calls = (workspaceId: string) =>
  database.db
    .selectFrom("ai_calls")
    .select(["outcome", "prompt", "provider", "model", "cost_micros", "input_tokens"])
    .where("workspace_id", "=", workspaceId)
    .orderBy("id")
    .execute();
const alerts = (workspaceId: string) =>
  database.db
    .selectFrom("alerts")
    .select(["cause", "resolved_at"])
    .where("workspace_id", "=", workspaceId)
    .orderBy("id")
    .execute();

const cali = { object: { city: "Cali" }, usage: { input: 1_000, output: 100 } };

test("ask · gives the model's answer, and writes down the call with its cost", async () => {
  const id = await workspace();
  await script(cali);
  expect(await connected().ask(id, question())).toEqual({
    by: "anthropic",
    model: "claude-sonnet-5-5",
    answer: { city: "Cali" },
  });
  expect(await calls(id)).toEqual([
    {
      outcome: "answered",
      prompt: "city@3",
      provider: "anthropic",
      model: "claude-sonnet-5-5",
      cost_micros: 3_000,
      input_tokens: 1_000,
    },
  ]);
});

test("ask · takes the provider and the model of the workspace", async () => {
  const id = await workspace({ provider: "ollama", model: "qwen3:8b" });
  await script(cali);
  expect(await connected().ask(id, question())).toMatchObject({ by: "ollama", model: "qwen3:8b" });
  expect((await requests())[0]?.model).toBe("qwen3:8b");
});

test.each([
  ["rules are chosen", { provider: "rules" }],
  ["the feature is switched off", { features: { classification: false } }],
])("ask · asks nobody where %s, and calls that no fallback", async (_, language) => {
  const id = await workspace(language);
  expect(await connected().ask(id, question())).toEqual({ by: "rules" });
  expect(await requests()).toEqual([]);
});

test("ask · says so where the provider is not configured", async () => {
  const id = await workspace({ provider: "openai" });
  const left = { by: "rules", fallback_from: "openai", reason: "not_configured" };
  expect(await connected().ask(id, question())).toEqual(left);
});

test("ask · sends no name and no number where the workspace masks, and puts them back into the answer", async () => {
  const [masking, open] = [await workspace(), await workspace({ mask_personal_data: false })];
  await script({ object: { city: "Cali, for [NAME_1]" } });
  const language = connected();
  expect(await language.ask(masking, question())).toMatchObject({ answer: { city: "Cali, for Paola" } });
  await language.ask(open, question());
  const [masked, plain] = (await requests()).map(({ turns }) => turns[0]?.text ?? "");
  expect(masked).toContain("Soy [NAME_1], vivo en Cali, mi número es [PHONE_1]");
  expect(masked).not.toMatch(/Paola|3001234567/);
  expect(plain).toContain("Soy Paola, vivo en Cali, mi número es 3001234567");
});

test("ask · draws another fence for each question", async () => {
  const id = await workspace();
  await script(cali);
  const language = connected();
  for (let n = 0; n < 2; n++) await language.ask(id, question());
  const fences = (await requests()).map(({ turns }) => /begins (\w+)\]/.exec(turns[0]?.text ?? "")?.[1]);
  expect(fences.every((fence) => /^[0-9a-f]{32}$/.test(fence ?? ""))).toBe(true);
  expect(new Set(fences).size).toBe(2);
});

test("ask · asks once more with what was wrong with an object, and takes the second", async () => {
  const id = await workspace();
  await script({ object: { town: "Cali" } }, { times: 1 });
  await script(cali);
  expect(await connected().ask(id, question())).toMatchObject({ answer: { city: "Cali" } });
  const turns = (await requests())[1]?.turns.slice(1);
  expect(turns).toMatchObject([{ role: "assistant", text: '{"town":"Cali"}' }, { role: "user" }]);
  expect(turns?.[1]?.text).toMatch(/^That answer cannot be used: city: /);
  expect((await calls(id)).map(({ outcome }) => outcome)).toEqual(["invalid_answer", "answered"]);
});

test("ask · leaves it to the rules after a second wrong object, or a second forbidden one", async () => {
  const id = await workspace();
  const from = { by: "rules", fallback_from: "anthropic" };
  await script({ text: "Cali, I would say" }, { times: 2 });
  await script({ object: { city: "evil.com" } }, { times: 2 });
  const language = connected();
  expect(await language.ask(id, question())).toEqual({ ...from, reason: "invalid_answer" });
  const check = ({ city }: { city: string }) => (city.includes(".") ? "a link is no city" : undefined);
  expect(await language.ask(id, question({ check }))).toEqual({ ...from, reason: "not_allowed" });
  expect(await requests()).toHaveLength(4);
});

test.each([
  ["refused", { refusal: "No." }],
  ["cut_off", { cut_off: '{"city":' }],
  ["rate_limited", { status: 429, retry_after: 1 }],
  ["overloaded", { status: 529 }],
  ["timeout", { delay_ms: 3_000 }],
  ["unreachable", { drop: true }],
  ["unauthorized", { status: 401 }],
  ["rejected", { status: 404 }],
])("ask · leaves it to the rules, with the reason, where the model's call is %s", async (reason, answer) => {
  const id = await workspace();
  await script(answer);
  expect(await connected().ask(id, question())).toEqual({ by: "rules", fallback_from: "anthropic", reason });
  expect((await calls(id)).map(({ outcome }) => outcome)).toEqual([reason]);
});

test("ask · throws for a wait that its caller would rather have, and for no longer one", async () => {
  const id = await workspace();
  await script({ status: 429, retry_after: 5 });
  const language = connected();
  const waiting: unknown = await language.ask(id, question(), { mayWaitMs: 5_000 }).catch((e: unknown) => e);
  expect(waiting).toBeInstanceOf(LlmError);
  expect(waiting).toMatchObject({ fault: "rate_limited", retryAfterMs: 5_000 });
  expect(await language.ask(id, question(), { mayWaitMs: 4_999 })).toMatchObject({ reason: "rate_limited" });
});

test("ask · leaves a provider alone after five failures in a row, and not for what only one request meets", async () => {
  const id = await workspace();
  await script({ status: 404 }, { times: 6 });
  await script({ status: 500 });
  const language = connected();
  const reasons: unknown[] = [];
  for (let n = 0; n < 12; n++)
    reasons.push(((await language.ask(id, question())) as { reason?: string }).reason);
  expect(reasons).toEqual([
    ...Array.from({ length: 6 }, () => "rejected"),
    ...Array.from({ length: 5 }, () => "overloaded"),
    "circuit_open",
  ]);
  expect(await requests()).toHaveLength(11);
});

test("ask · tries a provider again that has been left alone for half a minute", async () => {
  const id = await workspace();
  await script({ status: 500 }, { times: 5 });
  await script(cali);
  const language = connected();
  for (let n = 0; n < 5; n++) await language.ask(id, question());
  expect(await language.ask(id, question())).toMatchObject({ reason: "circuit_open" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30_000 });
  try {
    expect(await language.ask(id, question())).toMatchObject({ by: "anthropic" });
  } finally {
    vi.useRealTimers();
  }
});

test("ask · counts calls and fallbacks in the metrics of the process", async () => {
  const id = await workspace();
  await script({ refusal: "No." });
  const counted = async () => {
    const text = await register.metrics();
    const of = (line: string) => Number(new RegExp(`^${line} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
    return [
      of('campanile_language_calls_total\\{provider="anthropic",outcome="refused"\\}'),
      of('campanile_language_fallbacks_total\\{provider="anthropic",reason="refused"\\}'),
    ];
  };
  const [calls = 0, fallbacks = 0] = await counted();
  await connected().ask(id, question());
  expect(await counted()).toEqual([calls + 1, fallbacks + 1]);
});

test("ask · stops at the budget of the day and the month, with an alert that closes by itself", async () => {
  const id = await workspace({ budget_day_minor: 1, budget_month_minor: 100 });
  await script({ ...cali, usage: { input: 4_000, output: 200 } });
  const language = connected();
  const left = { by: "rules", fallback_from: "anthropic", reason: "budget_used_up" };
  // A cent is 10,000 millionths; each call costs exactly that.
  expect(await language.ask(id, question())).toMatchObject({ by: "anthropic" });
  for (let n = 0; n < 2; n++) expect(await language.ask(id, question())).toEqual(left);
  expect(await requests()).toHaveLength(1);
  expect(await alerts(id)).toEqual([{ cause: "language_budget:day", resolved_at: null }]);
  await database.db
    .updateTable("ai_usage")
    .set({ day: "2000-01-01" })
    .where("workspace_id", "=", id)
    .execute();
  expect(await language.ask(id, question())).toMatchObject({ by: "anthropic" });
  expect(await alerts(id)).toEqual([{ cause: "language_budget:day", resolved_at: expect.any(Date) }]);
});

test("ask · spends nothing of a budget on a model without a price", async () => {
  const id = await workspace({ model: "claude-of-tomorrow", budget_month_minor: 100 });
  expect(await connected().ask(id, question())).toMatchObject({ reason: "price_unknown" });
  expect(await requests()).toEqual([]);
});

test("ask · counts calls without a price apart", async () => {
  const id = await workspace({ model: "claude-of-tomorrow" });
  await script(cali);
  await connected().ask(id, question());
  const usage = await database.db
    .selectFrom("ai_usage")
    .select(["calls", "failed", "unpriced", "cost_micros"])
    .where("workspace_id", "=", id)
    .execute();
  expect(usage).toEqual([{ calls: 1, failed: 0, unpriced: 1, cost_micros: 0 }]);
});

test("ask · by two workers at once adds up, none lost", async () => {
  const id = await workspace();
  await script(cali);
  const language: LanguageModels = connected();
  await Promise.all(Array.from({ length: 8 }, () => language.ask(id, question())));
  const usage = await database.db
    .selectFrom("ai_usage")
    .select(["calls", "input_tokens", "cost_micros"])
    .where("workspace_id", "=", id)
    .execute();
  expect(usage).toEqual([{ calls: 8, input_tokens: 8_000, cost_micros: 24_000 }]);
});

test("the environment · has models where there is a key or an address, and LLM_MODEL for LLM_PROVIDER alone", () => {
  expect(Object.keys(configuredModels(environment()))).toEqual(["anthropic", "ollama"]);
  const key = { LLM_PROVIDER: "rules" as const, LLM_MAX_TOKENS: 500, OPENAI_API_KEY: "key", LLM_MODEL: "x" };
  expect(Object.keys(configuredModels(key))).toEqual(["openai"]);
  expect(wantedModels(key).models).toEqual({
    anthropic: "claude-haiku-5-5",
    openai: "gpt-5.4-mini",
    ollama: "llama3.2",
  });
  expect(wantedModels(environment()).models.anthropic).toBe("claude-sonnet-5-5");
});
