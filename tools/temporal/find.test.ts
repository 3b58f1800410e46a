import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findTemporalCli, findTestServer } from "./find.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "find "));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  vi.stubEnv("TEMPORAL_CLI", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function program(name: string, exitCode: number): Promise<string> {
  const file = join(folder, "bin", name);
  await mkdir(join(folder, "bin"), { recursive: true });
  await writeFile(file, `#!/bin/sh\nexit ${exitCode}\n`);
  await chmod(file, 0o755);
  return file;
}

test("findTemporalCli · takes the one that TEMPORAL_CLI names before any other", async () => {
  vi.stubEnv("PATH", join(folder, "bin"));
  await program("temporal", 0);
  const given = await program("given", 0);
  vi.stubEnv("TEMPORAL_CLI", given);
  expect(await findTemporalCli()).toBe(given);
});

test("findTemporalCli · says what to do where TEMPORAL_CLI names one that does not run", async () => {
  const broken = await program("broken", 1);
  vi.stubEnv("TEMPORAL_CLI", broken);
  await expect(findTemporalCli()).rejects.toThrow(
    `TEMPORAL_CLI names ${broken}, which does not run: correct it or unset it.`,
  );
});

test("findTemporalCli · takes the one on PATH before it makes one", async () => {
  vi.stubEnv("PATH", join(folder, "bin"));
  const installed = await program("temporal", 0);
  expect(await findTemporalCli()).toBe(installed);
});

test("findTestServer · says what to do where TEMPORAL_TEST_SERVER names nothing", async () => {
  vi.stubEnv("TEMPORAL_TEST_SERVER", join(folder, "nothing"));
  await expect(findTestServer()).rejects.toThrow("is not there: correct it or unset it.");
});
