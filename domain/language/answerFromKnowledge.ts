import { faultOfAnswer } from "./answerFaults.ts";
import type { AnswerTone } from "./answerTone.ts";
import type { AskOptions, LanguageModels } from "./asking.ts";
import type { Language } from "./language.ts";
import { type ModelAnswer, answerQuestionPrompt } from "./prompts/answerQuestion.ts";

/** What somebody asks, and what a workspace knows about it. */
export interface KnowledgeQuestion {
  text: string;
  language: Language;
  tone: AnswerTone;
  entries: readonly { id: string; question: string; answer: string }[];
  /** The person's, which a workspace may want kept from models. */
  names: readonly string[];
}

/** What a workspace's knowledge comes to for a question; without a text, that a person should answer it. */
export interface KnowledgeAnswer {
  by: "knowledge" | "model";
  body: string | null;
  entryIds: readonly string[];
  model: string | null;
}

const NAMES: Readonly<Record<Language, string>> = { en: "English", es: "Spanish", pt: "Portuguese" };

/** Has the workspace's model answer from these entries alone; undefined where there is none, or it may not be heard. */
export async function answerFromKnowledge(
  language: LanguageModels,
  workspaceId: string,
  { text, language: tongue, tone, entries, names }: KnowledgeQuestion,
  options?: AskOptions,
): Promise<KnowledgeAnswer | undefined> {
  const used = (answer: ModelAnswer) => entries.filter((_, at) => answer.entries.includes(at + 1));
  const asked = await language.ask(
    workspaceId,
    {
      feature: "auto_response" as const,
      prompt: answerQuestionPrompt,
      told: `Answer in ${NAMES[tongue]}. Tone: ${tone}.`,
      said: [
        ...entries.map(({ question, answer }, at) => ({
          label: `entry ${at + 1}`,
          text: `${question}\n${answer}`,
        })),
        { label: "what the person wrote", text },
      ],
      names,
      check: (answer) =>
        answer.decision === "hand_over"
          ? undefined
          : faultOfAnswer(
              answer.answer,
              used(answer).map((entry) => `${entry.question}\n${entry.answer}`),
            ),
    },
    options,
  );
  if (asked.by === "rules") return undefined;
  const { answer, model } = asked;
  return answer.decision === "hand_over"
    ? { by: "model", body: null, entryIds: entries.map(({ id }) => id), model }
    : { by: "model", body: answer.answer.trim(), entryIds: used(answer).map(({ id }) => id), model };
}

/** Asks whatever model a workspace has. */
export type AskKnowledge = (
  workspaceId: string,
  question: KnowledgeQuestion,
) => Promise<KnowledgeAnswer | undefined>;
