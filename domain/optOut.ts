/**
 * Whether a reply asks not to be messaged any more, or to be messaged again, by rules for English, Spanish
 * and Portuguese, and by a small model where people say it in words of their own. They decide in the webhook's
 * own transaction; a language provider may later add an opt-out, never take one back. By 47 CFR 64.1200(a)(10)
 * any reasonable means of asking counts.
 */
import { ENGLISH, ENGLISH_DEATH, ENGLISH_NEXT } from "./optOutEnglish.ts";
import { FAMILIES, KEEP, OTHER_LIST } from "./optOutFamilies.ts";
import { isElsewhere } from "./optOutElsewhere.ts";
import { type Asking, askingOf } from "./language/replyModel.ts";
import { isKeyword, isOptInKeyword } from "./optOutKeywords.ts";
import { SPANISH, SPANISH_DEATH, SPANISH_NEXT } from "./optOutSpanish.ts";
import { narrowingWords } from "./optOutNarrow.ts";
import { clausesOf } from "./replyText.ts";

export type OptOutReading = {
  opt_out: boolean;
  opt_in: boolean;
  /** What decided, in the plain form of replyText.ts. Part of a person's text: not for logs. */
  words: string[];
  /** `marketing` where only promotions are to stop; `all` otherwise, and where nothing is asked. */
  scope: "all" | "marketing";
};

const REQUESTS = [...ENGLISH, ...SPANISH, ...FAMILIES].map((source) => new RegExp(source));
const NEXT = [...ENGLISH_NEXT, ...SPANISH_NEXT].map((source) => new RegExp(source));
const DEATH = new RegExp(`${ENGLISH_DEATH}|${SPANISH_DEATH}`);

const THREAT =
  /\b(?:report\w*|sue|suing|police|cops|lawyers?|attorneys?|ftc|fcc|tcpa|court|block\w*|bloc+k\w*|legal|authorities|complaint|charges|sorry|regret|denunci\w*|demand\w*|acus\w*|bloque\w*|polici\w*|abogad\w*|advogad\w*|profeco|sic|superintendencia|procon|process\w*|justic\w*|condusef|anatel|boletim|tutela|queja|quejar\w*|reclam\w*|autoridad\w*)\b/;

/** Death that is no news of the person asked for. */
const NO_DEATH =
  /\b(?:phone|battery|dog|cat|pet|car|laptop|reschedul\w*|appointment|cancel\w*|refund|celular|telefono|bateria|perr\w+|gat[oa]\w*|cachorr\w+|mascota|compu\w*|carro|moto|internet|cita|agend\w+|pedido|reembols\w+|consulta|remarcar|risa|rir|laughing)\b/;

/** `don't call me, text me`: another way is asked for, not silence. */
const ANOTHER_WAY =
  /\b(?:escri[bv]a[ns]?me|escri[bv]eme|escri[bv]anme|mejor (?:por|escri\w+|mandenme|un mensaje)|solo (?:mensajes?|whatsapp|texto|escri\w+)|por (?:whatsapp|mensaje|escrito|chat|correo|aqui)|prefiero|prefiro|prefer|me (?:escre[bv]e|manda)|by text|via text|texts? only|llamenme|llameme)\b|(?<!\b(?:or|and|nor) )\b(?:text|message|email|whatsapp|write)(?: to)? me\b/;

/** `ni me llamen ni me escriban por ningún medio`. */
const NO_WAY_AT_ALL =
  /\b(?:ni|nem|or|nor|y|e|ou|o) (?:no )?(?:(?:me|nos|you) )?(?:es[ck]ri[bv]|escre[bv]|mand|en[bv]i|contact|contat|text|messag|email)/;

/** Promotional texts that others send in turn, with instructions of their own. */
const SPAM_SIGNS: readonly RegExp[] = [
  /\burl\b/,
  /\b(?:claim|prize|winner|won|awarded|congratulations|guaranteed|ringtones?|cash|ganaste|ganador|premio|felicidades|sorteo|ganhou|parabens)\b/,
  /\b(?:call|text|txt|reply|send|llama|envia|responde|ligue|envie)(?: \w+){0,3}? (?:now|to|al|ya|agora|para) ?\d{3,}/,
  /\b\d{4,}\b[^|]*\|?.*\b\d{4,}\b/,
  /\b(?:free|gratis|discount|descuento|desconto|offer|oferta|click|clic|clique|loan|prestamo|emprestimo|sale)\b/,
  /\b(?:tcs?|t cs|terms|terminos|apply|aplican|150p?|\d+p|per (?:msg|message|min)|subscription|club|unsub\w*|optout)\b/,
  /\b(?:reply|text|send|responde|envia|responda|envie|manda|escribe) (?:with )?(?:the )?(?:word )?(?:stop|baja|salir|sair|unsubscribe|end|parar)\b/,
];
const SPAM_LENGTH = 80;
/** Somebody who writes no more than `reply STOP` means it. */
const SHORT = 25;

