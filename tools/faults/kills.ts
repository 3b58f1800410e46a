import { setTimeout as sleep } from "node:timers/promises";
import type { Rig } from "../rig.ts";

export interface Kills {
  worker: number;
  api: number;
  temporal: number;
  postgres: number;
  sandbox: number;
  stops: number;
}

type Target = keyof Kills;

/** Workers die most often: it is their work that must not be lost nor done twice. */
const WEIGHTS: Record<Target, number> = {
  worker: 35,
  api: 15,
  temporal: 12,
  postgres: 15,
  sandbox: 13,
  stops: 10,
};
/** Longer than a slice's heart may stand still (8 s): another worker has taken over when it goes on. */
const STOPPED_MS = 10_000;
const AWAY_MS = { least: 200, most: 1_500 };

export interface KillPlan {
  atMs: number;
  target: Target;
  which: number;
  awayMs: number;
}

/** When what dies, all of it from the seed. */
export function planKills(random: () => number, kills: number, overMs: number): KillPlan[] {
  const total = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
  const draw = (): Target => {
    let left = random() * total;
    for (const [target, weight] of Object.entries(WEIGHTS)) {
      left -= weight;
      if (left < 0) return target as Target;
    }
    return "worker";
  };
  return Array.from({ length: kills }, () => ({
    atMs: random() * overMs,
    target: draw(),
    which: random(),
    awayMs: AWAY_MS.least + random() * (AWAY_MS.most - AWAY_MS.least),
  })).sort((a, b) => a.atMs - b.atMs);
}

/** Who kills, and what was really done. */
export interface Killer {
  done: Kills;
  /** Carries out the plan; every part comes back by itself. Resolves when all are back. */
  carryOut(plan: readonly KillPlan[]): Promise<void>;
  /** Kills the part that the target means as soon as it is up, and starts it again at once. */
  now(target: Target): Promise<void>;
}

export function killerOf(rig: Rig, say: (line: string) => void): Killer {
  const done: Kills = { worker: 0, api: 0, temporal: 0, postgres: 0, sandbox: 0, stops: 0 };
  const busy = new Set<string>();
  const strike = async (step: Omit<KillPlan, "atMs">): Promise<{ back: Promise<void> }> => {
    const name = await freePart(rig, step, busy);
    busy.add(name);
    done[step.target] += 1;
    say(`${step.target === "stops" ? "stops" : "kills"} ${name}`);
    const back = step.target === "stops" ? freeze(rig, name) : kill(rig, name, step.awayMs);
    return { back: back.finally(() => busy.delete(name)) };
  };
  return {
    done,
    async carryOut(plan) {
      const began = performance.now();
      const returning: Promise<void>[] = [];
      for (const step of plan) {
        await sleep(Math.max(0, step.atMs - (performance.now() - began)));
        returning.push((await strike(step)).back);
      }
      await Promise.all(returning);
    },
    async now(target) {
      await (await strike({ target, which: 0, awayMs: 0 })).back;
    },
  };
}

/** The part that the step means, once it is up; workers are drawn among those that are. */
async function freePart(
  rig: Rig,
  step: Pick<KillPlan, "target" | "which">,
  busy: ReadonlySet<string>,
): Promise<string> {
  const names = [...rig.parts.keys()].filter((name) =>
    step.target === "worker" || step.target === "stops" ? name.startsWith("worker") : name === step.target,
  );
  for (;;) {
    const up = names.filter((name) => !busy.has(name));
    const name = up[Math.floor(step.which * up.length)];
    if (name !== undefined) return name;
    await sleep(100);
  }
}

async function kill(rig: Rig, name: string, awayMs: number): Promise<void> {
  const part = partOf(rig, name);
  process.kill(part.pid, "SIGKILL");
  await part.ended;
  await sleep(awayMs);
  await part.start();
}

async function freeze(rig: Rig, name: string): Promise<void> {
  const { pid } = partOf(rig, name);
  process.kill(pid, "SIGSTOP");
  await sleep(STOPPED_MS);
  process.kill(pid, "SIGCONT");
}

function partOf(rig: Rig, name: string) {
  const part = rig.parts.get(name);
  if (part === undefined) throw new Error(`The rig has no ${name}`);
  return part;
}
