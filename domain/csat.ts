/** A person's rating from 1 to 5, read from what they answer to "how satisfied were you?". */

/** What a rating may be called in English, Spanish and Portuguese. */
const NUMBER_WORDS: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  un: 1,
  uno: 1,
  una: 1,
  dos: 2,
  tres: 3,
  cuatro: 4,
  cinco: 5,
  um: 1,
  uma: 1,
  dois: 2,
  duas: 2,
  quatro: 4,
};

/** Words that are articles where a number follows: "un 4", "um cinco". */
const ARTICLES = new Set(["un", "una", "um", "uma"]);

/** Words beside a rating that make it nothing else; any other word could make "a las 5" or "5 personas" of it. */
const BESIDE = new Set(
  [
    "a an the my rating score is its it was stars star points point give you i id id say thanks thank very good great",
    "excellent perfect all out of over",
    "mi la el calificacion nota puntaje puntuacion es fue estrella estrellas punto puntos le te les doy pongo seria",
    "gracias muchas muy bien bueno buena excelente perfecto perfecta todo sobre de por su servicio atencion",
    "minha meu a o nota foi estrela estrelas ponto pontos dou obrigado obrigada muito bom boa otimo otima perfeito tudo",
    "atendimento hola hi hello ola",
  ]
    .join(" ")
    .split(" "),
);

/** Longer texts tell a story, in which a figure may mean anything. */
const LONGEST = 300;

/**
 * The rating in a reply, or undefined where it has none, or more than one: "5", "⭐⭐⭐⭐", "4/5", "un cuatro, gracias",
 * "5. Muy amable Laura"; not "a las 5", "5 personas", "10", "3 o 4".
 */
export function parseCsat(text: string): 1 | 2 | 3 | 4 | 5 | undefined {
  if (text.length > LONGEST) return undefined;
  const stars = text.match(/[⭐★🌟]/gu)?.length ?? 0;
  const plain = text
    .normalize("NFKD")
    // A figure on a key or in a circle is that figure; what is left of the key goes with the accents.
    .replace(/[\p{M}\u20e3]/gu, "")
    .toLowerCase()
    .trim();
  const opening = /^\(?([1-5])\)?(?:\s*\/\s*5)?(?:\s*[.,;:!)\n–—-]|\s*$)(?!\d)/.exec(plain);
  const rest = opening === null ? plain : plain.slice(opening[0].length);
  const figures = [...rest.replace(/(?:\/|\bde|\bout of|\bsobre)\s*5\b/g, " ").matchAll(/\d+(?:[.,]\d+)?/g)];
  if (opening !== null) return figures.length === 0 && stars === 0 ? rated(Number(opening[1])) : undefined;
  if (stars > 0) return figures.length === 0 && onlyBeside(wordsOf(plain)) ? rated(stars) : undefined;
  const words = wordsOf(plain.replace(/(?:\/|\bde|\bout of|\bsobre)\s*(?:5|five|cinco)\b/g, " "));
  const numbers = words.filter((word, index) => isNumber(word, words[index + 1]));
  const [only] = numbers;
  if (only === undefined || numbers.length > 1) return undefined;
  if (!onlyBeside(words.filter((word) => word !== only))) return undefined;
  return rated(NUMBER_WORDS[only] ?? Number(only));
}

const wordsOf = (plain: string) => plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");

const isNumber = (word: string, next: string | undefined): boolean =>
  /^\d+$/.test(word) ||
  (Object.hasOwn(NUMBER_WORDS, word) &&
    !(ARTICLES.has(word) && next !== undefined && isNumber(next, undefined)));

const onlyBeside = (words: readonly string[]) =>
  words.every((word) => BESIDE.has(word) || ARTICLES.has(word));

const rated = (rating: number) =>
  Number.isInteger(rating) && rating >= 1 && rating <= 5 ? (rating as 1 | 2 | 3 | 4 | 5) : undefined;