/** `Text STOP to 12345`, `responde BAJA para …`: an instruction to others. */
const INSTRUCTION =
  /(?<!\b(?:i|we|to|must|already) )\b(?:reply|text|send|type|respond|responde|responda|envia|envie|enviar|manda|escribe|digita)(?: with)?(?: the)?(?: word)?(?: la palabra)?(?: la)? (?:stop|baja|salir|sair|unsubscribe|end|parar|cancel|cancelar|alto)\b|\b(?:2|to) (?:stop|optout|unsubscribe|end|cancel)\b[^|]*\b(?:text|reply|send|call|stop|url|visit)\b/;

const AGAIN = [
  "(?<!\\b(?:no|dont|not|never|nunca) )\\b(?:(?:sign|put|add) (?:me|us|my number) (?:back (?:up|on|in|to)|again|(?:up|on|in|to) [^|]{0,25}\\b(?:again|lists?|texts?|messages|alerts|updates|newsletter))|(?:opt|subscribe|resubscribe) (?:me|us|my number) (?:back )?(?:up|on|in|to|again))\\b(?! (?:my |the )?(?:appointment|order|cart|waitlist|calendar|touch))(?![^|]{0,25}\\b(?:preview|class|waiting|guest|dont|do not|no contact|suppression|block\\w*) ?(?:list|call|text|contact)?)",
  "(?<!\\b(?:no|dont|not|never) (?:want to )?)\\b(?:re ?subscribe|optin|unstop)\\b(?: me)?",
  "\\bsubscribe me\\b|\\bunblock me\\b",
  "(?<!\\b(?:i|we|you|not|dont) )\\b(?:start|resume|restart|continue) (?:sending|texting|messaging)(?: me)?\\b|\\b(?:start|resume|restart) (?:the |my |your )?(?:messages|texts|alerts|updates|notifications)\\b",
  "(?<!\\b(?:dont|not|never|no) )\\b(?:want|like|love|wish) to (?:start |keep |continue )?(?:receive|receiving|get|getting) (?:\\w+ ){0,3}?(?:messages|texts|updates|alerts|offers|promotions|notifications)\\b",
  "\\bturn (?:the |my |your )?(?:messages|texts|notifications|alerts) (?:back )?on\\b",
  "\\b(?:text|message) me again\\b(?=[^|]*\\b(?:please|ok)\\b)|\\byou can (?:text|message|contact) me (?:again|now)\\b",
  "\\b(?:dar(?:me|se)?|den(?:me)?|deme|dame|doy) (?:de )?alta\\b(?! (?:mi|la(?! lista)|el|los|al?|un\\w*|en (?!la lista|su lista)))|\\b(?:quiero|solicito) (?:el |la |mi |de )?alta\\b",
  "\\b(?:suscri[bv]a[ns]?me|suscri[bv]eme|inscri[bv]a[ns]?me|me quiero (?:suscri[bv]ir|inscri[bv]ir|inscrever)|quiero (?:me )?(?:suscri[bv]irme|inscri[bv]irme|inscrever))\\b(?! (?:al?|en|no|na|num|para|pra)\\b(?! (?:la |su |sua )?lista))",
  "(?<!\\b(?:no|ya no|nunca|mas) )\\b(?:quiero|deseo|quisiera|gustaria|gostaria de|acepto|aceito|autorizo) (?:(?:volver a|voltar a|seguir|continuar a|de nuevo|si|otra vez) )*(?:recibir|recibiendo|recebendo) (?:(?:de nuevo|otra vez|novamente|de novo|sus|los|las|as|os|seus|suas|mas) )*(?:mensajes?|promo\\w*|ofertas|novedades|novidades|informacion|notificac\\w+|publicidad)\\b",
  "(?<!\\bno )\\b(?:quiero|quisiera|gostaria de) recibir (?:de nuevo|otra vez|de novo|novamente)\\b",
  "(?<!\\bno )\\b(?:vuel[bv]an|pueden volver|puede volver|pode[m]? voltar|volte[m]?) a (?:escribir|mandar|en[bv]iar|contactar|llamar)\\w*",
  "\\b(?:agreg|a[nñ]ad|pon)\\w*(?:me|nos) (?:de nuevo |otra vez |de vuelta )?(?:a |en |na )?(?:la |su |nuevamente)?lista\\b|\\bme (?:coloca|coloque|adiciona|adicione|cadastra|cadastre|inscreve)\\b(?=[^|]*\\b(?:lista|novo|novamente|volta|again)\\b)",
  "\\b(?:start|begin) (?:getting|receiving) (?:your |the |my )?(?:messages|texts|alerts|offers|updates)\\b",
  "\\b(?:put|add|take) me back\\b(?! (?:on the phone|on (?:the )?(?:schedule|calendar)))",
  "\\b(?:ya |ahora si |ja )?(?:pueden?|podem?) (?:\\w+ )?(?:mandar|en[bv]iar|es[ck]ri[bv]ir|escre[bv]er)\\w* [^|]{0,25}(?:otra vez|de nuevo|nuevamente|de novo|novamente)\\b",
  "(?<!\\bno )\\b(?:quiero|quisiera|queria|gostaria) que (?:me )?(?:vuel[bv]an|volte[m]?) a (?:me )?\\w+",
  "(?<!\\bno )\\b(?:quisiera|queria|quiero|gostaria de) (?:volver|voltar) (?:a (?:estar|entrar) )?(?:en|na|a|pra|para)? ?(?:la |a )?lista\\b",
  "(?<!\\bno )\\b(?:metan?(?:me)?|pongan?(?:me)?|agreg\\w+|inclu\\w+|coloque[m]?|bote[m]?|adicione[m]?)\\b(?=[^|]*\\b(?:otra vez|de nuevo|nuevamente|de volta|de novo|novamente)\\b)[^|]{0,50}\\b(?:mensajes?|lista|promo\\w*)\\b",
  "\\b(?:reacti[bv]\\w+|reanud\\w+|acti[bv](?:ar|en|a)) (?:(?:los|mis|as|os|la|el|mi|envio de|suscripcion a) )*(?:mensajes?|notificac\\w+|suscripcion|promo\\w*)\\b",
].map((source) => new RegExp(source));

