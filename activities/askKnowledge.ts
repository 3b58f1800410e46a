import { type AskKnowledge, answerFromKnowledge } from "../domain/language/answerFromKnowledge.ts";
import type { LanguageModels } from "../domain/language/asking.ts";
import { askWithWaits } from "./askWithWaits.ts";

/** Has questions answered from what a workspace knows by its model, where it has one. */
export const knowledgeAsker =
  (language: LanguageModels): AskKnowledge =>
  (workspaceId, question) =>
    askWithWaits((options) => answerFromKnowledge(language, workspaceId, question, options));
