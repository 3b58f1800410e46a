/**
 * `npm run demo -- [--scenario <name>] [its options] [--json]`: shows one thing that Campanile does, on the system that
 * runs here, and ends with 0 only if it was there. demo/scenario.ts says how to add a scenario.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connectDatabase } from "../db/connect.ts";
import { client } from "./client.ts";
import { progressLine } from "./demo/progress.ts";
import type { Scenario, ScenarioOutcome, ScenarioStage } from "./demo/scenario.ts";
import { scenarios } from "./demo/scenarios/index.ts";
import { openWorkspace } from "./demo/workspace.ts";
import { type Dev, home } from "./home.ts";
import { Failure, main, say } from "./say.ts";

const common = {
  scenario: { type: "string", default: Object.keys(scenarios)[0] as string },
  json: { type: "boolean", default: false },
} as const;

async function readOptions(): Promise<{
  scenario: Scenario;
  json: boolean;
  values: Record<string, unknown>;
}> {
  // The scenario first: which other options there are is its own to say.
  const { values: named } = parseArgs({ options: common, strict: false });
  const load = scenarios[String(named.scenario)];
  if (load === undefined)
    throw new Failure(
      `There is no scenario ${String(named.scenario)}; these are: ${Object.keys(scenarios).join(", ")}`,
    );
  const scenario = await load();
  try {
    const { values } = parseArgs({ options: { ...scenario.options, ...common } });
    return { scenario, json: values.json === true, values };
  } catch (error) {
    throw new Failure(
      `${error instanceof Error ? error.message : String(error)}; ${usage(String(named.scenario), scenario)}`,
    );
  }
}

function usage(name: string, { options = {}, summary }: Scenario): string {
  const own = Object.entries(options).map(([option, { type }]) =>
    type === "boolean" ? ` [--${option}]` : ` [--${option} …]`,
  );
  return `usage: npm run demo -- --scenario ${name}${own.join("")} [--json]: ${summary}`;
}

/** The system that runs here, or the one whose dev.json CAMPANILE_DEV_JSON names. */
async function findSystem(): Promise<Dev> {
  const file = process.env["CAMPANILE_DEV_JSON"] ?? home.dev;
  const none = new Failure(`No system runs here (${file} tells of none): start one with npm start.`);
  if (!existsSync(file)) throw none;
  const dev = JSON.parse(readFileSync(file, "utf8")) as Dev;
  const answer = await fetch(`${dev.api_url}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  if (!answer?.ok) throw none;
  return dev;
}

function tell({ result, text, missing, workflows = [] }: ScenarioOutcome, json: boolean, dev: Dev): void {
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const ui = dev.temporal_ui_url;
    const links = workflows.map(({ id, what }) => `  ${ui}/namespaces/default/workflows/${id}  ${what}`);
    process.stdout.write(`\n${text}\n`);
    if (ui !== null && links.length > 0)
      process.stdout.write(`\nTo look at in Temporal UI\n\n${links.join("\n")}\n`);
  }
  for (const one of missing) say(one);
}

await main(async () => {
  const { scenario, json, values } = await readOptions();
  const dev = await findSystem();
  const onLost = (error: Error) => say(`Lost a database connection: ${error.message}`);
  const database = connectDatabase(dev.database_url, { role: "campanile_worker", maxConnections: 3, onLost });
  const progress = progressLine();
  const { db } = database;
  const sandbox = client(dev.sandbox_url);
  const publicUrl = process.env["PUBLIC_URL"] ?? dev.api_url;
  const stage: ScenarioStage = {
    dev,
    db,
    sandbox,
    publicUrl,
    values,
    json,
    show: (step, figures) => progress.show(step, figures),
    workspace: (name, fields) => openWorkspace({ db, sandbox, publicUrl, apiUrl: dev.api_url }, name, fields),
  };
  try {
    const outcome = await scenario.run(stage);
    progress.end();
    tell(outcome, json, dev);
    return outcome.missing.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
});
