import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../processes.ts";
import { say } from "../say.ts";

/** The per-user cache, shared by all checkouts; what is in it was verified before it got its name. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  return join(base && base.startsWith("/") ? base : join(homedir(), ".cache"), "campanile");
}

/** A name that changes with the recipe, so that another version is another entry. */
export function recipeHash(...files: string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

/**
 * Gives the cache entry `name`, making it where it is missing. It is made in a folder beside it that gets
 * the name at the end, so a half-made one never passes for whole; of several processes one makes it.
 * @param make fills the given folder, throws when it cannot
 */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const entry = join(cacheFolder(), name);
  if (existsSync(entry)) return entry;
  await mkdir(cacheFolder(), { recursive: true });
  const unlock = await lock(`${entry}.lock`);
  try {
    if (existsSync(entry)) return entry;
    const half = `${entry}.half`;
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { recursive: true });
    try {
      await make(half);
      await rename(half, entry);
    } finally {
      await rm(half, { recursive: true, force: true });
    }
    return entry;
  } finally {
    await unlock();
  }
}

/** A lock file with the holder's process id; one whose holder is gone is taken over. */
async function lock(file: string): Promise<() => Promise<void>> {
  for (let waited = false; ; ) {
    try {
      const handle = await open(file, "wx");
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await readFile(file, "utf8").catch(() => "");
    const age = Date.now() - (await stat(file).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (holder === "" ? age > 5000 : !isAlive(Number(holder))) {
      await takeAway(file, holder);
      continue;
    }
    if (!waited) say(`Process ${holder} is already making this; waiting for it …`);
    waited = true;
    await sleep(500);
  }
}

/** Removes a dead holder's lock, and not the one that somebody else has just put in its place. */
async function takeAway(file: string, holder: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) === holder) await rm(aside, { force: true });
  else await rename(aside, file);
}
