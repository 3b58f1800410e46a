/** Whether a machine is at the other end: two of them would answer each other without end. */
import { plainWords } from "./conversationKeywords.ts";

/** What automatic replies say of themselves; in the form of plainWords. */
const SAYS_SO = new RegExp(
  [
    "\\b(?:automatic|automated|auto) (?:reply|response|message|answer|email)\\b",
    "\\bautoreply\\b",
    "\\b(?:out of (?:the )?office|on (?:annual|maternity|parental|sick) leave)\\b",
    "\\b(?:do not|don t|please do not) (?:reply|respond) to this\\b",
    "\\b(?:this (?:mailbox|number|inbox) is (?:not|un)\\s?monitored)\\b",
    "\\b(?:i am|i m|im) (?:driving|a bot|a virtual assistant|an automated)\\b",
    "\\b(?:respuesta|mensaje|contestacion) automatic[ao]\\b",
    "\\b(?:fuera de (?:la )?oficina|estoy (?:de vacaciones|manejando|conduciendo))\\b",
    "\\b(?:no (?:responda|responder|contestes?|respondas)) (?:a )?este (?:mensaje|numero|sms)\\b",
    "\\bsoy (?:un |una |el |la |tu |su )?(?:asistente virtual|bot|chatbot|robot)\\b",
    "\\b(?:resposta|mensagem) automatica\\b",
    "\\b(?:fora do escritorio|estou (?:de ferias|dirigindo))\\b",
    "\\bnao responda (?:a )?esta mensagem\\b",
    "\\bsou (?:um |uma |o |a |seu |sua )?(?:assistente virtual|bot|chatbot|robo)\\b",
    "\\b(?:gracias por (?:contactar|comunicar\\w+|escribir\\w*) (?:a|con|nos)?|obrigad[oa] por entrar em contato|thank you for (?:contacting|reaching out to))\\b.*\\b(?:horario|hours|atendimento|atencion|soon|pronto|breve|momento|momentos|shortly)\\b",
  ].join("|"),
);
/** Shorter texts are repeated by people too: `hola`, `ok`. */
const LONG_WORDS = 4;

/**
 * Why a text seems to come from a machine; undefined where it does not.
 * @param answered the automatic answer that went out last, and the text before it that it was for
 */
export function machineSigns(
  text: string,
  answered: { answer: string; to: string } | null,
): "says_so" | "echo" | "repeats" | undefined {
  const plain = plainWords(text);
  if (SAYS_SO.test(plain)) return "says_so";
  if (answered === null || plain.split(" ").length < LONG_WORDS) return undefined;
  if (plain === plainWords(answered.answer)) return "echo";
  return plain === plainWords(answered.to) ? "repeats" : undefined;
}
