import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cached, cacheFolder } from "./cache.ts";

beforeEach(async () => {
  vi.stubEnv("XDG_CACHE_HOME", await mkdtemp(join(tmpdir(), "cache ")));
});
afterEach(async () => {
  await rm(join(cacheFolder(), ".."), { recursive: true });
  vi.unstubAllEnvs();
});

const fill = (folder: string) => writeFile(join(folder, "program"), "whole");

test("cached · makes an entry once", async () => {
  const make = vi.fn(fill);
  const entry = await cached("program-1", make);
  expect(await cached("program-1", make)).toBe(entry);
  expect(await readFile(join(entry, "program"), "utf8")).toBe("whole");
  expect(make).toHaveBeenCalledTimes(1);
});

test("cached · leaves nothing where making fails, and makes it the next time", async () => {
  const failing = async (folder: string) => {
    await fill(folder);
    throw new Error("out of memory");
  };
  await expect(cached("program-2", failing)).rejects.toThrow("out of memory");
  expect(existsSync(join(cacheFolder(), "program-2"))).toBe(false);
  expect(existsSync(join(await cached("program-2", fill), "program"))).toBe(true);
});

test("cached · does not take what a killed process left half made", async () => {
  const half = join(cacheFolder(), "program-3.half");
  await mkdir(half, { recursive: true });
  await writeFile(join(half, "rest"), "half");
  await writeFile(join(cacheFolder(), "program-3.lock"), "999999999");
  const entry = await cached("program-3", fill);
  expect(existsSync(join(entry, "rest"))).toBe(false);
  expect(existsSync(join(entry, "program"))).toBe(true);
});

test("cached · lets one of several make it while the others wait", async () => {
  let making = 0;
  let most = 0;
  const make = async (folder: string) => {
    making += 1;
    most = Math.max(most, making);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await fill(folder);
    making -= 1;
  };
  const entries = await Promise.all([1, 2, 3].map(() => cached("program-4", make)));
  expect(new Set(entries).size).toBe(1);
  expect(most).toBe(1);
});
