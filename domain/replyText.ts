/** A reply brought to a plain form, in which rules can look for words of English, Spanish and Portuguese. */

/** Longer texts are cut: nobody asks to be left alone only after this many characters. */
const LONGEST = 2_000;

/** What people write for short or by mistake, as the word it stands for. */
const SPELLINGS: Readonly<Record<string, string>> = {
  u: "you",
  ur: "your",
  r: "are",
  plz: "please",
  pls: "please",
  plis: "please",
  plss: "please",
  pliz: "please",
  porfa: "please",
  porfis: "please",
  porfavor: "please",
  xfa: "please",
  xfavor: "please",
  pfv: "please",
  pf: "please",
  pfvr: "please",
  txt: "text",
  txts: "texts",
  txting: "texting",
  msg: "message",
  msgs: "messages",
  mssg: "message",
  mesage: "message",
  mesages: "messages",
  messege: "message",
  messeges: "messages",
  dnt: "dont",
  wanna: "want to",
  gonna: "going to",
  rcv: "receive",
  recieve: "receive",
  recieving: "receiving",
  recive: "receive",
  msj: "mensaje",
  msjs: "mensajes",
  mjs: "mensajes",
  mje: "mensaje",
  mjes: "mensajes",
  msn: "mensaje",
  mensage: "mensaje",
  mensages: "mensajes",
  menzaje: "mensaje",
  menzajes: "mensajes",
  mensagem: "mensaje",
  mensagens: "mensajes",
  mensaguem: "mensaje",
  msgm: "mensaje",
  q: "que",
  k: "que",
  ke: "que",
  qe: "que",
  kiero: "quiero",
  qiero: "quiero",
  qro: "quiero",
  quero: "quiero",
  kero: "quiero",
  d: "de",
  nao: "no",
  naum: "no",
  num: "no",
  vc: "voce",
  vcs: "voces",
  numeros: "numero",
  nro: "numero",
  num3ro: "numero",
  tel: "telefono",
  telefone: "telefono",
  cel: "celular",
  contato: "contacto",
  contatos: "contactos",
  meu: "mi",
  minha: "mi",
  meus: "mis",
  minhas: "mis",
  mais: "mas",
  receber: "recibir",
  resibir: "recibir",
  recivir: "recibir",
  resivir: "recibir",
  vdd: "verdade",
  obg: "obrigado",
  blz: "ok",
  graciaz: "gracias",
  grax: "gracias",
};

/** Two or more words that are one to the rules; applied in this order. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:do not|don t|donot)\b/g, "dont"],
  [/\b(?:does not|doesn t)\b/g, "doesnt"],
  [/\b(?:can not|cannot|can t)\b/g, "cant"],
  [/\bany more\b/g, "anymore"],
  [/\b(?:por favor|por fabor|porfavor|se o senhor puder)\b/g, "please"],
  [/\b(?:opt out|opt me out|opting out|opted out|opt us out)\b/g, "optout"],
  [/\bstop all\b/g, "stopall"],
  [/\bun subscribe\b/g, "unsubscribe"],
  [/\bde[sz] (?=(?:suscri|subscri|inscri|inscre|cadastr))/g, "des"],
  [/\bopt (?:me )?(?:back )?in\b/g, "optin"],
  [
    /\b(?:buen[oa]s? (?:dias?|tardes?|noches?)|bo[am] (?:dia|tarde|noite)|good (?:morning|afternoon|evening))\b/g,
    "hola",
  ],
];

/**
 * The reply in lower case, without accents, quotes, links and emoji, words as SPELLINGS has them, and each
 * sentence or clause apart: `¡Ya NO me escriban, porfa!` is ["ya no me escriban", "please"].
 */
export function clausesOf(text: string): string[] {
  const plain = withoutQuotes(text.slice(0, LONGEST))
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/https?:\/\/\S+|www\.\S+/g, " url ")
    .replace(/🛑/gu, " stop ")
    .replace(/['’‘`´]/g, "")
    .replace(/\b[a-z](?:[ .*_-]{1,2}[a-z]\b){2,}/g, (spelled) => spelled.replace(/[^a-z]/g, ""))
    .replace(/(\p{L})[-_/](?=\p{L})/gu, "$1 ")
    .replace(/[.,;:!?¡¿()[\]…—–\n\r|*"“”«»-]+/g, "|")
    .replace(/[^a-z0-9@$|]+/g, " ");
  return plain
    .split("|")
    .map((clause) => canonicalWords(clause.trim()))
    .filter((clause) => clause !== "");
}

function canonicalWords(clause: string): string {
  const words = clause.split(" ").map((word) => (Object.hasOwn(SPELLINGS, word) ? SPELLINGS[word] : word));
  return PHRASES.reduce((so, [from, to]) => so.replace(from, to), words.join(" "));
}

/** Quoted words are somebody else's; a reply that is nothing but a quotation is meant. */
function withoutQuotes(text: string): string {
  const rest = text.replace(/^>.*$/gm, " ").replace(/"[^"]{1,300}"|“[^”]{1,300}”|«[^»]{1,300}»/g, " ");
  return /[\p{L}\p{N}]/u.test(rest) ? rest : text;
}

const DIGITS_FOR_LETTERS: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "@": "a",
  $: "s",
};

/** A word without digits in the place of letters and without stretched ones: `st0ppp` is `stop`. */
export function squeezed(word: string): string {
  if (!/[a-z]/.test(word)) return word;
  return word.replace(/[01345@$]/g, (sign) => String(DIGITS_FOR_LETTERS[sign])).replace(/(.)\1+/g, "$1");
}
