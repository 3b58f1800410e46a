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
 */
export async function eachLine<Line>(
  from: string,
  to: string,
  Line: z.ZodType<Line>,
  answer: (line: Line) => unknown,
): Promise<number> {
  const part = `${to}.part`;
  let done = 0;
  const lines = async function* () {
    const input = createReadStream(from, "utf8");
    let number = 0;
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (text.trim() === "") continue;
      yield `${JSON.stringify(answer(parsed(text, number, Line)))}\n`;
      done += 1;
      if (done % EVERY === 0) say(`${done} lines …`);
    }
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
