import { dirname, join, normalize } from "node:path/posix";
import { parseSync } from "oxc-parser";

/** A TypeScript file's path from the root of the project, with `/`, and its text. */
export type Sources = Map<string, string>;

type Import = { from: string; to: string; typeOnly: boolean };

/** What a layer may import of ours beside itself: a folder with all below it, or one file. */
const allowed: Record<string, { values: string[]; types?: string[] }> = {
  domain: { values: [] },
  db: { values: ["domain"] },
  providers: { values: ["domain"] },
  activities: { values: ["domain", "db", "providers", "workflows/handles.ts"] },
  workflows: { values: ["domain"], types: ["activities"] },
  api: { values: ["domain", "db", "workflows/handles.ts", "providers"] },
  sandbox: { values: [] },
};

/** Only interfaces of providers, and their webhook verifiers, are the API's to use. */
const apiProviders = /(^|\/)(webhook|signature|verify)[^/]*\.ts$/i;

/** Files that build things are given everything; tests and what only tests use may look anywhere. */
const builders = new Set(["api/server.ts", "worker.ts"]);
const isTest = (path: string) => /(\.test|\/testing)\.ts$/.test(path);

const layerOf = (path: string) => path.split("/", 1)[0] ?? "";
const lies = (path: string, places: string[]) =>
  places.some((place) => path === place || path.startsWith(`${place}/`));

/** Imports of our own files, with and without values; a re-export is an import. */
export function importsOf(path: string, text: string): Import[] {
  const { module, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} cannot be read: ${errors[0].message}`);
  const found: { specifier: string; typeOnly: boolean }[] = [];
  for (const statement of module.staticImports) {
    const typeOnly = statement.entries.length > 0 && statement.entries.every((entry) => entry.isType);
    found.push({ specifier: statement.moduleRequest.value, typeOnly });
  }
  for (const { entries } of module.staticExports) {
    for (const entry of entries) {
      if (entry.moduleRequest) found.push({ specifier: entry.moduleRequest.value, typeOnly: entry.isType });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const specifier = text.slice(moduleRequest.start + 1, moduleRequest.end - 1);
    found.push({ specifier, typeOnly: false });
  }
  return found
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, typeOnly }) => ({
      from: path,
      to: normalize(join(dirname(path), specifier)),
      typeOnly,
    }));
}

function fault({ from, to, typeOnly }: Import): string | undefined {
  const layer = layerOf(from);
  const rule = allowed[layer];
  if (!rule || isTest(from) || builders.has(from) || layerOf(to) === layer) return undefined;
  const where = `${from} imports ${to}`;
  if (lies(to, rule.values)) {
    if (layer === "api" && layerOf(to) === "providers" && !typeOnly && !apiProviders.test(to)) {
      return `${where}: api takes only interfaces and webhook verifiers of providers`;
    }
    return undefined;
  }
  if (typeOnly && lies(to, rule.types ?? [])) return undefined;
  if (lies(to, rule.types ?? [])) return `${where}: ${layer} may import only types of it`;
  const may = [...rule.values, ...(rule.types ?? []).map((place) => `types of ${place}`)];
  return `${where}: ${layer} may import ${may.length === 0 ? "nothing of ours" : may.join(", ")}`;
}

/** Each cycle once, as the files it goes through. Types do not count: they are gone when the program runs. */
function cycles(imports: Import[]): string[] {
  const targets = Map.groupBy(
    imports.filter((one) => !one.typeOnly),
    (one) => one.from,
  );
  const done = new Set<string>();
  const found = new Map<string, string>();
  const visit = (path: string, trail: string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const ring = trail.slice(at);
      found.set([...ring].sort().join(), `cycle: ${[...ring, path].join(" → ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const { to } of targets.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return [...found.values()];
}

/**
 * Checks who imports whom against the project's layers.
 * @returns one sentence per fault
 * @throws when there is nothing to check: a checker that finds no modules proves nothing
 */
export function checkImports(sources: Sources): string[] {
  if (sources.size === 0) throw new Error("found no modules to check");
  const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
  const missing = imports
    .filter(({ to }) => !sources.has(to))
    .filter(({ to }) => to.endsWith(".ts"))
    .map(({ from, to }) => `${from} imports ${to}, which is not there`);
  return [...missing, ...imports.map(fault).filter((one) => one !== undefined), ...cycles(imports)];
}
