import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { called } from "./faults.ts";
import { LlmError, type LlmProvider, readObject } from "./llm.ts";

/**
 * Models of OpenAI's Chat Completions API, and of servers that speak its language: Ollama's compatible endpoint takes
 * the same requests but knows `max_tokens` only.
 * Sources: https://platform.openai.com/docs/api-reference/chat, https://docs.ollama.com/api/openai-compatibility
 */
export function openaiModel(on: {
  name: "openai" | "ollama";
  apiKey: string;
  baseUrl: string | null;
  timeoutMs: number;
  /** Not sent unless given: some models take none. */
  temperature: number | undefined;
}): LlmProvider {
  const client = new OpenAI({
    apiKey: on.apiKey,
    baseURL: on.baseUrl,
    maxRetries: 0,
    timeout: on.timeoutMs,
    logLevel: "off",
  });
  return {
    name: on.name,
    async complete({ model, system, turns, object, maxTokens, signal }) {
      const completion = await called({ timeoutMs: on.timeoutMs, signal }, (limit) =>
        client.chat.completions.create(
          {
            model,
            messages: [
              { role: "system", content: system },
              ...turns.map(({ role, text }) => ({ role, content: text })),
            ],
            ...(on.name === "ollama" ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens }),
            ...(on.temperature !== undefined && { temperature: on.temperature }),
            ...(object !== undefined && { response_format: zodResponseFormat(object.schema, object.name) }),
          },
          { signal: limit },
        ),
      );
      const [choice] = completion.choices;
      const cacheRead = completion.usage?.prompt_tokens_details?.cached_tokens ?? 0;
      const usage = {
        input: (completion.usage?.prompt_tokens ?? 0) - cacheRead,
        cacheWrite: 0,
        cacheRead,
        output: completion.usage?.completion_tokens ?? 0,
      };
      const text = choice?.message.content ?? "";
      if (choice?.message.refusal != null || choice?.finish_reason === "content_filter")
        throw new LlmError("refused", "The model refuses to answer this", { usage });
      if (choice?.finish_reason === "length")
        throw new LlmError("cut_off", "The model's answer was cut off", { usage });
      if (choice?.finish_reason !== "stop")
        throw new LlmError("invalid_answer", "The model ended in a way that was not asked for", { usage });
      return {
        text,
        object: object && readObject(object.schema, text, usage),
        usage,
        model: completion.model,
        finish: "stop",
      };
    },
  };
}
