/** Whether a rewritten text still says what the first one did: nothing lost, nothing made up. */
import { type Fact, type FactKind, factsOf } from "./textFacts.ts";

const CALLED: Readonly<Record<FactKind, string>> = {
  variable: "the variable",
  link: "the link",
  amount: "the figure",
  date: "the date",
  code: "the code",
  opt_out: "the opt-out notice",
  name: "the name",
};
/** What nobody may add. A date or a notice may be said in other words, so those are held only to be kept. */
const NEVER_NEW: readonly FactKind[] = ["variable", "link", "amount", "code"];

type Greeted = { contactName?: string | undefined; instead?: string | undefined };

/**
 * What is wrong with a rewritten text, in sentences; none: it may go out. Each fact of the original has to stand in it
 * as often as before, byte for byte; variables, links, figures and codes of its own it may not have. `translated`: words of
 * dates and the opt-out notice may be said in the other language, the notice's keyword excepted. `instead`: the name that
 * was greeted in place of `contactName`, which may go.
 */
export function faultsOf(
  original: string,
  rewritten: string,
  { contactName, instead, translated = false }: Greeted & { translated?: boolean } = {},
): string[] {
  if (rewritten.trim() === "") return ["The rewritten text is empty."];
  const before = factsOf(original).map((fact) => (translated ? abroad(fact) : fact));
  const lost = before
    .filter(({ kind, words }) => {
      const wanted = countOf(original, words) - (kind === "name" && words === instead ? 1 : 0);
      return words !== "" && countOf(rewritten, words) < wanted;
    })
    .map(({ kind, words }) => `It lost ${CALLED[kind]} ${words}.`);
  const known = `${original}\n${contactName ?? ""}`;
  const added = factsOf(rewritten)
    .filter(({ kind, words }) => NEVER_NEW.includes(kind) && !known.includes(words))
    .map(({ kind, words }) => `It added ${CALLED[kind]} ${words}, which the original does not have.`);
  const more = before
    .filter(({ kind, words }) => kind === "variable" && countOf(rewritten, words) > countOf(original, words))
    .map(({ words }) => `It has the variable ${words} more often than the original.`);
  return [...new Set([...lost, ...added, ...more])];
}

const countOf = (text: string, words: string) => text.split(words).length - 1;

const KEYWORD = /\b(?:stop|end|quit|unsubscribe|baja|salir|cancelar|alto|sair|parar)\b/iu;

function abroad(fact: Fact): Fact {
  if (fact.kind === "opt_out") return { ...fact, words: KEYWORD.exec(fact.words)?.[0] ?? "" };
  if (fact.kind === "date")
    return {
      ...fact,
      words: /^[\d/.:-]+$/.test(fact.words) ? fact.words : (/\d+/.exec(fact.words)?.[0] ?? ""),
    };
  return fact;
}
