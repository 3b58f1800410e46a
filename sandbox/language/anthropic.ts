import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { HttpBindings } from "@hono/node-server";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { type Dialect, replyTo } from "./reply.ts";

const TextBlock = z.looseObject({ type: z.literal("text"), text: z.string(), cache_control: z.unknown() });
const Content = z.union([z.string(), z.array(TextBlock)]);

const Body = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  system: Content.optional(),
  messages: z.array(z.looseObject({ role: z.enum(["user", "assistant"]), content: Content })).min(1),
  stream: z.literal(false).optional(),
  output_config: z
    .looseObject({
      format: z
        .looseObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) })
        .optional(),
    })
    .optional(),
});

const textOf = (content: z.infer<typeof Content> | undefined): string =>
  typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join("\n");

const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

const dialect: Dialect = {
  everyField: false,
  error: (status, message) => ({
    type: "error",
    error: { type: TYPES[status] ?? "api_error", message },
    request_id: `req_${randomUUID()}`,
  }),
  body: ({ asked, text, end, refusal, tokens }) => ({
    id: `msg_${randomUUID()}`,
    type: "message",
    role: "assistant",
    model: asked.model,
    content: text === "" ? [] : [{ type: "text", text, citations: null }],
    stop_reason: { done: "end_turn", refused: "refusal", cut_off: "max_tokens" }[end],
    stop_details: end === "refused" ? { type: "refusal", category: null, explanation: refusal } : null,
    stop_sequence: null,
    usage: {
      input_tokens: tokens.input,
      output_tokens: tokens.output,
      cache_creation_input_tokens: tokens.written,
      cache_read_input_tokens: tokens.cached,
      service_tier: "standard",
    },
  }),
};

/**
 * POST /v1/messages as Anthropic answers it, without streaming.
 * Source: https://platform.claude.com/docs/en/api/messages
 */
export function anthropicRoutes(sandbox: Sandbox): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post("/messages", async (c) => {
    const refuse = (status: 400 | 401, message: string) =>
      c.json(dialect.error(status, message) as object, status);
    const key = c.req.header("authorization")?.replace(/^Bearer /, "") ?? c.req.header("x-api-key");
    if (!key) return refuse(401, "x-api-key header is required");
    if (!c.req.header("anthropic-version")) return refuse(400, "anthropic-version: header is required");
    const body = Body.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return refuse(400, z.prettifyError(body.error));
    const { model, max_tokens, system, messages, output_config } = body.data;
    if (messages[0]?.role !== "user" || messages.at(-1)?.role !== "user")
      return refuse(400, "messages: the first and the last message must be the user's");
    const schema = output_config?.format?.schema;
    const asked = {
      provider: "anthropic" as const,
      model,
      system: textOf(system),
      turns: messages.map(({ role, content }) => ({ role, text: textOf(content) })),
      max_tokens,
      temperature: null,
      structured: schema !== undefined,
      at: Date.now(),
    };
    const cache = Array.isArray(system) && system.some(({ cache_control }) => cache_control != null);
    return replyTo(sandbox, c, dialect, { asked, schema, cache });
  });
  return app;
}
