import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { control } from "../sandbox/testing.ts";
import { testSandbox } from "../test/sandbox.ts";

const folder = mkdtempSync(join(tmpdir(), "campanile-classify-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(tool: string, input: string) {
  const [from, to] = [join(folder, "in.jsonl"), join(folder, `${tool}.jsonl`)];
  writeFileSync(from, input);
  rmSync(to, { force: true });
  const script = fileURLToPath(new URL(`${tool}.ts`, import.meta.url));
  const { status, stderr, stdout } = spawnSync(process.execPath, [script, "--in", from, "--out", to], {
    encoding: "utf8",
  });
  const lines = existsSync(to) ? readFileSync(to, "utf8").trim().split("\n") : undefined;
  return {
    status,
    stderr,
    stdout,
    answers: lines?.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

test("classify · answers each line, in order, with what the line's id was", () => {
  const { status, answers, stdout, stderr } = run(
    "classify",
    '\ufeff{"id":"a","text":"STOP"}\n{"id":7,"text":"¿Cuánto cuesta?","lang":"es"}\r\n\n{"id":"c","text":"ALTA","lang":null}\n',
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(stderr).toContain("3 lines");
  const rest = { confidence: expect.any(Number), provider: "rules", sentiment: "neutral", urgency: "medium" };
  expect(answers).toEqual([
    { id: "a", intent: "opt_out", opt_out: true, opt_in: false, ...rest },
    { id: 7, intent: "pricing", opt_out: false, opt_in: false, ...rest },
    { id: "c", intent: "interested", opt_out: false, opt_in: true, ...rest },
  ]);
});

test.each([
  ['{"id":"a","text":"hola"}\nnot json\n', /Line 2 is no JSON/],
  ['{"id":"a","text":"hola"}\n{"id":"b"}\n', /Line 2: text/],
  ['{"id":"a","text":"hola","lang":"fr"}\n', /Line 1: lang/],
])("classify · names a bad line, ends with 2 and writes nothing", (input, message) => {
  const { status, stderr, answers } = run("classify", input);
  expect({ status, answers }).toEqual({ status: 2, answers: undefined });
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("hola");
});

test("ban-risk · scores each text, in order", () => {
  const { status, answers } = run(
    "banRisk",
    '{"id":"a","text":"see you at 5"}\n{"id":"b","text":"WIN a FREE prize now!!! Txt CLAIM to 81010"}\n',
  );
  expect(status).toBe(0);
  expect(answers).toMatchObject([
    { id: "a", risk_level: "low", factors: [] },
    { id: "b", risk_level: "critical", risk_score: expect.any(Number) },
  ]);
});

const script = fileURLToPath(new URL("classify.ts", import.meta.url));
/** The environment of the test, and of language models only what is given. */
const environment = (given: Record<string, string>) => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(LLM|ANTHROPIC|OPENAI|OLLAMA)_/.test(name)),
  ),
  ...given,
});

test("classify · by a model, reads each line in order, waits where it must, and says what was left to rules", async () => {
  const sandbox = await testSandbox();
  const answered = (mark: string, answer: object, times = 1) =>
    control(sandbox.url, "POST", "language/script", { match: { contains: mark }, times, answer });
  const reading = {
    intent: "complaint",
    sentiment: "negative",
    urgency: "high",
    opt_out: false,
    suggested_action: "review",
    confidence: 81,
    key_phrases: [],
    language: "es",
  };
  await answered("uno", { object: reading, delay_ms: 300 });
  await answered("dos", { status: 429, retry_after: 0.1 });
  await answered("dos", { object: { ...reading, intent: "booking" } });
  await answered("tres", { refusal: "No." });
  const [from, to] = [join(folder, "in.jsonl"), join(folder, "by-model.jsonl")];
  writeFileSync(
    from,
    ["uno", "dos", "tres"].map((text) => `${JSON.stringify({ id: text, text })}\n`).join(""),
  );
  const { stderr } = await promisify(execFile)(
    process.execPath,
    [script, "--in", from, "--out", to, "--provider", "anthropic"],
    { env: environment({ ANTHROPIC_BASE_URL: sandbox.url }) },
  );
  await sandbox.close();
  const lines = readFileSync(to, "utf8").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { id: "uno", intent: "complaint", sentiment: "negative", confidence: 81, provider: "anthropic" },
    { id: "dos", intent: "booking", provider: "anthropic" },
    { id: "tres", provider: "rules" },
  ]);
  expect(stderr).toMatch(/4 calls of anthropic: \d+ tokens read, \d+ written, US\$ 0\.\d{4} by prices of/);
  expect(stderr).toContain("1 lines were read by rules instead: refused.");
});

test.each([
  ["openai", "openai needs OPENAI_API_KEY or OPENAI_BASE_URL."],
  ["gemini", "There is no provider gemini; there are rules, anthropic, openai, ollama."],
])("classify · says what %s lacks, and writes nothing", (provider, message) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [script, "--in", join(folder, "in.jsonl"), "--out", join(folder, "none.jsonl"), "--provider", provider],
    { encoding: "utf8", env: environment({}) },
  );
  expect({ status, stderr: stderr.trim() }).toEqual({ status: 1, stderr: message });
  expect(existsSync(join(folder, "none.jsonl"))).toBe(false);
});
