/** Replies that are a keyword and nothing else but politeness, noise and misspelling. */
import { squeezed } from "./replyText.ts";

/** Enough on their own in any sentence of a reply. First those that Twilio and the FCC name. */
const STRONG = [
  "stop stopall unsubscribe revoke optout unsub stp stpo sotp tsop sttop stopp stoop stob dtop atop stip estop stopt stops stoptexting",
  "baja vaja bja bajaa bajas desuscribir desuscribirme desinscribir desinscribirme descadastrar descadastre descadastrarme desinscrever",
].join(" ");

/** Enough only where the whole reply is nothing else: elsewhere they have other meanings. */
const WEAK = [
  "end quit cancel remove cease exit halt enough delete discontinue cancle cancell",
  "alto alt basta fin fuera salir salirme salgo salirse cancelar cancela cancelen cancele cancelarr detener detenganse deten detente eliminar eliminarme eliminenme borrar borrarme borrenme saquenme quitenme bloquear desactivar paren pare",
  "sair sari sairr parar parem para excluir remover cancelem chega desativar interromper interrumpir remova exclua apague apaguem deletar suspender",
].join(" ");

const IN = [
  "start unstop resume restart subscribe resubscribe optin join",
  "alta altas suscribir suscribirme suscribete inscribir inscribirme inscribirse reanudar reactivar activar volver",
  "voltar retomar inscrever inscreverme reativar ativar iniciar reiniciar",
].join(" ");

/** Around a weak keyword or an opt-in. */
const POLITE = new Set(
  "please kindly but pues thanks thank you gracias muchas muchisimas obrigado obrigada brigado ty thx now ya ahora agora ja already immediately inmediatamente imediatamente asap urgente hi hello hola ola oi hey ok okay sir madam senor senora amigo amiga just solo me todo tudo all favor dear jaja haha lol".split(
    " ",
  ),
);

/** Around a strong keyword people write more; none of it changes what they ask. */
const NOISE = new Set([
  ...POLITE,
  ..."it this that these those esto eso isso isto the el la los las o a os as i want to would like id quiero queria quisiera deseo need que y and e no si yes sim un una lista list mensaje mensajes message messages text texts texting sms de en from of aqui here forever siempre again dije said digo escribo repito reply palabra word wtf omg ffs man bro dude guys people gente u your sus tus estos estas suscripcion subscription publicidad spam everything right away dar darme denme para solicito pido mi my number numero".split(
    " ",
  ),
]);

const setOf = (words: string) => new Set(words.split(" ").map(squeezed));
const STRONG_WORDS = setOf(STRONG);
const WEAK_WORDS = setOf(WEAK);
const IN_WORDS = setOf(IN);
/** Words of their own, though they look like a keyword misspelt. */
const OTHER_WORDS = new Set([...IN_WORDS, "describir", "subscriber", "suscriptor"]);

/** Long enough for one or two wrong letters to leave no other word. */
const LONG_WORDS = ["unsubscribe", "desuscribir", "descadastrar", "desinscribir", "desinscrever"];

/** `stop by`, `bus stop`, `presión baja` have no clause of noise only, so they never get here. */
export function isKeyword(clauses: readonly string[]): string | undefined {
  for (const clause of clauses) {
    const strong = onlyWord(clause.replace(/ ?\b\d{4,}\b/g, ""), NOISE, isStrong);
    if (strong !== undefined) return strong;
  }
  return wholeReply(clauses, (word) => WEAK_WORDS.has(squeezed(word)) || isStrong(word));
}

export function isOptInKeyword(clauses: readonly string[]): boolean {
  return wholeReply(clauses, (word) => IN_WORDS.has(squeezed(word))) !== undefined;
}

function wholeReply(clauses: readonly string[], is: (word: string) => boolean): string | undefined {
  return onlyWord(clauses.join(" "), POLITE, is);
}

/** The keyword, where a text is made of keywords and noise and nothing else. */
function onlyWord(
  text: string,
  noise: ReadonlySet<string>,
  is: (word: string) => boolean,
): string | undefined {
  let found: string | undefined;
  for (const word of text.split(" ")) {
    if (is(word)) found ??= word;
    else if (!noise.has(word)) return undefined;
  }
  return found;
}

function isStrong(word: string): boolean {
  const plain = squeezed(word);
  if (OTHER_WORDS.has(plain)) return false;
  return STRONG_WORDS.has(plain) || LONG_WORDS.some((long) => nearlySame(plain, long));
}

/** At most two letters wrong, missing or too many. */
function nearlySame(word: string, target: string): boolean {
  if (Math.abs(word.length - target.length) > 2) return false;
  let row = Array.from({ length: target.length + 1 }, (_, i) => i);
  for (let i = 1; i <= word.length; i++) {
    const next = [i];
    for (let j = 1; j <= target.length; j++) {
      const swap = (row[j - 1] ?? 0) + (word[i - 1] === target[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return (row[target.length] ?? 3) <= 2;
}
