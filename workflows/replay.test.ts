import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { historyFromJSON } from "@temporalio/common/lib/proto-utils.js";
import { Worker } from "@temporalio/worker";
import { expect, test } from "vitest";
import { shared } from "../test/shared.ts";
import { quietRuntime } from "../test/temporal.ts";

quietRuntime();

const folder = join(import.meta.dirname, "..", "test", "histories");
const files = readdirSync(folder);
const textOf = (file: string) => readFileSync(join(folder, file), "utf8");

test.each(files)("today's workflows · still take %s as it went", { timeout: 60_000 }, async (file) => {
  const codePath = await shared("bundle", join(import.meta.dirname, "index.ts"));
  const history = historyFromJSON(JSON.parse(textOf(file)));
  await expect(Worker.runReplayHistory({ workflowBundle: { codePath } }, history)).resolves.toBeUndefined();
});

test("a history that went another way · is refused", { timeout: 60_000 }, async () => {
  const codePath = await shared("bundle", join(import.meta.dirname, "index.ts"));
  const other = textOf("campaign-completed.json").replaceAll('"planAudience"', '"planOtherwise"');
  const replay = Worker.runReplayHistory(
    { workflowBundle: { codePath } },
    historyFromJSON(JSON.parse(other)),
  );
  await expect(replay).rejects.toMatchObject({ name: "DeterminismViolationError" });
});

/** Every payload of a history, as text. */
function payloads(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { data } = value as { data?: unknown };
  const own = typeof data === "string" ? [Buffer.from(data, "base64").toString("utf8")] : [];
  return [...own, ...Object.values(value).flatMap(payloads)];
}

test.each(files)("%s · holds nobody's number, name or text, and no machine's name", (file) => {
  const history = JSON.parse(textOf(file)) as unknown;
  const text = payloads(history).join("\n");
  // Of one workspace, or of a job that counts over all.
  expect(text).toMatch(/"(workspaceId|senders)"/);
  expect(text).not.toMatch(/\+\d{8,}|Persona|Hola|mensaje/);
  expect(textOf(file)).not.toMatch(/\d@[A-Za-z]/);
});