/** Where the model of domain/language is this sure, it adds an opt-out that no pattern has. */
const LIKELY = 0.6;
/** The same for an opt-in. */
const LIKELY_OPT_IN = 0.3;
/** The same for an opt-out where a pattern says that messages are wanted again. */
const LIKELY_AGAINST_OPT_IN = 0.9;
/** The same where somebody has died and a thing of everyday life is spoken of too: `our dog died`. */
const LIKELY_BESIDE_DEATH = 0.9;
/** Below this it refutes a pattern: `dar de baja mi cita` is about an appointment. */
const REFUTED = 0.25;
/** The same for words that have no other meaning. */
const REFUTED_PLAIN = 0.1;
/** The same for a clause by itself, which says less. */
const REFUTED_CLAUSE = 0.8;
/** Below this no clause by itself is one either: the patterns, of which there are many, need not be tried. */
const NOWHERE = 0.02;
const PLAIN = /unsub|optout|des+us?cri[bv]|desinscri|desinscre|descadastr/;
const LONGEST_WORDS = 200;
/** `la más baja`: of two things, the lower one. */
const COMPARED = /^(?:(?:la|el|lo|a|o) )?(?:mas|menos|muy|tan|muito) (?:baja|baixa|alta|alto)$/;

const BY_MISTAKE =
  /\b(?:by (?:mistake|accident)|accident\w*|por error|sin querer|por engano|sem querer|por equivocacion|me equivoque)\b/;
/** Only promotions are to stop, not also the rest, and not by leaving the list. */
const PROMOTIONS =
  /^(?!.*\b(?:lists?|listas?|(?:and|or|nor|y|e|ni|nem|ou|o) (?:\w+ )?(?:messages?|texts?|calls?|mensajes?|sms|llamadas?|ligac\w*|nada|anything))\b).*\b(?:promo\w*|ofert\w*|offers?|marketing|publicidad|propagandas?|ads?|advert\w*|anuncios?|descuentos?|newsletters?)\b/;

type Ask = (text: string) => Asking;
/** What the model finds of the whole reply, and how to ask it of a part. */
type View = Asking & { ask: Ask };

const NOTHING: OptOutReading = { opt_out: false, opt_in: false, words: [], scope: "all" };

/**
 * Reads one inbound text. `optOutType` is Twilio's own finding (START, STOP, HELP), which wins. Where a text
 * asks for both, the opt-out holds, unless the first one was a mistake that it takes back. `ask` is what
 * the model finds of a text.
 */
