import type { ParseArgsOptionsConfig } from "node:util";
import type { Db } from "../../db/connect.ts";
import type { NewWorkspace } from "../../db/workspaces.ts";
import type { Ask } from "../client.ts";
import type { Dev } from "../home.ts";
import type { DemoWorkspace } from "./workspace.ts";

/**
 * A scenario of the demo: `npm run demo -- --scenario <name> [its options] [--json]`. To add one, write
 * scenarios/<name>.ts that exports a `Scenario` and name it in scenarios/index.ts.
 *
 * It runs in under a minute on the system that runs here, as a client would: a workspace of its own
 * (`on.workspace(…)`), then the API with `ask`, and the sandbox's control API with `on.sandbox`. What it claims in its
 * result it has compared: the sandbox's ledger on one side, the tables (`on.db`, to read only) on the other.
 */
export interface Scenario {
  /** What it shows, in one line of the usage. */
  summary: string;
  /** Options beside --scenario and --json, as parseArgs takes them. */
  options?: ParseArgsOptionsConfig;
  /** Throws a Failure where it cannot go on; what differs from what it set out to show is told in `missing`. */
  run(on: ScenarioStage): Promise<ScenarioOutcome>;
}

/** What a scenario is given. */
export interface ScenarioStage {
  /** The addresses of the running system: API, Temporal, sandbox, database. */
  dev: Dev;
  /** Of the worker's role, for reading what no route tells. */
  db: Db;
  /** The sandbox's control API: `sandbox("POST /_sandbox/…", …)`; `dev.sandbox_url` is its address. */
  sandbox: Ask;
  /** What webhooks of the provider are addressed to. */
  publicUrl: string;
  /** The values of the scenario's own options. */
  values: Record<string, unknown>;
  json: boolean;
  /** The one line that shows what goes on; nothing else is written while the scenario runs. */
  show(step: string, figures?: string): void;
  /**
   * A test workspace, open at all hours, whose senders do not warm up, with an account of its own at the sandbox: only
   * the sandbox is reached.
   */
  workspace(name: string, fields?: Partial<NewWorkspace>): Promise<DemoWorkspace>;
}

/** How a scenario ended. */
export interface ScenarioOutcome {
  /** What `--json` prints, alone on stdout: counts in snake_case. */
  result: Record<string, unknown>;
  /** The same for people. */
  text: string;
  /** What was not there, or where ledger and tables differ, a sentence each; the exit code is 0 only if there is none. */
  missing: string[];
  /** Ids of the workflows to look at in Temporal UI, with what is to be seen there. */
  workflows?: readonly { id: string; what: string }[];
}
