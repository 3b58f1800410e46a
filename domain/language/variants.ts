/** Several wordings of one campaign text, so that a number does not say the same thing to everybody: by rules. */
import { riskOfText, type RiskLevel } from "./banRisk.ts";
import { languageOf } from "./classify.ts";
import { greetingOf } from "./greeting.ts";
import { rewriteByRules } from "./rewrite.ts";
import { faultsOf } from "./rewriteCheck.ts";
import { type Signature, signatureOf, similarityOf } from "./similarity.ts";
import { type Masked, mask, unmask } from "./textFacts.ts";
import { TONES, type Tone } from "./tones.ts";
import { CLOSERS, OPENERS } from "./variantPhrases.ts";

/** Two wordings are less alike than this, as the ban risk of a sender measures it. */
export const ALIKE_FROM = 0.7;

export type Variant = { body: string; tone: Tone; risk_score: number; risk_level: RiskLevel };

/**
 * At most `n` wordings of a text: each has all its facts and no more risk, and any two of them, and of `beside`, are
 * less than 70 % alike. Fewer where rules find no more, as for texts that are long.
 */
export function variantsOf(
  message: string,
  n: number,
  { tone, beside = [] }: { tone?: Tone | undefined; beside?: readonly string[] } = {},
): Variant[] {
  const wordings = wordingsOf(message, beside);
  for (const candidate of candidatesOf(message, tone === undefined ? TONES : [tone])) {
    if (wordings.taken.length >= n) break;
    wordings.take(candidate);
  }
  return wordings.taken;
}

/** Wordings of a text as they are found, whoever has found them: each is held against the text and all before it. */
export function wordingsOf(message: string, beside: readonly string[]) {
  const signatures: Signature[] = beside.map(signatureOf);
  const { risk_score: before } = riskOfText(message);
  const taken: Variant[] = [];
  return {
    taken,
    /** Takes one, or says in sentences what is wrong with it. `allowed`: risk that it may have, however calm the text is. */
    take({ body, tone }: Pick<Variant, "body" | "tone">, allowed = 0): string[] {
      const signature = signatureOf(body);
      if (signatures.some((other) => similarityOf(signature, other) >= ALIKE_FROM))
        return [`It is ${Math.round(100 * ALIKE_FROM)} % or more like another one.`];
      const faults = faultsOf(message, body);
      if (faults.length > 0) return faults;
      const { risk_score, risk_level } = riskOfText(body);
      if (risk_score > Math.max(before, allowed))
        return [`Its ban risk is ${risk_score}, that of the message ${before}.`];
      signatures.push(signature);
      taken.push({ body, tone, risk_score, risk_level });
      return [];
    },
  };
}

/** Every opener with every closer, each pair in one tone after the other; neighbours share neither. */
function* candidatesOf(message: string, tones: readonly Tone[]): Generator<{ body: string; tone: Tone }> {
  const language = languageOf(message) ?? "es";
  const [openers, closers] = [OPENERS[language], CLOSERS[language]];
  const bases = tones.map((tone) => ({ tone, ...mask(rewriteByRules({ message, tone }).rewritten) }));
  for (let shift = 0; shift < closers.length; shift++)
    for (const [i, opener] of openers.entries()) {
      const base = bases[(i + shift) % bases.length] as (typeof bases)[number];
      const closer = closers[(i + shift) % closers.length] ?? "";
      yield { body: unmask(framed(base, opener, closer), base.facts), tone: base.tone };
    }
}

/** The opener behind the greeting, the closer before an opt-out notice that ends the text. */
function framed({ masked, facts }: Masked, opener: string, closer: string): string {
  const { rest } = greetingOf(masked, facts);
  const hello = masked.slice(0, masked.length - rest.length).trim();
  const begun =
    opener === "" ? masked : [hello.replace(/,$/, "."), opener, upper(rest)].filter(Boolean).join(" ");
  if (closer === "") return begun;
  const last = facts.at(-1);
  const notice =
    last?.kind === "opt_out" ? begun.lastIndexOf(String.fromCharCode(0xe000 + facts.length - 1)) : -1;
  if (notice < 0 || !/^.[.!]?\s*$/u.test(begun.slice(notice))) return `${ended(begun)} ${closer}`;
  return `${ended(begun.slice(0, notice).trim())} ${closer} ${begun.slice(notice)}`;
}

const upper = (text: string) =>
  text.replace(
    /^([¡¿]*)(\p{Ll})(?!\p{Lu})/u,
    (_, signs: string, letter: string) => signs + letter.toUpperCase(),
  );
const ended = (text: string) => (/[.!?…]$/.test(text) || text === "" ? text : `${text}.`);

/** Which of so many wordings a person gets: always the same one, and each about as often as the others. */
export function variantAt(campaignId: string, contactId: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const sign of `${campaignId}:${contactId}`) hash = Math.imul(hash ^ sign.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % count;
}
