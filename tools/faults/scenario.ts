import type { ParseArgsOptionsConfig } from "node:util";
import type { Ask } from "../client.ts";
import type { Rig, RigOptions } from "../rig.ts";
import type { Kills } from "./kills.ts";

/**
 * What `npm run faults -- --scenario <name> [--messages n] [--kills n] [--seed n] [--json]` tries. To add one, write
 * scenarios/<name>.ts that exports a `Scenario` and name it in scenarios/index.ts; scenarios/campaign.ts is one to
 * imitate. A run is one trial on a rig of its own: PostgreSQL, Temporal, sandbox, API and two workers, each a process.
 *
 * A scenario sets its stage (tools/stage.ts has a workspace with people and senders), tells the sandbox what goes wrong
 * (`providerFaults(seed)` of provider.ts, and behaviours), starts its load, calls `trial.killParts(ms)` beside it, waits
 * with `trial.until(…)` for the end of what it started, and compares the sandbox's ledger with the rows. Whatever is left
 * to chance is drawn from the seed, so that a trial can be run again.
 */
export interface Scenario {
  /** What it tries, in one line of the usage. */
  summary: string;
  /** What --messages and --kills are where they are not given; a message is whatever the scenario counts as one. */
  size: { messages: number; kills: number };
  /** Options beside the common ones, as parseArgs takes them. */
  options?: ParseArgsOptionsConfig;
  /** On top of the rig's defaults: two workers, waiting times scaled, a sandbox that survives its own death. */
  rig?: Partial<RigOptions>;
  run(trial: Trial): Promise<TrialOutcome>;
}

/** What a scenario is given. */
export interface Trial {
  seed: number;
  messages: number;
  kills: number;
  /** The values of the scenario's own options. */
  values: Record<string, unknown>;
  rig: Rig;
  /** The sandbox's control API: `sandbox("POST /_sandbox/…", …)`. */
  sandbox: Ask;
  /** A line of progress with the seconds since the start; silent with --json. */
  tell(line: string): void;
  /**
   * Kills the planned number of parts (worker, api, temporal, postgres, sandbox) or stops workers for a while, at moments
   * drawn from the seed and spread over so many milliseconds from now. Each comes back by itself; resolves when all have.
   */
  killParts(overMs: number): Promise<void>;
  /** Kills this part now, beside the plan, and starts it again; nothing where the trial is one without kills. */
  killNow(part: keyof Kills): Promise<void>;
  /**
   * Asks until the answer is true; a part that is away while it is asked is no answer. False where the trial's time is
   * over: judge what stands then.
   */
  until(done: () => Promise<boolean>): Promise<boolean>;
}

/** What the trial came to. All of it is printed, beside seed, messages, kills and seconds. */
export interface TrialOutcome {
  /** Counts in snake_case, for the reader. */
  figures: Record<string, number>;
  /** What must not be: the trial has held only where each is 0. `twice` and `lost` are by the sandbox's ledger. */
  wrong: { twice: number; lost: number } & Record<string, number>;
  /** Ids and states of what is counted as wrong, for whoever looks into it. */
  findings: readonly object[];
}
