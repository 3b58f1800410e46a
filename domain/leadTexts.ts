/** Words of lead scores by language. Figures stand in braces. */
import type { Language } from "./conversationSettings.ts";
import type { QualifiedBy } from "./leadQuality.ts";
import type { Factor } from "./leadScore.ts";

export type Insight =
  | "opted_out"
  | "declined"
  | "awaiting"
  | "wants_it"
  | "answers_often"
  | "answers_fast"
  | "reads_only"
  | "does_not_read"
  | "upset"
  | "acts"
  | "silent"
  | "never_answered"
  | "no_consent"
  | "unknown_person";

export type NextAction =
  | "leave_alone"
  | "ask_again_later"
  | "answer_now"
  | "propose_meeting"
  | "send_details"
  | "ask_what_they_want"
  | "calm_down"
  | "ask_a_short_question"
  | "other_channel_or_hour"
  | "win_back"
  | "ask_consent"
  | "complete_profile";

interface LeadTexts {
  insights: Record<Insight, string>;
  next_actions: Record<NextAction, string>;
  factors: Record<Factor, string>;
  /** The note in the conversation of somebody who has become a qualified lead. */
  qualified: Record<QualifiedBy, string>;
}

const en: LeadTexts = {
  insights: {
    opted_out: "Opted out on every channel.",
    declined: "Said no the last time.",
    awaiting: "Waits for an answer.",
    wants_it: "Has shown interest lately.",
    answers_often: "Answers often.",
    answers_fast: "Answers fast: the last time within {minutes} min.",
    reads_only: "Reads the messages and does not answer.",
    does_not_read: "Gets the messages and hardly reads them.",
    upset: "Sounds upset.",
    acts: "Has called, visited or bought before.",
    silent: "Has not written for {days} days.",
    never_answered: "Has not written in the last six months.",
    no_consent: "Has not agreed to be written to.",
    unknown_person: "Name or contact details are missing.",
  },
  next_actions: {
    leave_alone: "Do not write to them.",
    ask_again_later: "Leave them in peace for now; ask again in a few months at the earliest.",
    answer_now: "Answer now.",
    calm_down: "Have somebody listen and make it good before anything is offered.",
    propose_meeting: "Propose a call or a visit today.",
    send_details: "Send prices and details, and suggest a next step.",
    ask_what_they_want: "Ask what they are looking for.",
    ask_a_short_question: "Send another text: short, and with one question.",
    other_channel_or_hour: "Try another channel or another hour.",
    win_back: "Come back with something new.",
    ask_consent: "Ask for their consent.",
    complete_profile: "Complete name and contact details.",
  },
  factors: {
    replies: "Answers to your messages: {replies} (older ones count less)",
    dialogue: "Messages from them: {inbound} (older ones count less)",
    reads: "Messages read or answered: {seen} of {delivered} (older ones count less)",
    consent: "Agreed to be written to",
    identity: "Name, e-mail and mobile number are known",
    details: "Place, language and attributes are known",
    intent: "What they said: interest worth {intent} (older words count less)",
    mood: "How they sounded",
    actions: "Calls, visits and purchases: {actions} (older ones count less)",
    recency: "How recently they wrote",
    speed: "How fast they answered the last time",
  },
  qualified: {
    score:
      "Qualified lead: score {score} (engagement {engagement}, profile {profile}, behavior {behavior}, timing {timing}).",
    intent: "Qualified lead by what they said; score {score}.",
  },
};

