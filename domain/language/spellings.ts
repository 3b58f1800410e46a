/**
 * Chat spellings as the word they stand for, by language: `q` is `que` in Spanish, `n` is `nao` in Portuguese.
 * Unlike domain/replyText.ts, which writes Portuguese as Spanish for the opt-out patterns, words keep their
 * own language here.
 */
import type { Language } from "./language.ts";

const table = (pairs: string): ReadonlyMap<string, string> =>
  new Map(pairs.split(" ").map((pair) => pair.split(":") as [string, string]));

const SHARED = table(
  "pls:please plz:please plis:please plss:please thx:thanks tnx:thanks thanx:thanks thnx:thanks tks:thanks ty:thanks tysm:thanks thxs:thanks msg:message msgs:messages txt:text txts:texts wtf:wtf asap:asap info:info infos:info q:que qe:que kiero:quiero qiero:quiero xfa:porfa xfavor:porfavor porfis:porfa porfi:porfa grax:gracias grasias:gracias grcs:gracias graciaz:gracias msj:mensaje msjs:mensajes mjs:mensajes vc:voce vcs:voces tbm:tambem tb:tambem tmb:tambien xq:porque pq:porque porq:porque pfv:porfavor pfvr:porfavor obg:obrigado obgd:obrigado obgda:obrigado brigado:obrigado brigada:obrigada vlw:valeu vlww:valeu blz:beleza blza:beleza bele:beleza qto:quanto qnto:quanto qt:quanto qnt:quanto vlr:valor mto:muito mt:muito qro:quero kero:quero hj:hoje amh:amanha oq:oque td:tudo dps:depois agr:agora msm:mesmo ngm:ninguem nd:nada cmg:comigo ctz:certeza fds:finde mñn:manana bn:bien tqm:tequiero salu2:saludos dnd:donde dnde:donde cnto:cuanto cto:cuanto kuanto:cuanto cuant:cuanto kuando:cuando komo:como ola:hola wenas:buenas bnas:buenas bns:buenas okey:ok okay:ok okk:ok oki:ok oka:ok oks:ok okie:ok kk:ok hm:howmuch hru:howareyou tmrw:tomorrow tmr:tomorrow tomo:tomorrow 2moro:tomorrow tonite:tonight appt:appointment apt:appointment abt:about bc:because cuz:because wat:what wats:whats wut:what gimme:give rn:now gotta:must wanna:want gonna:going dont:dont shud:should cud:could thru:through luv:love dis:this dat:that",
);

const OWN: Readonly<Record<Language, ReadonlyMap<string, string>>> = {
  en: table(
    "u:you ur:your r:are y:yes k:ok n:and b:be c:see w:with yep:yes yup:yes yeah:yes ya:yes yea:yes nope:no nah:no naw:no",
  ),
  es: table("k:que d:de m:me s:es x:por t:te n:en aki:aqui xd:jaja jajaja:jaja jajajaja:jaja ke:que"),
  pt: table(
    "n:nao naum:nao num:nao s:sim ss:sim c:com d:de p:para pra:para pro:para eh:e ta:esta to:estou q:que tava:estava kd:cade oie:oi rs:kkk rsrs:kkk ne:ne",
  ),
};

/** The word as it would be written in full. */
export function inFull(word: string, language: Language | undefined): string {
  return (language && OWN[language].get(word)) ?? SHARED.get(word) ?? word;
}

/** Whether any word is spelled in a way that only this language has. */
export const spelledOwn = (words: readonly string[], language: Language): boolean =>
  words.some((word) => OWN[language].has(word));
