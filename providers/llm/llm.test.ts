import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { control } from "../../sandbox/testing.ts";
import { testSandbox } from "../../test/sandbox.ts";
import { anthropicModel } from "./anthropic.ts";
import { LlmError, type LlmProvider } from "./llm.ts";
import { openaiModel } from "./openai.ts";

let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let models: Record<"anthropic" | "openai" | "ollama", LlmProvider>;
beforeAll(async () => {
  sandbox = await testSandbox();
  const [apiKey, timeoutMs] = ["key", 400];
  const chat = { apiKey, baseUrl: `${sandbox.url}/v1`, timeoutMs };
  models = {
    anthropic: anthropicModel({ apiKey, baseUrl: sandbox.url, timeoutMs }),
    openai: openaiModel({ ...chat, name: "openai", temperature: 0.2 }),
    ollama: openaiModel({ ...chat, name: "ollama", temperature: undefined }),
  };
});
beforeEach(() => control(sandbox.url, "DELETE", "language/script"));
afterAll(() => sandbox.close());

const names = ["anthropic", "openai", "ollama"] as const;
const Answer = z.strictObject({ colour: z.enum(["red", "blue"]), share: z.int().min(0).max(100) });
const SYSTEM = "You choose a colour.";

const script = (answer: object, more: object = {}) =>
  control(sandbox.url, "POST", "language/script", { answer, ...more });
const requests = async () =>
  (await control<{ requests: Record<string, unknown>[] }>(sandbox.url, "GET", "language/requests")).requests;

const ask = (name: (typeof names)[number], signal?: AbortSignal) =>
  models[name].complete({
    model: "some-model",
    system: SYSTEM,
    turns: [{ role: "user", text: "Which?" }],
    object: { name: "colour", schema: Answer },
    maxTokens: 200,
    ...(signal !== undefined && { signal }),
  });

async function faultOf(name: (typeof names)[number]): Promise<LlmError> {
  const error: unknown = await ask(name).catch((thrown: unknown) => thrown);
  if (!(error instanceof LlmError)) throw new Error(`No fault of a model's: ${String(error)}`);
  return error;
}

test.each(names)("%s · gives the object that was asked for, with tokens and model", async (name) => {
  await script({ object: { colour: "blue", share: 40 }, usage: { input: 100, output: 20, cached: 60 } });
  expect(await ask(name)).toEqual({
    text: '{"colour":"blue","share":40}',
    object: { colour: "blue", share: 40 },
    usage: { input: 100, output: 20, cacheRead: 60, cacheWrite: 0 },
    model: "some-model",
    finish: "stop",
  });
  const [asked] = await requests();
  expect(asked).toMatchObject({
    model: "some-model",
    system: SYSTEM,
    turns: [{ role: "user", text: "Which?" }],
    max_tokens: 200,
    structured: true,
    temperature: name === "openai" ? 0.2 : null,
  });
});

test.each(names)("%s · gives plain text where no object is asked for", async (name) => {
  await script({ text: "Blue, I think." });
  const { text, object } = await models[name].complete({
    model: "some-model",
    system: SYSTEM,
    turns: [{ role: "user", text: "Which?" }],
    maxTokens: 200,
  });
  expect({ text, object }).toEqual({ text: "Blue, I think.", object: undefined });
});

test("anthropic · has its long system prompt kept in the provider's cache", async () => {
  const system = "You choose a colour with care. ".repeat(200);
  const asking = () =>
    models.anthropic.complete({
      model: "some-model",
      system,
      turns: [{ role: "user", text: "Which?" }],
      maxTokens: 200,
    });
  const first = await asking();
  const second = await asking();
  expect(first.usage.cacheWrite).toBeGreaterThan(1_000);
  expect(second.usage).toMatchObject({ cacheWrite: 0, cacheRead: first.usage.cacheWrite });
});

test.each(names)("%s · tells a refusal from an answer that was cut off", async (name) => {
  await script({ refusal: "I would rather not." }, { times: 1 });
  await script({ cut_off: '{"colour":"blue","share":40}' }, { times: 1 });
  expect((await faultOf(name)).fault).toBe("refused");
  const cut = await faultOf(name);
  expect(cut.fault).toBe("cut_off");
  expect(cut.usage?.output).toBeGreaterThan(0);
});

test.each(names)(
  "%s · says of a wrong object what is wrong with it, and of no JSON that it is none",
  async (name) => {
    await script({ object: { colour: "green", share: 40 } }, { times: 1 });
    await script({ text: '{"colour": "blue", ' }, { times: 1 });
    const wrong = await faultOf(name);
    expect(wrong.fault).toBe("invalid_answer");
    expect(wrong.said?.problem).toMatch(/^colour: /);
    const none = await faultOf(name);
    expect(none.said).toEqual({ text: '{"colour": "blue", ', problem: "it is no JSON." });
  },
);

test.each(names)("%s · passes on how long the provider asks to be left alone", async (name) => {
  await script({ status: 429, retry_after: 7 }, { times: 1 });
  await script({ status: 529, retry_after: new Date(Date.now() + 60_000).toUTCString() }, { times: 1 });
  expect(await faultOf(name)).toMatchObject({ fault: "rate_limited", retryAfterMs: 7_000 });
  const overloaded = await faultOf(name);
  expect(overloaded.fault).toBe("overloaded");
  expect(overloaded.retryAfterMs).toBeGreaterThan(50_000);
});

test.each([
  [401, "unauthorized"],
  [404, "rejected"],
  [500, "overloaded"],
] as const)("every provider · takes HTTP %i for %s, and asks once", async (status, fault) => {
  await script({ status });
  for (const name of names) expect((await faultOf(name)).fault, name).toBe(fault);
  expect(await requests()).toHaveLength(names.length);
});

test.each(names)("%s · gives up on an answer that does not come, or comes in drops", async (name) => {
  await script({ delay_ms: 5_000 }, { times: 1 });
  await script({ dribble_ms: 200 }, { times: 1 });
  expect((await faultOf(name)).fault).toBe("timeout");
  const started = performance.now();
  expect((await faultOf(name)).fault).toBe("timeout");
  expect(performance.now() - started).toBeLessThan(3_000);
});

test.each(names)("%s · says that nobody is there where the connection breaks", async (name) => {
  await script({ drop: true });
  expect((await faultOf(name)).fault).toBe("unreachable");
});

test.each(names)("%s · ends with the signal's own reason where it was aborted", async (name) => {
  await script({ delay_ms: 5_000 });
  const stopping = new AbortController();
  const asked = ask(name, stopping.signal);
  stopping.abort(new Error("The worker ends"));
  await expect(asked).rejects.toThrow("The worker ends");
});

test("a fault · has nothing of what was said in its message", async () => {
  await script({ text: "Paola, +573001234567" });
  const { message } = await faultOf("anthropic");
  expect(message).not.toMatch(/Paola|\d{4}/);
});
