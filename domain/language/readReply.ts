import type { AskOptions, LanguageModels } from "./asking.ts";
import { classifyReply, type Reply, type ReplyReading } from "./classify.ts";
import { type JoinedReading, joinReading } from "./modelReading.ts";
import { classifyReplyPrompt } from "./prompts/classifyReply.ts";
import type { FallbackReason, ModelProvider } from "./providers.ts";

/** A reading, and, where the rules had to give it, instead of whom and why. */
export type ReadReplyAnswer = (ReplyReading | JoinedReading) & {
  fallback_from?: ModelProvider;
  reason?: FallbackReason;
};

/**
 * Reads a reply by the workspace's model within what the rules have decided, and by the rules where there is none.
 * @param names the person's, which a workspace may want kept from models
 */
export async function readReply(
  language: LanguageModels,
  workspaceId: string,
  { names, ...reply }: Reply & { names?: readonly string[] | undefined },
  options?: AskOptions,
): Promise<ReadReplyAnswer> {
  const rules = classifyReply(reply);
  const { reply_text, original_message } = reply;
  const question = {
    feature: "classification" as const,
    prompt: classifyReplyPrompt,
    said: [
      ...(original_message === undefined
        ? []
        : [{ label: "the business's message", text: original_message }]),
      { label: "the reply", text: reply_text },
    ],
    names,
  };
  const asked = await language.ask(workspaceId, question, options);
  if (asked.by === "rules") {
    const { by: _, ...instead } = asked;
    return { ...rules, ...instead };
  }
  return joinReading(rules, asked.answer, { provider: asked.by, model: asked.model }, reply_text);
}
