/** A text in another tone and without what raises its risk, by rules: docs/language.md. */
import { riskOfText } from "./banRisk.ts";
import { calmed } from "./calmWords.ts";
import { languageOf } from "./classify.ts";
import { goingOn, greetable, greetingOf } from "./greeting.ts";
import type { Language } from "./language.ts";
import { faultsOf } from "./rewriteCheck.ts";
import { mask, type Masked, unmask } from "./textFacts.ts";
import { fewerEmoji, hushed, lowered, tidied } from "./textStyle.ts";
import { ALLOWED, HELLO, HELLO_TO_ANYBODY, IN_TIME, OTHER_HELLOS, type Tone, voiced } from "./tones.ts";

export type RewriteRequest = {
  /** With {variables} where it is a template. */
  message: string;
  /** Whom the text greets. */
  contact_name?: string | undefined;
  tone: Tone;
  /** None: as the text is. */
  language?: Language | undefined;
};

export type Rewritten = {
  original: string;
  rewritten: string;
  tone: Tone;
  provider: "rules";
  /** What was done, and why something was not; sentences for whoever reads the text next. */
  changes: string[];
};

/** Where a text shows no language. */
const USUAL: Language = "es";

/**
 * Rewrites a text by rules. Pure. What must survive does (rewriteCheck.ts), and the ban risk never rises: of the ways
 * to say it, from the one with most of the tone to the text as it was, the first that holds to both is taken. Only a
 * greeting by name may cost a few points where nothing else would greet.
 */
export function rewriteByRules({ message, contact_name, tone, language }: RewriteRequest): Rewritten {
  const own = languageOf(message) ?? language ?? USUAL;
  const name = contact_name === undefined ? undefined : greetable(contact_name);
  const notes: string[] = [];
  if (language !== undefined && language !== own)
    notes.push(`Rules do not translate: the text stays in ${CALLED[own]}.`);
  if (contact_name !== undefined && name === undefined)
    notes.push("Nobody is greeted: the name given has signs that no name has.");
  const before = riskOfText(message).risk_score;
  const answer = (rewritten: string, changes: string[]): Rewritten => ({
    original: message,
    rewritten,
    tone,
    provider: "rules",
    changes: [...changes, ...notes],
  });
  for (const quiet of [quieted(message, tone, own), quieted(message, tone, own, false)])
    for (const dressing of dressings(tone, own, name)) {
      const { text, done, instead } = dressed(quiet, dressing);
      const rewritten = unmask(text, quiet.facts);
      if (faultsOf(message, rewritten, { contactName: name, instead }).length > 0) continue;
      const after = riskOfText(rewritten).risk_score;
      if (after > before + (dressing.allows ?? 0) || (rewritten === message && quiet.changes.length > 0))
        continue;
      const fell = after < before ? [`Ban risk: ${after}, was ${before}.`] : [];
      return answer(rewritten, [...quiet.changes, ...done, ...fell]);
    }
  return answer(message, ["Left as it was: by rules nothing else keeps all facts without more risk."]);
}

const CALLED: Readonly<Record<Language, string>> = { en: "English", es: "Spanish", pt: "Portuguese" };

type Quieted = Masked & { text: string; changes: string[] };

/** The text without what is loud in it; the words themselves only where it `calms`. */
function quieted(message: string, tone: Tone, language: Language, calms = true): Quieted {
  const { masked, facts } = mask(message);
  const small = lowered(masked);
  const { text: calm, loud } = calms ? calmed(small, language) : { text: small, loud: [] };
  const voice = voiced(calm, tone, language);
  const few = fewerEmoji(voice, ALLOWED[tone].emoji);
  const quiet = hushed(few, ALLOWED[tone].exclamations);
  const changes = [
    small !== masked && "Wrote capitals small.",
    loud.length > 0 && `Said calmly: ${loud.join(", ")}.`,
    voice !== calm && `Chose ${tone} words.`,
    few !== voice && "Took out emoji.",
    quiet !== few && "Took out exclamation and question marks.",
  ].filter((change) => change !== false);
  return { masked, facts, text: tidied(quiet), changes };
}

type Dressing = {
  tone: Tone;
  language: Language;
  name?: string;
  hello?: string;
  opener: string;
  allows?: number;
};

/** What a greeting by name may add to the risk. */
const GREETING_POINTS = 3;

/** From the one with most of the tone on; other hellos come before none. */
function dressings(tone: Tone, language: Language, name: string | undefined): Dressing[] {
  const opener = tone === "urgent" ? IN_TIME[language] : "";
  const plain = { tone, language, ...(name !== undefined && { name }) };
  const own = HELLO[language][tone];
  const hellos =
    name === undefined
      ? [HELLO_TO_ANYBODY[language]]
      : [own, ...OTHER_HELLOS[language]].map((of) => of(name));
  return [
    ...hellos.map((hello) => ({ ...plain, hello, opener })),
    ...(opener === "" ? [] : hellos.map((hello) => ({ ...plain, hello, opener: "" }))),
    ...(name === undefined ? [] : hellos).map((hello) => ({
      ...plain,
      hello,
      opener: "",
      allows: GREETING_POINTS,
    })),
    { ...plain, opener: "" },
  ];
}

/** `instead`: who was greeted before. */
type Dressed = { text: string; done: string[]; instead?: string };

/** Greeted, and opened as the tone wants it. */
function dressed({ text, facts }: Quieted, { tone, name, hello, opener }: Dressing): Dressed {
  const { greets, name: other, rest } = greetingOf(text, facts);
  const greeted = greets === "variable" || (greets === "name" && (name === undefined || name === other));
  if (hello === undefined || greeted) return { text, done: [] };
  if (name === undefined && opener === "" && (tone !== "friendly" || greets !== "nobody"))
    return { text, done: [] };
  const said = name === undefined && greets === "nobody" && tone !== "friendly" ? "" : hello;
  const done = [
    name !== undefined && "Greets the contact by name.",
    name === undefined && greets === "nobody" && said !== "" && "Greets.",
    opener !== "" && "Says that time is short, without pressing.",
  ].filter((one) => one !== false);
  return {
    text: joined(said, [opener, rest].filter(Boolean).join(" ")),
    done,
    ...(greets === "name" && other !== undefined && { instead: other }),
  };
}

/** A greeting that ends in a comma ends in a full stop where what follows has to begin large. */
function joined(hello: string, rest: string): string {
  const on = hello.endsWith(",") ? goingOn(rest) : undefined;
  return on === undefined ? tidied(`${hello.replace(/,$/, ".")} ${rest}`) : `${hello} ${on}`;
}
