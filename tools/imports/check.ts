import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { relative, sep } from "node:path";
import { root } from "../home.ts";
import { main, say } from "../say.ts";
import { checkImports } from "./rules.ts";

const outside = new Set(["node_modules", ".campanile", "coverage", ".git"]);

await main(async () => {
  const sources = new Map<string, string>();
  for await (const entry of glob("**/*.ts", { cwd: root, exclude: (name) => outside.has(name) })) {
    if (!entry.endsWith(".d.ts"))
      sources.set(entry.split(sep).join("/"), readFileSync(`${root}/${entry}`, "utf8"));
  }
  const faults = checkImports(sources);
  for (const fault of faults) say(fault);
  say(
    `${sources.size} modules, ${faults.length} forbidden imports (${relative(root, import.meta.dirname)}/rules.ts)`,
  );
  return faults.length === 0 ? 0 : 1;
});
