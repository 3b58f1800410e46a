import { say } from "../say.ts";

/** What goes on, on one line of a terminal; elsewhere (a log of CI) a line where the step changes. */
export function progressLine(): { show(step: string, figures?: string): void; end(): void } {
  const terminal = process.stderr.isTTY;
  let last = "";
  return {
    show(step, figures = "") {
      if (terminal) process.stderr.write(`\r\x1b[K${step}${figures && ` · ${figures}`}`);
      else if (step !== last) say(step);
      last = step;
    },
    end() {
      if (terminal) process.stderr.write("\r\x1b[K");
    },
  };
}
