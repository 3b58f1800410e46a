/** What the program asks of a language model, whoever runs it. */
import type { z } from "zod";
import type { ModelFault, ModelProvider } from "../../domain/language/providers.ts";
import type { TokenUsage } from "../../domain/language/prices.ts";

export interface LlmRequest<T> {
  model: string;
  /** The same for every call of a prompt: providers keep it in their caches. */
  system: string;
  /** Oldest first; the last one is the user's. */
  turns: readonly { role: "user" | "assistant"; text: string }[];
  /** The form of the answer; without it the answer is text. */
  object?: { name: string; schema: z.ZodType<T> };
  maxTokens: number;
  signal?: AbortSignal;
}

export interface LlmAnswer<T> {
  /** As the model wrote it. */
  text: string;
  /** Where an object was asked for. */
  object: T | undefined;
  usage: TokenUsage;
  /** Which model it was, as the provider names it. */
  model: string;
  /** Other ends than `stop` are errors. */
  finish: "stop";
}

/** How a call failed. Message and fields but `said` are free of what anybody wrote. */
export class LlmError extends Error {
  override readonly name = "LlmError";
  readonly fault: ModelFault;
  /** How long the provider asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** Tokens that were used all the same. */
  readonly usage: TokenUsage | undefined;
  /** An answer that cannot be used, and what is wrong with it: for asking again. Not for logs. */
  readonly said: { text: string; problem: string } | undefined;

  constructor(
    fault: ModelFault,
    message: string,
    more: { retryAfterMs?: number | undefined; usage?: TokenUsage; said?: LlmError["said"] } = {},
  ) {
    super(message);
    this.fault = fault;
    this.retryAfterMs = more.retryAfterMs;
    this.usage = more.usage;
    this.said = more.said;
  }
}

export interface LlmProvider {
  name: ModelProvider;
  /**
   * Asks once: whether to ask again is for the caller to say.
   * @throws LlmError; the signal's own reason where it was aborted
   */
  complete<T>(request: LlmRequest<T>): Promise<LlmAnswer<T>>;
}

/** Reads an object out of an answer, or says what is wrong with it. */
export function readObject<T>(schema: z.ZodType<T>, text: string, usage: TokenUsage): T {
  const wrong = (problem: string) =>
    new LlmError("invalid_answer", "The model's answer has not the form that was asked for", {
      usage,
      said: { text, problem },
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong("it is no JSON.");
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const problems = read.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join(".") || "the answer"}: ${message}`);
  throw wrong(`${problems.join("; ")}.`);
}
