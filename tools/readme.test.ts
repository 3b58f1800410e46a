import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { configNames } from "../config.ts";
import { root } from "./home.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

it("README · its table has every name that config.ts reads, once, and no other", () => {
  const section = readme.split("## Configuration")[1]?.split("\n## ")[0] ?? "";
  const named = [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map((match) => match[1]);
  expect(named).toHaveLength(configNames.length);
  expect(new Set(named)).toEqual(new Set(configNames));
});

it("README · what it links to is there", () => {
  const targets = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] as string);
  const absent = targets.filter((target) => !existsSync(join(root, target)));
  expect(targets.length).toBeGreaterThan(5);
  expect(absent).toEqual([]);
});
