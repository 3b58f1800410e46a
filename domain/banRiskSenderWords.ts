/** Words by which people complain about being written to, in English, Spanish and Portuguese. */
const COMPLAINT =
  /(?<!\p{L})(?:spam|scam(?:mers?)?|fraud|report(?:ed|ing)? (?:you|this|u)|i(?:['’]ll| will) report|harass\w*|who (?:is this|are you|gave you)|how did you get (?:my|this) number|leave me alone|stop (?:bothering|harassing|spamming)|block(?:ed|ing)? (?:you|this)|denunci\w+|report(?:ar[eé]|ad[oa]|o|é)|estafa(?:dor(?:es|a)?)?|fraude|ladrones|qui[eé]n (?:eres|es usted|te dio|le dio)|de d[oó]nde sac\w+ mi|d[eé]jen? de (?:molestar|escribir|enviar)|no (?:me )?molest\w+|acoso|bloque(?:ad[oa]|ar[eé]?|o|é)|golpe|golpistas?|quem (?:é você|[eé] vc|te deu|lhe deu)|onde (?:conseguiu|pegou|arrumou) meu|par(?:e|em) de (?:me )?(?:incomodar|encher|mandar)|me deixe em paz|procon|profeco|condusef)(?!\p{L})/iu;

/** How many of these texts complain. */
export function complaintsIn(replies: readonly string[]): number {
  return replies.filter((text) => COMPLAINT.test(text)).length;
}
