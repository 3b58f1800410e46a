import { execFile } from "node:child_process";
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file system of this size in memory at `folder`, for a database that is to find its disk full; false where mounting is not permitted. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "campanile-trial", folder]).then(
    () => true,
    () => false,
  );
}

export async function unmount(folder: string): Promise<void> {
  await run("umount", ["-l", folder]);
}

const ballast = (folder: string) => join(folder, "ballast");

/** Writes until there is no room left. */
export async function fillDisk(folder: string): Promise<void> {
  const file = await open(ballast(folder), "a");
  try {
    const block = Buffer.alloc(1 << 20, 1);
    for (let size = block.length; size >= 4_096; ) {
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize < size) size /= 2;
      else await file.write(block, 0, size);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    await file.close();
  }
}

export async function clearDisk(folder: string): Promise<void> {
  await rm(ballast(folder), { force: true });
}
