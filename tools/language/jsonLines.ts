import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import type { z } from "zod";
import { Failure, say } from "../say.ts";

const EVERY = 10_000;

/** The one thing that a command like this is asked for: `--in` a file, `--out` another. */
export function inAndOut(usage: string): { in: string; out: string; provider: string } {
  const { values } = parseArgs({
    options: {
      in: { type: "string" },
      out: { type: "string" },
      provider: { type: "string", default: "rules" },
    },
  });
  if (!values.in || !values.out) throw new Failure(usage);
  return { in: values.in, out: values.out, provider: values.provider };
}

/**
 * Turns each line of a JSON Lines file into one of another, in the same order, with progress on stderr. A bad
 * line is named and ends it with exit code 2; until the last line is written there is no file at `to`.
 * @param answer one line's; where it takes its time, `atOnce` lines are under way together
 */
export async function eachLine<Line>(
  from: string,
  to: string,
  Line: z.ZodType<Line>,
  answer: (line: Line) => unknown,
  { atOnce = 1, progressEvery = EVERY }: { atOnce?: number; progressEvery?: number } = {},
): Promise<number> {
  const part = `${to}.part`;
  let done = 0;
  const next = async (underWay: Promise<unknown>[]) => {
    const answered = await underWay.shift();
    done += 1;
    if (done % progressEvery === 0) say(`${done} lines …`);
    return `${JSON.stringify(answered)}\n`;
  };
  const lines = async function* () {
    const input = createReadStream(from, "utf8");
    let number = 0;
    const underWay: Promise<unknown>[] = [];
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (text.trim() === "") continue;
      const asked = Promise.resolve(answer(parsed(text, number, Line)));
      // What goes wrong is met when its turn has come, or not at all where an earlier line ends it.
      asked.catch(() => {});
      underWay.push(asked);
      if (underWay.length >= atOnce) yield await next(underWay);
    }
    while (underWay.length > 0) yield await next(underWay);
  };
  try {
    await pipeline(Readable.from(lines()), createWriteStream(part));
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof BadLine) {
      say(error.message);
      return 2;
    }
    if (isSystemError(error)) throw new Failure(`Cannot read ${from} or write ${to}: ${error.code}.`);
    throw error;
  }
  say(`${done} lines, written to ${to}.`);
  return 0;
}

class BadLine extends Error {}

/** Without the line's text: it is a person's. */
function parsed<Line>(text: string, number: number, Line: z.ZodType<Line>): Line {
  let json: unknown;
  try {
    json = JSON.parse(number === 1 ? text.replace(/^\ufeff/, "") : text);
  } catch {
    throw new BadLine(`Line ${number} is no JSON. Nothing was written.`);
  }
  const read = Line.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join(".") || "the line";
  throw new BadLine(`Line ${number}: ${where}: ${issue?.message ?? "is wrong"}. Nothing was written.`);
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "code" in error && "syscall" in error;
