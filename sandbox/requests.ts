import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import type { Span } from "./tallies.ts";

export const oneOrMany = <T extends z.ZodType>(schema: T) =>
  z.union([schema.transform((one) => [one]), z.array(schema).max(100_000)]);

/** The JSON of a request of the control routes; 400 where it is none. */
export async function body(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    throw new HTTPException(400, { message: "the body is not JSON" });
  }
}

/** What was asked for, or 400 with the fields that are wrong. */
export function parse<T extends z.ZodType>(schema: T, given: unknown): z.infer<T> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new HTTPException(400, { message: z.prettifyError(parsed.error) });
  return parsed.data;
}

/** since and until take instants or epoch milliseconds. */
export function spanOf(query: URLSearchParams): Span {
  const moment = (name: string, otherwise: number): number => {
    const given = query.get(name);
    if (given === null) return otherwise;
    const at = /^\d+$/.test(given) ? Number(given) : Date.parse(given.replace(" ", "+"));
    if (Number.isNaN(at))
      throw new HTTPException(400, { message: `${name}: neither an instant nor epoch milliseconds` });
    return at;
  };
  return {
    accountSid: query.get("account_sid") ?? undefined,
    since: moment("since", Number.NEGATIVE_INFINITY),
    until: moment("until", Number.POSITIVE_INFINITY),
  };
}

export function pageOf(query: URLSearchParams): { limit: number; cursor: number } {
  const whole = (name: string, otherwise: number): number => {
    const given = Number(query.get(name) ?? otherwise);
    if (!Number.isInteger(given) || given < 0)
      throw new HTTPException(400, { message: `${name}: not a whole number` });
    return given;
  };
  return { limit: Math.min(Math.max(whole("limit", 1_000), 1), 10_000), cursor: whole("cursor", 0) };
}

export const nextOf = (cursor: number, length: number): string | null =>
  cursor < length ? String(cursor) : null;

export const flag = (query: URLSearchParams, name: string, otherwise: boolean): boolean => {
  const given = query.get(name);
  return given === null ? otherwise : given !== "0" && given !== "false";
};
