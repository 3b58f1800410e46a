import type { Language } from "../../domain/conversationSettings.ts";

/** The words of the preference page; `{name}` is the workspace's. */
export interface PreferenceWords {
  title: string;
  intro: string;
  topics: string;
  topicsHint: string;
  often: string;
  asItComes: string;
  atMost: (times: number) => string;
  language: string;
  save: string;
  stopTitle: string;
  stopHint: string;
  stop: string;
  off: string;
  undoHint: string;
  undo: string;
  barred: string;
  saved: string;
  stopped: string;
  resumed: string;
  goneTitle: string;
  gone: string;
  otherLanguages: string;
}

const en: PreferenceWords = {
  title: "Your e-mails from {name}",
  intro: "Choose what you get from {name}. Receipts, codes and answers to you are not affected.",
  topics: "Topics",
  topicsHint: "You get what is ticked.",
  often: "How often",
  asItComes: "Whenever there is something",
  atMost: (times) => (times === 1 ? "At most once a week" : `At most ${times} times a week`),
  language: "Language",
  save: "Save",
  stopTitle: "No more e-mails",
  stopHint: "You can take this back at any time.",
  stop: "Unsubscribe from everything",
  off: "You are unsubscribed: you get no more news or offers from {name} by e-mail.",
  undoHint: "Was this a mistake?",
  undo: "Subscribe again",
  barred: "{name} does not write to this address any more. To change that, please ask {name}.",
  saved: "Your choices are saved.",
  stopped: "Done. You are unsubscribed.",
  resumed: "You are subscribed again.",
  goneTitle: "This link does not work any more",
  gone: "Please use the link in a newer e-mail.",
  otherLanguages: "Other languages",
};

const es: PreferenceWords = {
  title: "Tus correos de {name}",
  intro: "Elige qué recibes de {name}. Los recibos, códigos y respuestas a tus mensajes no cambian.",
  topics: "Temas",
  topicsHint: "Recibes lo que está marcado.",
  often: "Con qué frecuencia",
  asItComes: "Siempre que haya algo",
  atMost: (times) =>
    times === 1 ? "Como máximo una vez por semana" : `Como máximo ${times} veces por semana`,
  language: "Idioma",
  save: "Guardar",
  stopTitle: "No recibir más correos",
  stopHint: "Puedes volver a suscribirte cuando quieras.",
  stop: "Cancelar todas las suscripciones",
  off: "Tu suscripción está cancelada: ya no recibes novedades ni ofertas de {name} por correo.",
  undoHint: "¿Fue un error?",
  undo: "Volver a suscribirme",
  barred: "{name} ya no escribe a esta dirección. Si quieres cambiarlo, consulta a {name}.",
  saved: "Tus preferencias están guardadas.",
  stopped: "Listo. Tu suscripción está cancelada.",
  resumed: "Tu suscripción está activa de nuevo.",
  goneTitle: "Este enlace ya no funciona",
  gone: "Usa el enlace de un correo más reciente.",
  otherLanguages: "Otros idiomas",
};

const pt: PreferenceWords = {
  title: "Seus e-mails de {name}",
  intro: "Escolha o que você recebe de {name}. Recibos, códigos e respostas a você não mudam.",
  topics: "Assuntos",
  topicsHint: "Você recebe o que está marcado.",
  often: "Com que frequência",
  asItComes: "Sempre que houver algo",
  atMost: (times) => (times === 1 ? "No máximo uma vez por semana" : `No máximo ${times} vezes por semana`),
  language: "Idioma",
  save: "Salvar",
  stopTitle: "Não receber mais e-mails",
  stopHint: "Você pode voltar atrás quando quiser.",
  stop: "Cancelar todas as inscrições",
  off: "Sua inscrição foi cancelada: você não recebe mais novidades nem ofertas de {name} por e-mail.",
  undoHint: "Foi um engano?",
  undo: "Inscrever-me de novo",
  barred: "{name} não escreve mais para este endereço. Para mudar isso, fale com {name}.",
  saved: "Suas preferências foram salvas.",
  stopped: "Pronto. Sua inscrição foi cancelada.",
  resumed: "Sua inscrição está ativa de novo.",
  goneTitle: "Este link não funciona mais",
  gone: "Use o link de um e-mail mais recente.",
  otherLanguages: "Outros idiomas",
};

export const PREFERENCE_WORDS: Readonly<Record<Language, PreferenceWords>> = { en, es, pt };
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  es: "Español",
  pt: "Português",
};
