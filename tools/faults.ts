/**
 * `npm run faults -- [--scenario <name>] [--messages n] [--kills n] [--seed n] [--json]`: runs one scenario through a
 * whole system while its parts die, and ends with 0 only if nothing was lost nor done twice. faults/scenario.ts says how
 * to add a scenario.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { client } from "./client.ts";
import { killerOf, planKills } from "./faults/kills.ts";
import { seededRandom } from "./faults/random.ts";
import type { Scenario, Trial } from "./faults/scenario.ts";
import { scenarios } from "./faults/scenarios/index.ts";
import { startRig } from "./rig.ts";
import { Failure, main, say, seconds } from "./say.ts";

/** A machine that is busy with other things takes its time; `seconds` says how much. */
const DEADLINE_MS = 600_000;
const LOOK_EVERY_MS = 250;

/** Waiting times, scaled so that a trial ends within a minute and a half; the rules are those of every day. */
const SCALED = {
  RETRY_BASE_SECONDS: "0.5",
  CALL_TIMEOUT_SECONDS: "1",
  LIST_LAG_SECONDS: "0.5",
  UNCERTAIN_GRACE_SECONDS: "4",
};

const common = {
  scenario: { type: "string", default: Object.keys(scenarios)[0] as string },
  messages: { type: "string" },
  kills: { type: "string" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
} as const;

interface Options {
  name: string;
  scenario: Scenario;
  messages: number;
  kills: number;
  seed: number;
  json: boolean;
  values: Record<string, unknown>;
}

async function readOptions(): Promise<Options> {
  // The scenario first: which other options there are is its own to say.
  const name = String(parseArgs({ options: common, strict: false }).values.scenario);
  const load = scenarios[name];
  if (load === undefined)
    throw new Failure(`There is no scenario ${name}; these are: ${Object.keys(scenarios).join(", ")}`);
  const scenario = await load();
  const whole = (option: string, value: unknown) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 0) return number;
    throw new Failure(`--${option} takes a whole number; ${usage(name, scenario)}`);
  };
  try {
    const { values } = parseArgs({ options: { ...scenario.options, ...common } });
    return {
      name,
      scenario,
      messages: whole("messages", values["messages"] ?? scenario.size.messages),
      kills: whole("kills", values["kills"] ?? scenario.size.kills),
      seed: whole("seed", values["seed"]),
      json: values["json"] === true,
      values,
    };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${(error as Error).message}; ${usage(name, scenario)}`);
  }
}

function usage(name: string, { summary, size, options = {} }: Scenario): string {
  const own = Object.keys(options).map((option) => ` [--${option} …]`);
  const sizes = `[--messages ${size.messages}] [--kills ${size.kills}] [--seed 1]`;
  return `usage: npm run faults -- [--scenario ${name}] ${sizes}${own.join("")} [--json]: ${summary}`;
}

await main(async () => {
  const { name, scenario, messages, kills, seed, json, values } = await readOptions();
  const starting = performance.now();
  const tell = (line: string) => (json ? undefined : say(`${seconds(starting)} ${line}`));
  const rig = await startRig({
    workers: 2,
    sandboxFile: true,
    ...scenario.rig,
    env: { ...SCALED, ...scenario.rig?.env },
  });
  let held = false;
  try {
    tell("every part is up");
    const began = performance.now();
    const killer = killerOf(rig, tell);
    const trial: Trial = {
      seed,
      messages,
      kills,
      values,
      rig,
      sandbox: client(rig.sandboxUrl),
      tell,
      killParts: (overMs) => killer.carryOut(planKills(seededRandom(seed), kills, overMs)),
      killNow: async (part) => (kills > 0 ? killer.now(part) : undefined),
      until: (check) => until(check, began + DEADLINE_MS),
    };
    const { figures, wrong, findings } = await scenario.run(trial);
    for (const finding of findings) say(JSON.stringify(finding));
    const took = Math.round((performance.now() - began) / 100) / 10;
    const result = {
      scenario: name,
      seed,
      messages,
      kills: killer.done,
      ...figures,
      ...wrong,
      seconds: took,
    };
    process.stdout.write(`${JSON.stringify(result, null, json ? undefined : 2)}\n`);
    held = Object.values(wrong).every((count) => count === 0);
    return held ? 0 : 1;
  } finally {
    if (!held) say(`What its parts wrote and kept is in ${rig.folder}`);
    await rig.close({ keepFolder: !held });
  }
});

async function until(done: () => Promise<boolean>, deadline: number): Promise<boolean> {
  let away: unknown;
  while (performance.now() < deadline) {
    try {
      if (await done()) return true;
      away = undefined;
    } catch (error) {
      away = error;
    }
    await sleep(LOOK_EVERY_MS);
  }
  // A question that only ever failed is a mistake in the question, not an answer.
  if (away !== undefined) throw away;
  return false;
}
