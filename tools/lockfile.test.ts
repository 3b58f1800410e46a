import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./home.ts";

type Entry = { version?: string; optionalDependencies?: Record<string, string> };
const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  packages: Record<string, Entry>;
};

/** Where Node would look for `name` from within the package at `path`, outwards. */
function find(path: string, name: string): Entry | undefined {
  const entry = packages[`${path === "" ? "" : `${path}/`}node_modules/${name}`];
  if (entry !== undefined || path === "") return entry;
  return find(path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name);
}

test("package-lock.json · names the packages of every platform: npm ci refuses one that does not", () => {
  const wanted = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ path, name })),
  );
  expect(wanted.length).toBeGreaterThan(50);
  expect(wanted.filter(({ path, name }) => find(path, name) === undefined)).toEqual([]);
});