const es: LeadTexts = {
  insights: {
    opted_out: "Se dio de baja en todos los canales.",
    declined: "La última vez dijo que no.",
    awaiting: "Espera una respuesta.",
    wants_it: "Mostró interés hace poco.",
    answers_often: "Contesta con frecuencia.",
    answers_fast: "Contesta rápido: la última vez en {minutes} min.",
    reads_only: "Lee los mensajes y no contesta.",
    does_not_read: "Recibe los mensajes y casi no los lee.",
    upset: "Suena molesto.",
    acts: "Ya llamó, visitó o compró.",
    silent: "No escribe desde hace {days} días.",
    never_answered: "No ha escrito en los últimos seis meses.",
    no_consent: "No ha dado permiso para que le escriban.",
    unknown_person: "Faltan su nombre o sus datos de contacto.",
  },
  next_actions: {
    leave_alone: "No escribirle.",
    ask_again_later: "Dejarlo en paz por ahora; volver a preguntar en unos meses, no antes.",
    answer_now: "Responder ahora.",
    calm_down: "Que alguien escuche y lo resuelva antes de ofrecer nada.",
    propose_meeting: "Proponer hoy una llamada o una visita.",
    send_details: "Enviar precios y detalles, y proponer un siguiente paso.",
    ask_what_they_want: "Preguntar qué busca.",
    ask_a_short_question: "Enviar otro texto: corto y con una sola pregunta.",
    other_channel_or_hour: "Probar otro canal u otra hora.",
    win_back: "Volver con una novedad.",
    ask_consent: "Pedir su permiso.",
    complete_profile: "Completar nombre y datos de contacto.",
  },
  factors: {
    replies: "Respuestas a sus mensajes: {replies} (las antiguas cuentan menos)",
    dialogue: "Mensajes de la persona: {inbound} (los antiguos cuentan menos)",
    reads: "Mensajes leídos o contestados: {seen} de {delivered} (los antiguos cuentan menos)",
    consent: "Dio permiso para que le escriban",
    identity: "Se conocen nombre, correo y celular",
    details: "Se conocen lugar, idioma y atributos",
    intent: "Lo que dijo: interés por {intent} (lo antiguo cuenta menos)",
    mood: "Cómo sonaba",
    actions: "Llamadas, visitas y compras: {actions} (las antiguas cuentan menos)",
    recency: "Hace cuánto escribió",
    speed: "Qué tan rápido contestó la última vez",
  },
  qualified: {
    score:
      "Lead calificado: {score} puntos (interacción {engagement}, perfil {profile}, comportamiento {behavior}, momento {timing}).",
    intent: "Lead calificado por lo que dijo; {score} puntos.",
  },
};

const pt: LeadTexts = {
  insights: {
    opted_out: "Pediu para sair em todos os canais.",
    declined: "Da última vez disse que não.",
    awaiting: "Espera uma resposta.",
    wants_it: "Mostrou interesse há pouco.",
    answers_often: "Responde com frequência.",
    answers_fast: "Responde rápido: da última vez em {minutes} min.",
    reads_only: "Lê as mensagens e não responde.",
    does_not_read: "Recebe as mensagens e quase não lê.",
    upset: "Parece irritado.",
    acts: "Já ligou, visitou ou comprou.",
    silent: "Não escreve há {days} dias.",
    never_answered: "Não escreveu nos últimos seis meses.",
    no_consent: "Não deu permissão para receber mensagens.",
    unknown_person: "Faltam o nome ou os dados de contato.",
  },
  next_actions: {
    leave_alone: "Não escrever.",
    ask_again_later: "Deixar em paz por enquanto; perguntar de novo daqui a alguns meses, não antes.",
    answer_now: "Responder agora.",
    calm_down: "Que alguém escute e resolva antes de oferecer qualquer coisa.",
    propose_meeting: "Propor hoje uma ligação ou uma visita.",
    send_details: "Enviar preços e detalhes e propor um próximo passo.",
    ask_what_they_want: "Perguntar o que procura.",
    ask_a_short_question: "Enviar outro texto: curto e com uma só pergunta.",
    other_channel_or_hour: "Tentar outro canal ou outro horário.",
    win_back: "Voltar com uma novidade.",
    ask_consent: "Pedir permissão.",
    complete_profile: "Completar nome e dados de contato.",
  },
  factors: {
    replies: "Respostas às suas mensagens: {replies} (as antigas contam menos)",
    dialogue: "Mensagens da pessoa: {inbound} (as antigas contam menos)",
    reads: "Mensagens lidas ou respondidas: {seen} de {delivered} (as antigas contam menos)",
    consent: "Deu permissão para receber mensagens",
    identity: "Nome, e-mail e celular são conhecidos",
    details: "Lugar, idioma e atributos são conhecidos",
    intent: "O que disse: interesse no valor de {intent} (o antigo conta menos)",
    mood: "Como soava",
    actions: "Ligações, visitas e compras: {actions} (as antigas contam menos)",
    recency: "Há quanto tempo escreveu",
    speed: "Com que rapidez respondeu da última vez",
  },
  qualified: {
    score:
      "Lead qualificado: {score} pontos (engajamento {engagement}, perfil {profile}, comportamento {behavior}, momento {timing}).",
    intent: "Lead qualificado pelo que disse; {score} pontos.",
  },
};

export const LEAD_TEXTS: Readonly<Record<Language, LeadTexts>> = { en, es, pt };
