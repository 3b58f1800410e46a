/** Signs by which carriers and people take a text for spam, each with its points. */

export type Factor = {
  name:
    | "shouting"
    | "punctuation"
    | "bait"
    | "links"
    | "shortener"
    | "money"
    | "premium_number"
    | "urgency"
    | "length"
    | "no_opt_out"
    | "no_sender"
    | "no_personalisation";
  points: number;
  /** In a sentence, with its figure. */
  says: string;
  /** What would take the points away. */
  advice: string;
};

/** Words that promise what nobody gives. */
export const BAIT_WORDS =
  /\b(?:free|win|winner|won|prize|cash|claim|guaranteed?|congratulations|bonus|exclusive|selected|risk[ -]free|no cost|miracle|cheap(?:est)?|best price|click here|act now|buy now|order now|earn|discounts?|offer|deal|viagra|casino|loans?|ringtones?|gratis|ganaste|gana|ganador|premio|felicidades|garantizad\w|regalo|exclusiv\w|haz clic|clic aqu[ií]|compra ya|descuentos?|oferta|promo\w*|remate|pr[eé]stamos?|gr[aá]tis|ganhe|ganhou|pr[eê]mio|parab[eé]ns|garantid\w|brinde|clique aqui|compre j[aá]|descontos?|empr[eé]stimos?|sorteio)\b/giu;
/** Words that press. */
export const PRESSURE_WORDS =
  /\b(?:urgent|hurry|last chance|limited time|only today|today only|expires?|now|immediately|final notice|don'?t miss|while stocks last|urgente|[uú]ltim[ao]s?(?: oportunidad| unidades| chance| dias?)?|s[oó]lo hoy|s[oó] hoje|tiempo limitado|tempo limitado|ya|aprovecha|corre|no te lo pierdas|n[aã]o perca|j[aá]|corra|antes que)\b/giu;
const LINK = /(?:https?:\/\/|www\.)\S+|\b[a-z0-9-]+\.(?:com|net|org|co\.uk|info|biz|mx|br|ly)\b(?:\/\S*)?/giu;
/** Hosts that hide where a link leads. */
export const SHORTENER =
  /\b(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|cutt\.ly|rb\.gy|rebrand\.ly|shorturl\.at|t\.ly|n9\.cl|acortar\.link|encurtador\.com\.br)\b/giu;
const MONEY =
  /(?:[$£€]|r\$|usd|cop|mxn)\s?\d[\d.,]*|\d[\d.,]*\s?(?:pounds|dollars|pesos|reais|d[oó]lares)\b|\b\d+\s?p(?:\/| per )?/giu;
const PREMIUM =
  /\b0[89]\d{7,}\b|\b(?:text|txt|send|reply|env[ií]a|mande?|envie)\s+\S+\s+(?:to|al?|para)\s+\d{4,6}\b/giu;
const OPT_OUT = /\b(?:stop|unsubscribe|opt[ -]?out|baja|salir|cancelar|sair|parar|descadastr\w+)\b/iu;
const SENDER =
  /\b(?:this is|it'?s|i'?m|i am|from|soy|somos|le escribe|te escribe|te saluda|habla|aqu[ií] es|aqui [eé]|sou|somos)\s+(?:(?:a|o|de|da|do|the|el|la)\s+)?\p{Lu}[\p{L}'.]+|^\p{Lu}[\p{L}' .&]{2,30}:/u;
const PERSON =
  /\{\w+(?:\|[^}]*)?\}|^[¡\s]*(?:hi|hello|hey|dear|hola|estimad[oa]|buen[oa]s (?:d[ií]as|tardes)|ol[aá]|oi|bom dia|boa tarde)[, ]+\p{Lu}\p{Ll}+/iu;

const found = (text: string, pattern: RegExp) => text.match(pattern) ?? [];

/** A text sells something: only then a notice, a name and a greeting are to be expected. */
const sells = (text: string) =>
  new Set([...found(text, BAIT_WORDS), ...found(text, LINK), ...found(text, MONEY)]).size > 0;

