import type { Asked, LanguageModels, Question } from "../domain/language/asking.ts";

/**
 * A model that answers by what it is asked, and is checked as a real one is: a wrong answer is asked for once more, then
 * it is left to the rules. `undefined`: it fails at once.
 */
export function scriptedLanguage<A>(answer: (question: Question<A>, n: number) => A | undefined) {
  const asked: Question<A>[] = [];
  const language: LanguageModels = {
    ask<T>(_: string, question: Question<T>): Promise<Asked<T>> {
      for (let tries = 0; tries < 2; tries++) {
        asked.push(question as unknown as Question<A>);
        const given = answer(question as unknown as Question<A>, asked.length) as T | undefined;
        if (given === undefined)
          return Promise.resolve({ by: "rules", fallback_from: "openai", reason: "unreachable" });
        if (question.check?.(given) === undefined)
          return Promise.resolve({ by: "openai", model: "gpt-5.4-mini", answer: given });
      }
      return Promise.resolve({ by: "rules", fallback_from: "openai", reason: "not_allowed" });
    },
  };
  return { language, asked };
}
