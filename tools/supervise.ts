import { setTimeout as sleep } from "node:timers/promises";
import type { Part, Started } from "./processes.ts";
import { say } from "./say.ts";

export type Running = Started & Part & { stop(): Promise<void> };

export type Supervisor = {
  /** Starts a part and from then on starts it again, with growing pauses, whenever it ends by itself. */
  keep<T extends Running>(name: string, start: () => Promise<T>): Promise<T>;
  parts(): Record<string, Part>;
  /** Ends the named parts and keeps them ended. */
  stop(names: string[]): Promise<void>;
};

const shortestPause = 200;
const longestPause = 10_000;
/** A part that ran this long was well: the next pause is short again. */
const wellAfter = 30_000;

/** @param onChange hears of every start and end, for the files that tell who runs */
export function supervisor(onChange: (parts: Record<string, Part>) => void): Supervisor {
  const running = new Map<string, Running>();
  const stopped = new Set<string>();
  const pauses = new Map<string, number>();
  const parts = () =>
    Object.fromEntries([...running].map(([name, { pid, marks }]) => [name, { pid, marks }]));

  async function keep<T extends Running>(name: string, start: () => Promise<T>): Promise<T> {
    const part = await start();
    running.set(name, part);
    if (stopped.has(name)) await part.stop();
    else onChange(parts());
    const since = performance.now();
    void part.ended.then((how) => {
      if (performance.now() - since > wellAfter) pauses.delete(name);
      return startAgain(name, start, how);
    });
    return part;
  }

  async function startAgain(name: string, start: () => Promise<Running>, how: string): Promise<void> {
    running.delete(name);
    if (stopped.has(name)) return;
    onChange(parts());
    say(`${name} ended (${how}); starting it again`);
    while (!stopped.has(name)) {
      const pause = pauses.get(name) ?? shortestPause;
      pauses.set(name, Math.min(longestPause, 2 * pause));
      await sleep(pause);
      try {
        await keep(name, start);
        return;
      } catch (error) {
        say(`${name} did not come back: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  async function stop(names: string[]): Promise<void> {
    for (const name of names) stopped.add(name);
    await Promise.all(names.flatMap((name) => running.get(name)?.stop() ?? []));
  }

  return { keep, parts, stop };
}
