import { Hono } from "hono";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { ScriptLine } from "./script.ts";

const Lines = z.union([ScriptLine.transform((one) => [one]), z.array(ScriptLine).max(10_000)]);

/** The routes by which tests say what models answer, and see what they were asked. */
export function languageControl({ language }: Sandbox): Hono {
  const app = new Hono();
  app.post("/language/script", async (c) => {
    const lines = Lines.safeParse(await c.req.json().catch(() => undefined));
    if (!lines.success) return c.json({ error: z.prettifyError(lines.error) }, 400);
    for (const line of lines.data) language.add(line);
    return c.json({ lines: lines.data.length }, 201);
  });
  app.delete("/language/script", (c) => {
    language.clear();
    return c.body(null, 204);
  });
  app.get("/language/requests", (c) => c.json({ requests: language.asked }));
  return app;
}
