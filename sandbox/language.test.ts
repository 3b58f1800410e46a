import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "./server.ts";
import { control } from "./testing.ts";

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => control(sandbox.url, "DELETE", "language/script"));
afterAll(() => sandbox.close());

// Of every shape, as the providers' are.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = { status: number; body: any; headers: Headers };

async function post(path: string, body: object, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${sandbox.url}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const schema = {
  type: "object",
  additionalProperties: false,
  required: ["intent", "opt_out", "confidence", "words"],
  properties: {
    intent: { enum: ["greeting", "pricing", "opt_out", "other"] },
    opt_out: { type: "boolean" },
    confidence: { type: "integer", minimum: 0, maximum: 60 },
    words: { type: "array", items: { type: "string" } },
  },
};
const messages = (text: string) => [{ role: "user", content: text }];

const claude = (text: string, more: object = {}) =>
  post(
    "messages",
    { model: "claude-haiku-5-5", max_tokens: 100, messages: messages(text), ...more },
    { "x-api-key": "key", "anthropic-version": "2023-06-01" },
  );
const chat = (text: string, more: object = {}) =>
  post(
    "chat/completions",
    { model: "gpt-5.4-mini", messages: messages(text), ...more },
    { authorization: "Bearer key" },
  );
const structured = (of: object = schema) => ({
  claude: { output_config: { format: { type: "json_schema", schema: of } } },
  chat: { response_format: { type: "json_schema", json_schema: { name: "x", strict: true, schema: of } } },
});

test.each([
  ["¿Cuánto cuesta?", { intent: "pricing", opt_out: false }],
  ["STOP", { intent: "opt_out", opt_out: true }],
  ["xyz", { intent: "other", opt_out: false }],
  ["[the price, begins 1]\nhola\n[the price, ends 1]", { intent: "greeting", opt_out: false }],
])(
  "a model without a script · makes up an answer of the form that was asked for: %s",
  async (text, expected) => {
    const answer = { ...expected, confidence: 60, words: [] };
    const anthropic = await claude(text, structured().claude);
    expect(anthropic.body).toMatchObject({
      type: "message",
      role: "assistant",
      model: "claude-haiku-5-5",
      stop_reason: "end_turn",
      content: [{ type: "text" }],
    });
    expect(JSON.parse(anthropic.body.content[0].text)).toEqual(answer);
    const openai = await chat(text, structured().chat);
    expect(openai.body).toMatchObject({ object: "chat.completion", choices: [{ finish_reason: "stop" }] });
    expect(JSON.parse(openai.body.choices[0].message.content)).toEqual(answer);
  },
);

test("models · refuse the schemas that their providers refuse", async () => {
  const open = { ...schema, additionalProperties: true };
  expect((await claude("?", structured(open).claude)).body.error).toMatchObject({
    type: "invalid_request_error",
    message: expect.stringContaining("additionalProperties"),
  });
  const optional = { ...schema, required: ["intent"] };
  expect((await claude("?", structured(optional).claude)).status).toBe(200);
  expect((await chat("?", structured(optional).chat)).body.error.message).toContain("'required'");
});

test("models · ask for a key, and for what a request needs", async () => {
  const body = { model: "m", max_tokens: 1, messages: messages("?") };
  expect((await post("messages", body, { "anthropic-version": "x" })).body.error.type).toBe(
    "authentication_error",
  );
  expect((await post("messages", body, { "x-api-key": "k" })).status).toBe(400);
  expect((await claude("?", { messages: [] })).body.error.message).toContain("messages");
  expect((await post("chat/completions", body, {})).body.error.code).toBe("invalid_api_key");
});

test("a script · answers by its lines in turn, each as often as it says, and as each provider would", async () => {
  await control(sandbox.url, "POST", "language/script", [
    { match: { provider: "openai" }, times: 1, answer: { refusal: "No." } },
    { match: { contains: "uno" }, times: 1, answer: { status: 529, retry_after: 3 } },
    { match: { contains: "uno" }, answer: { cut_off: "Uno, d" } },
  ]);
  const busy = await claude("uno");
  expect([busy.status, busy.headers.get("retry-after"), busy.body.error.type]).toEqual([
    529,
    "3",
    "overloaded_error",
  ]);
  expect((await claude("uno")).body).toMatchObject({
    stop_reason: "max_tokens",
    content: [{ text: "Uno, d" }],
  });
  expect((await chat("uno")).body.choices[0]).toMatchObject({ message: { content: null, refusal: "No." } });
  expect((await chat("uno")).body.choices[0]).toMatchObject({ finish_reason: "length" });
  const { requests } = await control<{ requests: object[] }>(sandbox.url, "GET", "language/requests");
  expect(requests).toHaveLength(4);
});

test("a script · with a field that it does not know is refused by name", async () => {
  const wrong = control(sandbox.url, "POST", "language/script", { answer: { txt: "hola" } });
  await expect(wrong).rejects.toThrow(/400 .*txt/);
});
