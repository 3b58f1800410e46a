import type { Language } from "./language.ts";

/** What a text can begin with behind its greeting, so that two of them are not alike; the first adds nothing. */
export const OPENERS: Readonly<Record<Language, readonly string[]>> = {
  en: [
    "",
    "We have some news that may be useful to you.",
    "A short message from our team today:",
    "There is something we wanted to tell you about.",
    "We were thinking of you and wanted to share this.",
    "Here is what we have been preparing these weeks:",
    "Just a moment of your time, please.",
    "You may like to know the following.",
  ],
  es: [
    "",
    "Tenemos una noticia que puede servirte.",
    "Un mensaje breve de nuestro equipo:",
    "Queríamos contarte algo sobre lo que hacemos.",
    "Pensamos en ti y quisimos compartir esto contigo.",
    "Esto es lo que preparamos en estas semanas:",
    "Solo te quitamos un momento, con tu permiso.",
    "Quizás te interese saber lo siguiente.",
  ],
  pt: [
    "",
    "Temos uma notícia que pode ser útil para você.",
    "Uma mensagem rápida da nossa equipe:",
    "Queríamos contar algo sobre o que fazemos.",
    "Pensamos em você e quisemos compartilhar isto.",
    "Isto é o que preparamos nestas semanas:",
    "É só um momento do seu tempo, com licença.",
    "Talvez interesse a você saber o seguinte.",
  ],
};

/** What it can end with, before the opt-out notice. */
export const CLOSERS: Readonly<Record<Language, readonly string[]>> = {
  en: [
    "",
    "If you have any questions, just answer this message.",
    "What do you think about it?",
    "We are glad to tell you more whenever you like.",
    "Let us know what works best for you.",
    "Thank you for reading, and have a good day.",
    "Shall we send you the details?",
    "Our team is here to help you with it.",
  ],
  es: [
    "",
    "Si tienes dudas, contesta este mensaje con confianza.",
    "¿Qué te parece la idea?",
    "Con gusto te damos más detalles cuando gustes.",
    "Cuéntanos qué te queda mejor a ti.",
    "Gracias por leernos y que tengas buen día.",
    "¿Te enviamos la información completa?",
    "Nuestro equipo está para ayudarte con eso.",
  ],
  pt: [
    "",
    "Se tiver dúvidas, responda a esta mensagem à vontade.",
    "O que você acha da ideia?",
    "Com prazer damos mais detalhes quando quiser.",
    "Conte para nós o que fica melhor para você.",
    "Obrigado por ler e tenha um bom dia.",
    "Podemos enviar as informações completas?",
    "Nossa equipe está aqui para ajudar com isso.",
  ],
};
