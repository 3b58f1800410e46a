/** Fixed answers by keyword: whether a text is one of a workspace's keywords. */

export interface KeywordAnswer {
  id: string;
  keywords: readonly string[];
  match: "whole" | "starts" | "contains";
  channel: string | null;
  language: string | null;
  body: string | null;
  hand_off: boolean;
}

/** Without case, accents, punctuation and emoji, words one blank apart; `¿Horarios?` is `horarios`. */
export function plainWords(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/**
 * The first of these answers, in their order, that a burst of texts calls for. Each text counts on its own: `hola` and
 * then `horario` ask for the hours.
 */
export function findKeywordAnswer<Answer extends KeywordAnswer>(
  answers: readonly Answer[],
  burst: { texts: readonly string[]; channel: string; language: string | null },
): Answer | undefined {
  const texts = burst.texts.map(plainWords).filter((text) => text !== "");
  return answers.find(
    (answer) =>
      (answer.channel === null || answer.channel === burst.channel) &&
      (answer.language === null || burst.language === null || answer.language === burst.language) &&
      answer.keywords.some((keyword) => {
        const words = plainWords(keyword);
        return words !== "" && texts.some((text) => fits(text, words, answer.match));
      }),
  );
}

function fits(text: string, keyword: string, match: KeywordAnswer["match"]): boolean {
  if (match === "whole") return text === keyword;
  const words = ` ${text} `;
  return match === "starts" ? words.startsWith(` ${keyword} `) : words.includes(` ${keyword} `);
}
