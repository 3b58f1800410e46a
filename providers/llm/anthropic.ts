import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { called } from "./faults.ts";
import { LlmError, type LlmProvider, readObject } from "./llm.ts";

/**
 * Claude by Anthropic's Messages API. The system prompt is kept in the provider's cache; an object is asked for as a
 * structured output. It is sent no temperature: the API's types have none.
 * Source: https://platform.claude.com/docs/en/api/messages
 */
export function anthropicModel(on: {
  apiKey: string;
  baseUrl: string | null;
  timeoutMs: number;
}): LlmProvider {
  // Retries are Temporal's: each of the SDK's own would only make one try last longer.
  const client = new Anthropic({
    apiKey: on.apiKey,
    baseURL: on.baseUrl,
    maxRetries: 0,
    timeout: on.timeoutMs,
    logLevel: "off",
  });
  return {
    name: "anthropic",
    async complete({ model, system, turns, object, maxTokens, signal }) {
      const message = await called({ timeoutMs: on.timeoutMs, signal }, (limit) =>
        client.messages.create(
          {
            model,
            max_tokens: maxTokens,
            system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
            messages: turns.map(({ role, text }) => ({ role, content: text })),
            ...(object !== undefined && { output_config: { format: zodOutputFormat(object.schema) } }),
          },
          { signal: limit },
        ),
      );
      const usage = {
        input: message.usage.input_tokens,
        cacheWrite: message.usage.cache_creation_input_tokens ?? 0,
        cacheRead: message.usage.cache_read_input_tokens ?? 0,
        output: message.usage.output_tokens,
      };
      const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
      // Before anything is parsed: a refusal or half an answer may look like one.
      switch (message.stop_reason) {
        case "refusal":
          throw new LlmError("refused", "The model refuses to answer this", { usage });
        case "max_tokens":
        case "model_context_window_exceeded":
          throw new LlmError("cut_off", "The model's answer was cut off", { usage });
        case "end_turn":
        case "stop_sequence":
          break;
        default:
          throw new LlmError("invalid_answer", "The model ended in a way that was not asked for", { usage });
      }
      return {
        text,
        object: object && readObject(object.schema, text, usage),
        usage,
        model: message.model,
        finish: "stop",
      };
    },
  };
}
