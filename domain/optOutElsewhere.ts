/** Leaving that is none of messages, in words that otherwise have no other meaning: sick leave, a plan, a seat, a class. */

/** What one unsubscribes from that sends nothing. */
const HELD =
  "(?:box|premium|seats?|plan|planes|planos?|trial|housekeeping|channels?|membership|magazine|feature|autopay|insurance|warranty|class(?:es)?|caja|revista|canales|membresia|seguro|clases?|assinatura|biometria|academia|gimnasio|crm|internet|linea|linha|tarjeta|cartao|poliza|cuenta|conta)";
const MESSAGES =
  "(?:texts?|messages?|sms|emails?|lists?|listas?|mensajes?|promo\\w*|avisos?|correos?|number|numero)";

const ELSEWHERE = [
  // out sick, and what is closed or switched off
  "\\b(?:estoy|estuve|estaba|sigo|ando|encuentro|esta|estan|sale|aparece) (?:\\w+ )?(?:dad[oa]s? de|de|en) baja\\b",
  "\\bbaja (?:medica|laboral|maternal|por (?:la|el|mi|un|una|enfermedad|maternidad|paternidad)\\b)",
  "\\b(?:sera|fue|ha sido|quedo|queda) dad[oa]s? de baja\\b|\\bde baja en baja\\b|\\b(?:area|departamento) de bajas\\b",
  "\\bleave (?:me )?a (?:message|voicemail|note)\\b",
  // asks to stay
  "\\bno (?:me )?(?:quiero|quisiera|queria|pienso|voy a) (?:\\w+ )?(?:dar(?:me)?|den|deis) de baja\\b",
  // a question or an order about something held
  `\\b(?:unsub\\w*|optout|des\\w*(?:suscri[bv]|subscri[bv]|cadastr|inscri[bv]|inscre[vb])\\w*|(?:anul|cancel)\\w* (?:la|mi|a|mi) (?:suscripcion|subscripcion|assinatura|inscri\\w+))\\b(?![^|]*\\b${MESSAGES}\\b)[^|]*\\b${HELD}\\b`,
].map((source) => new RegExp(source));

/** Whether a clause in the plain form of replyText.ts speaks of leaving something else. */
export const isElsewhere = (clause: string): boolean => ELSEWHERE.some((pattern) => pattern.test(clause));
