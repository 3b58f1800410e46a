/** What may be answered without a person. */
import { plainWords } from "../conversationKeywords.ts";
import type { Language } from "./language.ts";

/** Matters in which a wrong word does harm: people answer them, whatever is known. */
export type Matter = "legal" | "medical";

const MATTERS: Readonly<Record<Matter, RegExp>> = {
  legal:
    /\b(demanda(r\w*|s)?|abogad\w*|denuncia\w*|profeco|procon|superintendencia|tribunal\w*|juicio|judicial\w*|juridic\w*|habeas data|derecho de peticion|accion(es)? legal(es)?|(tema|asunto|problema|via) legal|advogad\w*|processar\w*|na justica|medidas legais|lawyers?|attorneys?|sue|suing|lawsuits?|legal (action|advice|matter)|small claims|in court)\b/,
  medical:
    /\b(dolor(es)?|duele\w*|alergi\w*|embaraz\w*|sintomas?|medicamentos?|medicina|dosis|fiebre|sangr\w+|infeccion\w*|diagnostic\w*|presion (alta|baja|arterial)|diabet\w*|cirugia|efectos? secundarios?|pastillas?|lactancia|doendo|dor(es)?|gravid[ao]s?|remedios?|dose|febre|infeccao|cirurgia|efeitos? colatera(l|is)|pain(ful)?|hurts?|allerg\w+|pregnan\w+|symptoms?|medications?|medicines?|dosage|fever|bleed\w*|infection\w*|diagnos\w+|surgery|side effects?|pills?)\b/,
};

/** The first of these matters that a text touches. */
export function matterOf(text: string): Matter | undefined {
  const plain = plainWords(text);
  return (["legal", "medical"] as const).find((matter) => MATTERS[matter].test(plain));
}

const ASKS_WHAT_IT_IS = [
  /\b(eres|sos|es usted|usted es|es esto|esto es|(hablo|hablando|chateando|escribo|escribiendo) con|me (responde|contesta|atiende|escribe))( \w+){0,2} (bot|robot|maquina|humano|humana|persona|ia|inteligencia artificial|chatgpt|contestador)\b/,
  /\b(are you|r u|is this|is it|am i (talking|speaking|chatting|writing|texting) (to|with))( \w+){0,2} (bot|robot|machine|human|person|ai|chatgpt|chatbot)\b/,
  /\b(voce e|vc e|isso e|isto e|(falo|falando|conversando) com|quem (responde|atende) e)( \w+){0,2} (bot|robo|maquina|humano|humana|pessoa|ia|inteligencia artificial|chatgpt)\b/,
];

/** Whether somebody wants to know if a machine writes to them. */
export function asksWhatItIs(text: string): boolean {
  const plain = plainWords(text);
  return ASKS_WHAT_IT_IS.some((pattern) => pattern.test(plain));
}

/** Words beside the question that still ask for nothing: a greeting, "estoy", "sorry". */
const MOST_BESIDE = 3;

/** Whether that is all they want: whoever asks for a person in the same breath wants more. */
export function asksOnlyWhatItIs(text: string): boolean {
  const plain = plainWords(text);
  return ASKS_WHAT_IT_IS.some((pattern) => {
    const asked = pattern.exec(plain)?.[0];
    return asked !== undefined && (plain.replace(asked, " ").match(/\w+/g) ?? []).length <= MOST_BESIDE;
  });
}

const WHAT_IT_IS: Readonly<Record<Language, string>> = {
  en: "I'm an automatic assistant, not a person. If you'd rather talk to somebody of the team, just say so.",
  es: "Soy un asistente automático, no una persona. Si prefieres hablar con alguien del equipo, solo dímelo.",
  pt: "Sou um assistente automático, não uma pessoa. Se preferir falar com alguém da equipe, é só dizer.",
};
export const whatItIs = (language: Language): string => WHAT_IT_IS[language];

/** Intents that what a workspace knows can serve; the others want a person, or nothing. */
const KNOWABLE: ReadonlySet<string> = new Set([
  "interested",
  "pricing",
  "question",
  "booking",
  "greeting",
  "other",
]);
export const isKnowable = (intent: string): boolean => KNOWABLE.has(intent);
