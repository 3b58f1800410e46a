import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Journal } from "./journal.ts";

const folder = mkdtempSync(join(tmpdir(), "journal-"));
afterAll(() => rmSync(folder, { recursive: true }));

function replayed(path: string): unknown[] {
  const entries: unknown[] = [];
  const journal = new Journal(path);
  journal.replay((entry) => entries.push(entry));
  journal.close();
  return entries;
}

test("Journal · calls back only when the line is in the file", async () => {
  const path = join(folder, "new", "written.jsonl");
  const journal = new Journal(path);
  journal.append({ text: "ñ" });
  const seen = await new Promise((resolve) => journal.written(() => resolve(readFileSync(path, "utf8"))));
  expect(seen).toBe('{"text":"ñ"}\n');
  journal.close();
});

test("Journal · cuts off a half-written line and goes on after the whole ones", () => {
  const path = join(folder, "half.jsonl");
  appendFileSync(path, '{"n":1}\n{"n":2}\n{"n":3,"text":"cut short in the mid');
  const journal = new Journal(path);
  const entries: unknown[] = [];
  journal.replay((entry) => entries.push(entry));
  journal.append({ n: 4 });
  journal.close();
  expect(entries).toEqual([{ n: 1 }, { n: 2 }]);
  expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":4}\n');
  expect(replayed(path)).toEqual([{ n: 1 }, { n: 2 }, { n: 4 }]);
});

test("Journal · reads lines that lie across its chunks", () => {
  const path = join(folder, "long.jsonl");
  const entries = Array.from({ length: 40 }, (_, n) => ({ n, text: "ñ".repeat(30_000) }));
  writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  expect(replayed(path)).toEqual(entries);
});

test("Journal · without a path calls back too, and has nothing to replay", async () => {
  const journal = new Journal();
  journal.append({ n: 1 });
  await new Promise<void>((resolve) => journal.written(resolve));
  const entries: unknown[] = [];
  journal.replay((entry) => entries.push(entry));
  expect(entries).toEqual([]);
  journal.close();
});
