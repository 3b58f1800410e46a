/** What to do about a reply, and what may be answered by itself. */
import type { Intent } from "./labels.ts";
import type { Language } from "./language.ts";

export const ACTIONS = [
  "send_details",
  "send_price",
  "answer_question",
  "arrange_appointment",
  "hand_to_agent",
  "apologize_and_hand_to_agent",
  "proceed",
  "greet_back",
  "thank_back",
  "close_kindly",
  "correct_contact",
  "wait",
  "ignore",
  "suppress",
  "review",
] as const;
export type Action = (typeof ACTIONS)[number];

export const ACTION_OF: Readonly<Record<Intent, Action>> = {
  interested: "send_details",
  pricing: "send_price",
  question: "answer_question",
  booking: "arrange_appointment",
  human_request: "hand_to_agent",
  complaint: "apologize_and_hand_to_agent",
  confirmation: "proceed",
  greeting: "greet_back",
  thanks: "thank_back",
  not_interested: "close_kindly",
  wrong_number: "correct_contact",
  out_of_office: "wait",
  spam: "ignore",
  opt_out: "suppress",
  other: "review",
};

/** Intents that nobody needs to look at: an answer by itself does no harm, or none is wanted. */
export const ROUTINE: ReadonlySet<Intent> = new Set([
  "greeting",
  "thanks",
  "confirmation",
  "not_interested",
  "out_of_office",
  "opt_out",
  "spam",
]);

/**
 * Holding answers: they promise nothing but that somebody will see to it. Absent where silence is right:
 * an opt-out, a machine and spam get no answer.
 */
const TEXTS: Readonly<Record<Language, Partial<Record<Intent, string>>>> = {
  en: {
    interested: "Great to hear! We'll send you the details right away.",
    pricing: "Thanks for asking. We'll send you the price in a moment.",
    question: "Good question. We'll get back to you with the answer shortly.",
    booking: "Thanks! We'll check the times and confirm with you shortly.",
    human_request: "Of course. A colleague will be with you shortly.",
    complaint: "We're sorry about this. A colleague will look into it and write to you.",
    confirmation: "Perfect, thank you.",
    greeting: "Hello! How can we help you?",
    thanks: "You're welcome! We're here if you need anything.",
    not_interested: "Understood, thank you for letting us know.",
    wrong_number: "Sorry for the mix-up. We'll correct our records.",
  },
  es: {
    interested: "¡Qué gusto! Enseguida te enviamos los detalles.",
    pricing: "Gracias por preguntar. En un momento te enviamos el precio.",
    question: "Buena pregunta. En breve te damos la respuesta.",
    booking: "¡Gracias! Revisamos los horarios y te confirmamos en breve.",
    human_request: "Claro que sí. En breve te atiende una persona del equipo.",
    complaint: "Lamentamos lo ocurrido. Una persona del equipo lo revisa y te escribe.",
    confirmation: "Perfecto, gracias.",
    greeting: "¡Hola! ¿En qué podemos ayudarte?",
    thanks: "¡Con gusto! Aquí estamos para lo que necesites.",
    not_interested: "Entendido, gracias por avisarnos.",
    wrong_number: "Disculpa la confusión. Vamos a corregir nuestros datos.",
  },
  pt: {
    interested: "Que bom! Já enviamos os detalhes para você.",
    pricing: "Obrigado por perguntar. Já enviamos o valor para você.",
    question: "Boa pergunta. Em breve trazemos a resposta.",
    booking: "Obrigado! Vamos ver os horários e confirmar com você em breve.",
    human_request: "Claro. Em breve uma pessoa da equipe atende você.",
    complaint: "Lamentamos o ocorrido. Uma pessoa da equipe vai verificar e escrever para você.",
    confirmation: "Perfeito, obrigado.",
    greeting: "Olá! Como podemos ajudar?",
    thanks: "De nada! Estamos aqui se precisar.",
    not_interested: "Entendido, obrigado por avisar.",
    wrong_number: "Desculpe a confusão. Vamos corrigir nossos dados.",
  },
};

export const answerTo = (intent: Intent, language: Language): string | null =>
  TEXTS[language][intent] ?? null;