/** The factors of a text, most points first. `likely` is what the spam model thinks of it, 0–1. */
export function factorsOf(text: string, likely: number): Factor[] {
  const factors = [
    ...styleOf(text),
    ...wordsOf(text),
    ...(sells(text) && likely > 0.1 ? missingFrom(text) : []),
  ];
  return factors.sort((a, b) => b.points - a.points);
}

function styleOf(text: string): Factor[] {
  const letters = found(text, /\p{L}/gu).length;
  const capitals = letters < 12 ? 0 : Math.round((100 * found(text, /\p{Lu}/gu).length) / letters);
  const marks = found(text, /[!?]/gu).length;
  const runs = found(text, /[!?]{2,}/gu).length;
  const factors: Factor[] = [];
  if (capitals > 30)
    factors.push({
      name: "shouting",
      points: capitals > 60 ? 12 : 8,
      says: `Shouting: ${capitals} % capitals`,
      advice: "Write in small letters, with capitals only where a sentence or a name begins.",
    });
  if (marks > 2 || runs > 0)
    factors.push({
      name: "punctuation",
      points: Math.min(10, 2 * marks),
      says: `Loud punctuation: ${marks} exclamation or question marks`,
      advice: "At most one exclamation mark.",
    });
  if (text.length > 320)
    factors.push({
      name: "length",
      points: text.length > 640 ? 6 : 3,
      says: `Long text: ${text.length} characters (limit 320)`,
      advice: "Below 320 characters.",
    });
  return factors;
}

function wordsOf(text: string): Factor[] {
  const distinct = (pattern: RegExp) => [...new Set(found(text, pattern).map((word) => word.toLowerCase()))];
  const [bait, urgent, links] = [distinct(BAIT_WORDS), distinct(PRESSURE_WORDS), distinct(LINK)];
  const [short, money, premium] = [distinct(SHORTENER), distinct(MONEY), distinct(PREMIUM)];
  const listed = (words: readonly string[]) => words.slice(0, 5).join(", ");
  const factors: (Factor | false)[] = [
    bait.length > 0 && {
      name: "bait",
      points: Math.min(16, 4 * bait.length),
      says: `Bait words: ${listed(bait)}`,
      advice: "Say what it is and what it costs in place of bait words.",
    },
    urgent.length > 0 && {
      name: "urgency",
      points: Math.min(6, 2 * urgent.length),
      says: `Pressure: ${listed(urgent)}`,
      advice: "Name the date until when it holds.",
    },
    links.length > 0 && {
      name: "links",
      points: Math.min(8, 4 * links.length),
      says: `Links: ${links.length}`,
      advice: "One link at most, to your own domain.",
    },
    short.length > 0 && {
      name: "shortener",
      points: 10,
      says: `Link shortener: ${listed(short)}`,
      advice: "Use a link of your own domain: carriers block public shorteners.",
    },
    money.length > 0 && {
      name: "money",
      points: Math.min(6, 3 * money.length),
      says: `Amounts of money: ${money.length}`,
      advice: "One amount at most.",
    },
    premium.length > 0 && {
      name: "premium_number",
      points: 8,
      says: `Premium numbers or short codes: ${premium.length}`,
      advice: "Let people answer the message itself.",
    },
  ];
  return factors.filter((factor) => factor !== false);
}

function missingFrom(text: string): Factor[] {
  const factors: (Factor | false)[] = [
    !OPT_OUT.test(text) && {
      name: "no_opt_out",
      points: 3,
      says: "No opt-out notice",
      advice: "End with how to opt out, such as “Reply STOP” or “Responde BAJA”.",
    },
    !SENDER.test(text) && {
      name: "no_sender",
      points: 3,
      says: "The sender is not named",
      advice: "Say who writes, with the name of the business.",
    },
    !PERSON.test(text) && {
      name: "no_personalisation",
      points: 2,
      says: "Nobody is addressed by name",
      advice: "Greet the person, such as “Hola {name|amigo}”.",
    },
  ];
  return factors.filter((factor) => factor !== false);
}
