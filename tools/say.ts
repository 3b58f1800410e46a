/** A problem that ends a command with one sentence which says what to do; no stack is shown for it. */
export class Failure extends Error {
  override name = "Failure";
}

/** Progress goes to stderr, so that a command's `--json` on stdout stays alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function seconds(since: number): string {
  const elapsed = (performance.now() - since) / 1000;
  if (elapsed < 100) return `${elapsed.toFixed(1)} s`;
  return `${Math.floor(elapsed / 60)} min ${Math.round(elapsed % 60)} s`;
}

/**
 * Runs a long step and shows that it lives: a running line on a terminal, a line every 15 s elsewhere.
 * @param usual how long it may take, e.g. "up to 6 min"
 */
export async function step<T>(what: string, usual: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const terminal = process.stderr.isTTY;
  if (!terminal) say(`${what} (${usual}) …`);
  const timer = setInterval(
    () => {
      if (terminal) process.stderr.write(`\r\x1b[K${what} (${usual}) … ${seconds(start)}`);
      else say(`${what} … ${seconds(start)}`);
    },
    terminal ? 1000 : 15_000,
  );
  try {
    const result = await work();
    say(`${terminal ? "\r\x1b[K" : ""}${what}: done in ${seconds(start)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** Runs a command to its end: a Failure leaves one sentence, anything else its stack. */
export async function main(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    say(
      error instanceof Failure
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error),
    );
    process.exitCode = 1;
  }
}
