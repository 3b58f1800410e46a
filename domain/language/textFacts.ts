/** What of a text must survive byte for byte, whoever rewrites it: what it refers to, promises and is bound to say. */
import { BAIT_WORDS, PRESSURE_WORDS } from "./banFactors.ts";

export const FACT_KINDS = ["variable", "link", "amount", "date", "code", "opt_out", "name"] as const;
export type FactKind = (typeof FACT_KINDS)[number];
/** `words` is the fact as it stands in the text, from `at` on. */
export type Fact = { kind: FactKind; words: string; at: number };

const VARIABLE = /\{\{|\}\}|\{[^{}]*\}/;
const ENDING = String.raw`[^\s.,;:!?)\]}»"'”’]`;
const LINK = new RegExp(
  String.raw`(?:https?:\/\/|www\.)\S*${ENDING}|[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+|\b(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|example|shop|store|app|link|page|site|online|edu|gob|gov|io|me|ly|gl|gd|us|uk|co|mx|br|ar|cl|pe|es|pt)\b(?:\/\S*${ENDING}|\/)?`,
);
const MONTHS =
  "january|february|march|april|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro";
const DAYS =
  "monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|segunda-feira|ter[çc]a-feira|quarta-feira|quinta-feira|sexta-feira";
const DATE = new RegExp(
  String.raw`\b\d{1,2}(?:st|nd|rd|th|º)?\s+(?:(?:of|de)\s+)?(?:${MONTHS})(?:,?\s+(?:del?\s+)?\d{4})?|\b(?:${MONTHS}|may)\s+\d{1,2}(?:st|nd|rd|th)?\b(?:,?\s+\d{4})?|\b(?:${MONTHS}|${DAYS})\b|\b\d{1,4}[/-]\d{1,2}(?:[/-]\d{1,4})?\b|\b\d{1,2}(?::\d{2}|h\d{0,2})(?:\s?(?:[ap]\.?\s?m\b\.?|h(?:rs)?\b))?|\b\d{1,2}\s?[ap]\.?m\b\.?`,
);
const AMOUNT =
  /(?:(?:R|US|MX|COL?)?[$€£¥]|\b(?:USD|COP|MXN|BRL|EUR)\b)\s?\d[\d.,]*\d|(?:(?:R|US|MX|COL?)?[$€£¥]|\b(?:USD|COP|MXN|BRL|EUR)\b)\s?\d|[+#]?\d[\d.,]*\d(?:\s?(?:%|€|£)|\s(?:USD|COP|MXN|BRL|EUR|pesos|reais|d[oó]lares|dollars|pounds|euros|mil(?:lones|h[oõ]es)?)\b)?|[+#]?\d(?:\s?%)?/;
const OPT_OUT =
  /(?:(?:reply|text|send|write|txt|responde|responda|respond[eé]|escribe|escriba|env[ií]a|env[ií]e|manda|mande|envie|escreva|digite)\s+(?:con\s+|with\s+|com\s+)?["“'«]?(?:stop|end|quit|unsubscribe|baja|salir|cancelar|alto|sair|parar)\b["”'»]?[^.!?\n{}]*|(?:stop|baja|sair|parar|salir)\s+(?:to\s+(?:opt|end|stop|unsubscribe)|para\s+(?:salir|no\s|darte|cancelar|sair|n[aã]o\s|parar))[^.!?\n{}]*|to\s+(?:opt[ -]?out|unsubscribe)[^.!?\n{}]*)/;
/** Letters and figures in one word. */
const CODE = /\b(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{3,}(?:-[a-z\d]+)*/;
const PRIVATE_USE = /[\uE000-\uF8FF]/;

/** One pattern, so that what is found first and longest has its place; in this order where two begin together. */
const PATTERN = new RegExp(
  [VARIABLE, LINK, OPT_OUT, DATE, CODE, AMOUNT, PRIVATE_USE].map(({ source }) => `(${source})`).join("|"),
  "giu",
);
const KINDS: readonly FactKind[] = ["variable", "link", "opt_out", "date", "code", "amount", "name"];

/** The facts of a text, in order; they do not overlap. */
export function factsOf(text: string): Fact[] {
  const facts: Fact[] = [];
  for (const match of text.matchAll(PATTERN)) {
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)] ?? "name";
    const words = kind === "opt_out" ? match[0].trimEnd() : match[0];
    facts.push({ kind, words, at: match.index });
  }
  for (const more of [keywordsOf, namesOf]) facts.push(...more(without(text, facts)));
  return facts.sort((a, b) => a.at - b.at);
}

/** The text with blanks where its facts are. */
function without(text: string, facts: readonly Fact[]): string {
  let left = text;
  for (const { words, at } of facts)
    left = left.slice(0, at) + " ".repeat(words.length) + left.slice(at + words.length);
  return left;
}

const KEYWORD =
  /(?<=(?<!\p{L})(?:[Tt]ext|TEXT|[Tt]xt|TXT|[Rr]eply|REPLY|[Ss]end|SEND|[Cc]ode|CODE|[CcEe]nv[ií][ae]|ENV[IÍ][AE]|[Rr]espond[ae]|RESPOND[AE]|[Ee]scrib[ae]|[Mm]and[ae]|[Ee]screva|[Dd]igite|[Cc][oó]digo|C[OÓ]DIGO|[Cc]up[oó]n|[Cc]upom)[:]? (?:con |with |com )?["“]?)\p{Lu}{2,}(?![\p{L}])/gu;

/** What to answer with, and codes without a figure: `Text CLAIM to …`, `code SUMMER`. */
const keywordsOf = (text: string): Fact[] =>
  [...text.matchAll(KEYWORD)].map(({ 0: words, index: at }) => ({ kind: "code", words, at }));

const WORD = /\p{L}[\p{L}\p{M}\p{N}'’-]*/gu;
const SENDER_BEFORE_COLON = /^\s*(\p{Lu}[\p{L}\p{N}' .&-]{1,30}):\s/u;
/** Written large without being anybody's name. */
const NO_NAMES =
  /^(?:I(?:['’]\w+)?|OK|[A-ZÁÉÍÓÚÑÇ]{1}|SMS|PIN|URL|Hi|Hello|Hey|Dear|Hola|Ol[aá]|Oi|Bom|Boa|Buen[oa]?s?|Estimad[oa]s?|Prezad[oa]s?|Usted|Ud|Sr|Sra|Dr|Dra|Mr|Mrs|Ms)$/u;

/**
 * Words written large inside a sentence, and whoever stands before a first colon. In a sentence that shouts, or is
 * written large word by word, nothing tells a name from any other word.
 */
function namesOf(text: string): Fact[] {
  const names: Fact[] = [];
  const colon = SENDER_BEFORE_COLON.exec(text)?.[1];
  if (colon !== undefined && !shouts(colon) && !baits(colon))
    names.push({ kind: "name", words: colon, at: text.indexOf(colon) });
  for (const sentence of text.matchAll(/[^.!?¡¿\n]+/gu)) {
    const words = [...sentence[0].matchAll(WORD)];
    if (shouts(sentence[0]) || titled(words.map(([word]) => word))) continue;
    const shouted = shoutedRuns(sentence[0]);
    for (const [position, { 0: word, index }] of words.entries()) {
      const at = sentence.index + index;
      if (position === 0 || !/^\p{Lu}/u.test(word) || NO_NAMES.test(word) || loud(word)) continue;
      const known = names.some((name) => at >= name.at && at < name.at + name.words.length);
      if (!known && !shouted.some(([from, to]) => index >= from && index < to))
        names.push({ kind: "name", words: word, at });
    }
  }
  return names;
}

/** Runs of capitals with a word that nobody is called. */
const shoutedRuns = (sentence: string): (readonly [number, number])[] =>
  [...sentence.matchAll(/(?<!\p{L})\p{Lu}[\p{Lu}'’]*(?:[ ,]+\p{Lu}[\p{Lu}'’]*)+(?!\p{L})/gu)]
    .filter(({ 0: run }) => run.split(/[ ,]+/).some(loud) || baits(run))
    .map(({ 0: run, index }) => [index, index + run.length] as const);

const baits = (words: string) => words.match(BAIT_WORDS) !== null || words.match(PRESSURE_WORDS) !== null;
/** Common words that advertisements write in capitals or large. */
const loud = (word: string) => baits(word) || LOUD.test(word);
const LOUD =
  /^(?:new|big|best|all|only|today|not|you|your|huge|sale|more|must|very|ever|here|todo|todos|toda|nuev[oa]|hoy|s[oó]lo|mejor|gran|muy|ahora|est[ea]|nadie|nunca|aqu[ií]|nov[oa]|hoje|tudo|melhor|muito|agora|n[aã]o|s[oó]|para|con|com|sin|sem|the|and)$/iu;

/** Whether most letters of a text are capitals; a single word is not enough to tell. */
export function shouts(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return letters >= 6 && (text.match(/\p{Lu}/gu)?.length ?? 0) / letters > 0.5;
}

function titled(words: readonly string[]): boolean {
  const long = words.filter((word) => word.length > 3);
  return long.length > 3 && long.filter((word) => /^\p{Lu}/u.test(word)).length / long.length > 0.75;
}

/** Facts taken out of a text for as long as others rewrite what is left; each stands as one private character. */
export type Masked = { masked: string; facts: readonly Fact[] };

const FIRST = 0xe000;
const MOST = 0xf8ff - FIRST;

export function mask(text: string): Masked {
  const facts = factsOf(text).slice(0, MOST);
  let masked = "";
  let end = 0;
  for (const [i, { words, at }] of facts.entries()) {
    masked += text.slice(end, at) + String.fromCharCode(FIRST + i);
    end = at + words.length;
  }
  return { masked: masked + text.slice(end), facts };
}

/** The text again, with its facts where their characters are. */
export const unmask = (masked: string, facts: readonly Fact[]): string =>
  masked.replace(/[\uE000-\uF8FF]/g, (sign) => facts[sign.charCodeAt(0) - FIRST]?.words ?? "");
