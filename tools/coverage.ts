import { existsSync, readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, relative } from "node:path";
import { stripTypeScriptTypes } from "node:module";
import libCoverage, { type CoverageMap, type CoverageMapData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";
import { workflowCoverageFolder } from "../test/workflowCoverage.ts";
import { root } from "./home.ts";
import { say } from "./say.ts";

/** Percent of branches that the tests have to go through. */
const wanted = 95;

type Counted = { file: string; covered: number; total: number };

/** What ran in the tests' own processes, as vitest reports it: domain/, and what of workflows/ is called there. */
function processMap(layer: "domain" | "workflows"): CoverageMap {
  const file = join(root, "coverage", "domain", "coverage-final.json");
  const map = libCoverage.createCoverageMap(
    existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CoverageMapData) : {},
  );
  map.filter((name) => name.startsWith(join(root, layer, "/")));
  return map;
}

/**
 * workflows/ runs inside Temporal's sandbox, where Node's coverage does not reach: counters are put into the
 * bundle (test/instrument.ts) and handed out after each activation. A file that no test bundled counts as bare.
 */
async function workflowMap(): Promise<CoverageMap> {
  const map = libCoverage.createCoverageMap();
  for await (const name of glob("workflows/**/*.ts", { cwd: root })) {
    if (name.endsWith(".test.ts")) continue;
    const file = join(root, name);
    const instrumenter = createInstrumenter({ esModules: true });
    instrumenter.instrumentSync(stripTypeScriptTypes(readFileSync(file, "utf8"), { mode: "strip" }), file);
    map.addFileCoverage(instrumenter.lastFileCoverage());
  }
  for await (const name of glob("*.json", { cwd: workflowCoverageFolder })) {
    map.merge(JSON.parse(readFileSync(join(workflowCoverageFolder, name), "utf8")) as CoverageMapData);
  }
  return map;
}

/** Two instrumenters number branches differently, so a file that ran in both places counts as where more of it ran. */
function further(one: readonly Counted[], other: readonly Counted[]): Counted[] {
  const others = new Map(other.map((counted) => [counted.file, counted]));
  return one.map((counted) => {
    const again = others.get(counted.file) ?? counted;
    return again.covered / again.total > counted.covered / counted.total ? again : counted;
  });
}

function branches(map: CoverageMap): Counted[] {
  return map.files().map((path) => {
    const { branches: counted } = map.fileCoverageFor(path).toSummary();
    return { file: relative(root, path), covered: counted.covered, total: counted.total };
  });
}

function report(layer: string, files: Counted[]): boolean {
  const covered = files.reduce((sum, file) => sum + file.covered, 0);
  const total = files.reduce((sum, file) => sum + file.total, 0);
  const percent = total === 0 ? 0 : (100 * covered) / total;
  const enough = files.length > 0 && percent >= wanted;
  say(
    `${layer}: ${percent.toFixed(1)} % of ${total} branches in ${files.length} files (wanted: ${wanted} %)`,
  );
  const bare = files.filter((file) => file.covered < file.total && !enough);
  for (const { file, covered: some, total: all } of bare) say(`  ${file}: ${some} of ${all}`);
  return enough;
}

/** Prints the share of branches that the tests went through; false where it is too small. */
export async function checkCoverage(): Promise<boolean> {
  const domain = report("domain/", branches(processMap("domain")));
  const ofWorkflows = further(branches(await workflowMap()), branches(processMap("workflows")));
  const workflows = report("workflows/", ofWorkflows);
  return domain && workflows;
}
