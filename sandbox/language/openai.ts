import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { HttpBindings } from "@hono/node-server";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { type Dialect, replyTo } from "./reply.ts";

const Body = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(z.looseObject({ role: z.enum(["system", "developer", "user", "assistant"]), content: z.string() }))
    .min(1),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  stream: z.literal(false).nullish(),
  response_format: z
    .looseObject({
      type: z.enum(["text", "json_object", "json_schema"]),
      json_schema: z
        .looseObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          strict: z.boolean().nullish(),
          schema: z.record(z.string(), z.unknown()),
        })
        .optional(),
    })
    .nullish(),
});

const dialect: Dialect = {
  everyField: true,
  error: (status, message) => ({
    error: {
      message,
      type: status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error",
      param: null,
      code: status === 401 ? "invalid_api_key" : status === 429 ? "rate_limit_exceeded" : null,
    },
  }),
  body: ({ asked, text, end, refusal, tokens }) => ({
    id: `chatcmpl-${randomUUID()}`,
    object: "chat.completion",
    created: Math.floor(asked.at / 1_000),
    model: asked.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: end === "refused" ? null : text,
          refusal: end === "refused" ? refusal : null,
        },
        logprobs: null,
        finish_reason: end === "cut_off" ? "length" : "stop",
      },
    ],
    usage: {
      prompt_tokens: tokens.input + tokens.cached + tokens.written,
      completion_tokens: tokens.output,
      total_tokens: tokens.input + tokens.cached + tokens.written + tokens.output,
      prompt_tokens_details: { cached_tokens: tokens.cached },
    },
  }),
};

/**
 * POST /v1/chat/completions as OpenAI answers it, and Ollama's compatible endpoint, without streaming.
 * Sources: https://platform.openai.com/docs/api-reference/chat, https://docs.ollama.com/api/openai-compatibility
 */
export function chatRoutes(sandbox: Sandbox): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post("/chat/completions", async (c) => {
    const refuse = (status: 400 | 401, message: string) =>
      c.json(dialect.error(status, message) as object, status);
    if (!/^Bearer \S+$/.test(c.req.header("authorization") ?? ""))
      return refuse(401, "Incorrect API key provided");
    const body = Body.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return refuse(400, z.prettifyError(body.error));
    const { model, messages, max_tokens, max_completion_tokens, temperature, response_format } = body.data;
    const isSystem = ({ role }: { role: string }) => role === "system" || role === "developer";
    const schema = response_format?.json_schema?.schema;
    const asked = {
      provider: "openai" as const,
      model,
      system: messages
        .filter(isSystem)
        .map(({ content }) => content)
        .join("\n"),
      turns: messages.filter((one) => !isSystem(one)).map(({ role, content }) => ({ role, text: content })),
      max_tokens: max_completion_tokens ?? max_tokens ?? null,
      temperature: temperature ?? null,
      structured: schema !== undefined,
      at: Date.now(),
    };
    return replyTo(sandbox, c, dialect, { asked, schema, cache: true });
  });
  return app;
}
