/** A reply as the words, signs and emoji that the rules and the model read. */

/** Longer texts are cut: what a reply is about stands at its start. */
const LONGEST = 1_000;

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/(?:https?:\/\/|www\.)\S+|\b[a-z0-9-]+\.(?:com|net|org|co|mx|br|ar|ly|io|example)\b(?:\/\S*)?/g, " _url "],
  [/\S+@\S+\.\S+/g, " _mail "],
  [
    /(?:r\$|us\$|\$|€|£)\s?\d[\d.,]*\s?(?:k|mil|mill\w*)?|\b\d[\d.,]*\s?(?:usd|cop|mxn|brl|pesos?|reais|dolares|dollars?|bucks|lucas|conto)\b/g,
    " _money ",
  ],
  [/\b\d{1,2}(?::\d{2}|h\d{0,2})\s?(?:am|pm)?\b|\b\d{1,2}\s?(?:am|pm|a\.m|p\.m)\b/g, " _time "],
  [/\+?\d[\d\s().-]{6,}\d/g, " _tel "],
];

/** Without a figure, a slash, an at or a full stop within a word there is nothing to mask. */
const MASKABLE = /[\d/@]|\.\S/;

/** Lower case, no accents, links and figures masked, stretched letters shortened, signs apart. */
export function plainOf(text: string): string {
  let plain = text
    .slice(0, LONGEST)
    .normalize("NFKD")
    .replace(/\p{M}|\u200d/gu, "")
    .replace(/[\u{1f3fb}-\u{1f3ff}]/gu, "")
    .toLowerCase()
    .replace(/['’‘`´]/g, "");
  if (MASKABLE.test(plain)) for (const [pattern, mask] of MASKS) plain = plain.replace(pattern, mask);
  return plain
    .replace(/\b[a-z](?:[ .*_-]{1,2}[a-z]\b){2,}/g, (spelled) => spelled.replace(/[^a-z]/g, ""))
    .replace(/([a-z])\1{2,}/g, "$1")
    .replace(/([aiu])\1\b/g, "$1")
    .replace(/\b(?:j+[aei]+){2,}j*\b|\b(?:ja+j|aj+a)[ja]*\b|\bjs(?:js)+\b/g, "jaja")
    .replace(/\bk{3,}\b|\b(?:rs){2,}\b/g, "kkk")
    .replace(/\b(?:ha|he|ah){2,}h?\b/g, "haha");
}

/** Where a clause ends; it is no word. */
export const BREAK = "|";

/** Words of a plain text, `?`, `!`, `!!`, `...`, single emoji and the ends of clauses, in order. */
export function tokensOf(plain: string): string[] {
  return (
    plain.match(
      /_?[a-z]+|\d+|\?+|!+|\.{2,}|…|[.,;:\n]|\p{Extended_Pictographic}|\p{Emoji_Presentation}|[$%#]/gu,
    ) ?? []
  ).map(tokenOf);
}

function tokenOf(token: string): string {
  if (/^\d/.test(token)) return token.length === 1 ? token : "_num";
  if (token.length > 1 && token[0] === "?") return "??";
  if (token.length > 1 && token[0] === "!") return "!!";
  if (/^[.,;:\n]$/.test(token)) return BREAK;
  return token === "…" ? "..." : token;
}
