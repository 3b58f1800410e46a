import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const NO_CHROMIUM = "No Chromium was found on PATH; on Debian: apt-get install chromium";

/** A Chromium of this machine; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return folders.flatMap((path) => names.map((name) => join(path, name))).find((path) => existsSync(path));
}