export function readOptOut(
  text: string,
  optOutType: string | null = null,
  ask: Ask = askingOf,
): OptOutReading {
  const told = optOutType?.toUpperCase();
  if (told === "STOP") return { ...NOTHING, opt_out: true, words: ["OptOutType=STOP"] };
  if (told === "START") return { ...NOTHING, opt_in: true, words: ["OptOutType=START"] };

  const clauses = clausesOf(text);
  if (clauses.length === 0) return NOTHING;
  const joined = clauses.join(" | ");
  const asksIn = matches(AGAIN, joined);
  const optIn = isOptInKeyword(clauses) ? [joined] : asksIn;
  if (optIn.length > 0 && BY_MISTAKE.test(joined)) return { ...NOTHING, opt_in: true, words: optIn };

  const view: View = { ...ask(text), ask };
  const optOut = optOutWords(clauses, joined, view, optIn.length > 0 ? LIKELY_AGAINST_OPT_IN : LIKELY);
  if (optOut.length > 0) {
    const promotions = optOut.every((words) => PROMOTIONS.test(clauseFrom(joined, words)));
    return { opt_out: true, opt_in: false, words: optOut, scope: promotions ? "marketing" : "all" };
  }
  const narrowing = isSpam(joined) ? [] : narrowingWords(joined);
  if (narrowing.length > 0) return { opt_out: true, opt_in: false, words: narrowing, scope: "marketing" };
  if (optIn.length > 0) return { ...NOTHING, opt_in: true, words: optIn };
  const again = view.optIn >= LIKELY_OPT_IN && !isSpam(joined);
  return again ? { ...NOTHING, opt_in: true, words: [joined.slice(0, LONGEST_WORDS)] } : NOTHING;
}

/** What was matched and the rest of its clause: `stop sending` | `stop sending promotions`. */
function clauseFrom(joined: string, words: string): string {
  const from = joined.indexOf(words);
  const end = joined.indexOf("|", from + words.length);
  return joined.slice(from, end === -1 ? undefined : end);
}

/** The whole clause that holds what was matched. */
function clauseAround(joined: string, words: string): string {
  const at = joined.indexOf(words);
  const end = joined.indexOf("|", at + words.length);
  return joined.slice(joined.lastIndexOf("|", at) + 1, end === -1 ? undefined : end).trim();
}

/** Keywords stand by themselves; what a pattern says can be refuted, and what none says be added, by the model. */
function optOutWords(clauses: readonly string[], joined: string, view: View, enough: number): string[] {
  const keyword = isKeyword(clauses);
  if (isSpam(joined) || (joined.length > SHORT && INSTRUCTION.test(joined))) return [];
  if (keyword !== undefined) return [keyword];
  if (COMPARED.test(joined) || view.optOut < (clauses.length > 1 ? NOWHERE : REFUTED_PLAIN)) return [];
  const asked = wordsByRule(joined).filter((words) => !isRefuted(words, joined, view));
  if (asked.length > 0 || isOtherwise(joined) || narrowingWords(joined).length > 0) return asked;
  if (view.optOut < enough) return [];
  if (view.optOut < LIKELY_BESIDE_DEATH && DEATH.test(joined) && NO_DEATH.test(joined)) return [];
  return [joined.slice(0, LONGEST_WORDS)];
}

/** Asks to stay, or to leave something else. */
const isOtherwise = (text: string): boolean => KEEP.test(text) || OTHER_LIST.test(text) || isElsewhere(text);

/** What stands beside a request (thanks, a story, irony) refutes nothing: its own clause must be no request either. */
function isRefuted(words: string, joined: string, view: View): boolean {
  const clause = clauseAround(joined, words);
  if (isOtherwise(clause)) return true;
  if (view.optOut >= (PLAIN.test(words) ? REFUTED_PLAIN : REFUTED)) return false;
  return clause === joined || view.ask(clause).optOut < REFUTED_CLAUSE;
}

function wordsByRule(joined: string): string[] {
  const requests = matches(REQUESTS, joined).filter((words) => !aboutCallsOnly(words, joined));
  if (requests.length > 0) return requests;
  if (THREAT.test(joined)) {
    const next = matches(NEXT, joined);
    if (next.length > 0) return next;
  }
  const death = NO_DEATH.test(joined) ? null : DEATH.exec(joined);
  return death === null ? [] : [death[0]];
}

function matches(patterns: readonly RegExp[], joined: string): string[] {
  const found: string[] = [];
  for (const pattern of patterns) {
    const match = pattern.exec(joined);
    if (match !== null) found.push(match[0]);
  }
  return found;
}

function aboutCallsOnly(words: string, joined: string): boolean {
  return /\b(?:call|llam|lig)/.test(words) && ANOTHER_WAY.test(joined) && !NO_WAY_AT_ALL.test(joined);
}

function isSpam(joined: string): boolean {
  if (joined.length < SPAM_LENGTH) return false;
  return SPAM_SIGNS.filter((sign) => sign.test(joined)).length >= 2;
}
