import { execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process of ours in a group of its own, so that a Ctrl-C in the terminal reaches it only through us. */
export type Started = {
  pid: number;
  /** Resolves when the process has ended, with a word on how. */
  ended: Promise<string>;
};

/** What this program started and what still runs: it goes with us, however we end (SIGKILL apart). */
const ours = new Set<number>();
process.once("exit", () => {
  for (const pid of ours) signalGroup(pid, "SIGKILL");
});

/** Starts a program with its output appended to `log`. */
export function startProcess(file: string, args: string[], options: SpawnOptions & { log: string }): Started {
  const { log, ...rest } = options;
  const out = openSync(log, "a");
  try {
    const child = spawn(file, args, { ...rest, detached: true, stdio: ["ignore", out, out] });
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const { pid = -1 } = child;
    if (pid > 0) ours.add(pid);
    void ended.then(() => ours.delete(pid));
    return { pid, ended };
  } finally {
    closeSync(out);
  }
}

export function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return !isZombie(pid);
}

/** A killed child of somebody who does not reap stays in the table; it is as good as gone. */
function isZombie(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return true;
  }
}

/** The command line of a process, or "" where there is none. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return execFileSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Ends a process group: asks with `signal`, kills what is still there after `patience` ms. */
export async function stopProcess(
  pid: number,
  signal: NodeJS.Signals = "SIGTERM",
  patience = 5000,
): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, signal);
  const deadline = performance.now() + patience;
  while (isAlive(pid) && performance.now() < deadline) await sleep(25);
  // Also for a leader that ended by itself: what it left in its group goes too.
  signalGroup(pid, "SIGKILL");
  while (isAlive(pid)) await sleep(10);
}

/** Ends whatever this program has started and not stopped yet. */
export async function stopAllStarted(signal: NodeJS.Signals, patience: number): Promise<void> {
  await Promise.all([...ours].map((pid) => stopProcess(pid, signal, patience)));
}

/** What an earlier run wrote down about a part: its process id and a piece of its command line. */
export type Part = { pid: number; marks: string };

/** Ends those parts of a run that died which are still there, told from strangers by their command line. */
export async function endOrphans(parts: Record<string, Part>): Promise<string[]> {
  const orphans = Object.entries(parts).filter(
    ([, part]) => isAlive(part.pid) && commandLine(part.pid).includes(part.marks),
  );
  await Promise.all(orphans.map(([, part]) => stopProcess(part.pid, "SIGINT")));
  return orphans.map(([name]) => name);
}
