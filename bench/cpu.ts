import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Rig } from "../tools/rig.ts";

const TICK_MS = 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

interface Stat {
  parent: number;
  cpuMs: number;
  /** Of children that have ended. */
  endedMs: number;
}

/** CPU time of a process so far, as the kernel counts it; undefined once it has ended. */
function statOf(pid: number | string): Stat | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const ticks = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * TICK_MS;
    return { parent: Number(fields[1]), cpuMs: ticks(11), endedMs: ticks(13) };
  } catch {
    return undefined;
  }
}

/** Milliseconds of CPU that these processes and all their children have used so far, also those that have ended. */
export function cpuMsOf(pids: readonly number[]): number {
  const wanted = new Set(pids);
  let total = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    if (stat === undefined) continue;
    if (wanted.has(Number(name))) total += stat.cpuMs + stat.endedMs;
    else if (wanted.has(stat.parent)) total += stat.cpuMs;
  }
  return total;
}

/** Starts to measure parts by their names; the answer gives the milliseconds of CPU that each has used since. */
export function cpuMsSince<Name extends string>(
  { parts }: Pick<Rig, "parts">,
  names: readonly Name[],
): () => Record<Name, number> {
  const usedBy = (name: Name) => cpuMsOf([parts.get(name)?.pid ?? -1]);
  const before = names.map(usedBy);
  return () =>
    Object.fromEntries(names.map((name, n) => [name, usedBy(name) - (before[n] ?? 0)])) as Record<
      Name,
      number
    >;
}
