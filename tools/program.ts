import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./home.ts";
import { type Started, startProcess, stopProcess } from "./processes.ts";
import { Failure } from "./say.ts";

/** A part may come up among several others on a small machine. */
const PATIENCE_MS = 180_000;

/**
 * Starts a TypeScript program of the project in a process of its own, and gives it back when `readyUrl` answers 2xx.
 * @param script its path in the repository
 * @throws Failure naming the log when it does not come up
 */
export async function startProgram(
  script: string,
  { readyUrl, ...options }: { env: NodeJS.ProcessEnv; log: string; readyUrl: string },
): Promise<Started> {
  const started = startProcess(process.execPath, [join(root, script)], { cwd: root, ...options });
  let end: string | undefined;
  void started.ended.then((how) => {
    end = how;
  });
  const deadline = performance.now() + PATIENCE_MS;
  while (end === undefined && performance.now() < deadline) {
    if (await isReady(readyUrl)) return started;
    await sleep(50);
  }
  await stopProcess(started.pid);
  const how = end ?? `no answer within ${PATIENCE_MS / 60_000} min`;
  throw new Failure(`${script} did not come up (${how}); its log says why: ${options.log}`);
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}
