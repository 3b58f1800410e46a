import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

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
