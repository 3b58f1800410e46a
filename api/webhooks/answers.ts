import type { Context } from "hono";
import type { AppEnv } from "../deps.ts";

/** The event is stored. With its length: without, Node writes the end of the answer by a call of its own. */
export const stored = (c: Context<AppEnv>) => c.body(null, 200, { "content-length": "0" });

export const twiml = (c: Context<AppEnv>, text: string) => c.body(text, 200, { "content-type": "text/xml" });
