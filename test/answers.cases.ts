import type { Language } from "../domain/language/language.ts";
import type { Entries } from "./answering.ts";

/** What the business of the cases knows. The order within a language is the same. */
export const entries: Entries = {
  en: [
    ["What are your opening hours on Saturdays?", "On Saturdays we are open from 9 to 13."],
    ["How much is the basic plan?", "The basic plan is $20 a month."],
    ["Can I return a product?", "Yes, within 30 days with the receipt."],
    ["Is there parking?", "Yes, parking is free for customers."],
  ],
  es: [
    ["¿Cuál es el horario los sábados?", "Los sábados atendemos de 9 a 13."],
    ["¿Cuánto cuesta el plan básico?", "El plan básico cuesta $20.000 al mes."],
    ["¿Hacen devoluciones?", "Sí, hasta 30 días después con la factura."],
    ["¿Tienen parqueadero?", "Sí, el parqueadero es gratis para clientes."],
  ],
  pt: [
    ["Qual é o horário aos sábados?", "Aos sábados atendemos das 9 às 13."],
    ["Quanto custa o plano básico?", "O plano básico custa R$ 20 por mês."],
    ["Vocês fazem devoluções?", "Sim, até 30 dias depois com a nota fiscal."],
    ["Tem estacionamento?", "Sim, o estacionamento é grátis para clientes."],
  ],
};

export interface Conversation {
  language: Language;
  /** One message after the other, within a few seconds. */
  texts: readonly string[];
  /** What becomes of it by rules alone, and the number of the entry that answers. */
  rules: string;
  entry?: number;
  /** What is said, where that is not the entry as it stands. */
  says?: RegExp;
  /** What a model answers that is asked; absent: none must be. */
  model?: { decision: "answer" | "hand_over"; entries: number[]; answer: string };
}

const LEFT = { decision: "hand_over" as const, entries: [], answer: "" };
const answers = (answer: string, ...used: number[]) => ({
  decision: "answer" as const,
  entries: used,
  answer,
});
const known = { rules: "answered · knowledge" };

export const conversations: readonly Conversation[] = [
  { language: "en", texts: ["Hi", "what time do you open on saturday?"], ...known, entry: 0 },
  { language: "en", texts: ["how much does the basic plan cost"], ...known, entry: 1 },
  { language: "en", texts: ["Hello, can I return the product please?"], ...known, entry: 2 },
  {
    language: "en",
    texts: ["what time do you open on sundays?"],
    rules: "draft · classification",
    model: LEFT,
  },
  {
    language: "en",
    texts: ["how much is the basic plan and is there parking?"],
    rules: "draft · classification",
    model: answers("The basic plan is $20 a month, and parking is free for customers.", 1, 2),
  },
  { language: "en", texts: ["I want to talk to a real person"], rules: "handed_off · person_wanted" },
  {
    language: "en",
    texts: ["This is terrible, you charged me twice and nobody answers!"],
    rules: "handed_off · negative_sentiment",
  },
  { language: "en", texts: ["my lawyer will contact you about the basic plan"], rules: "handed_off · legal" },
  {
    language: "en",
    texts: ["can I use it if I am pregnant and take medication?"],
    rules: "handed_off · medical",
  },
  {
    language: "en",
    texts: ["am I talking to a bot?"],
    rules: "answered · assistant",
    says: /automatic assistant/,
  },
  { language: "es", texts: ["hola buenas", "a q hora abren los sabados?"], ...known, entry: 0 },
  { language: "es", texts: ["qué precio tiene el plan basico?"], ...known, entry: 1 },
  { language: "es", texts: ["quisiera saber si hacen devolucion"], ...known, entry: 2 },
  {
    language: "es",
    texts: ["¿a qué hora abren los domingos?"],
    rules: "draft · classification",
    model: LEFT,
  },
  {
    language: "es",
    texts: ["¿tienen parqueadero?", "¿y cuánto cuesta el plan básico?"],
    rules: "draft · classification",
    model: answers("El parqueadero es gratis para clientes y el plan básico cuesta $20.000 al mes.", 1, 2),
  },
  {
    language: "es",
    texts: ["quiero hablar con un asesor por favor"],
    rules: "handed_off · person_wanted",
  },
  {
    language: "es",
    texts: ["pésimo servicio, me cobraron dos veces y nadie responde"],
    rules: "handed_off · negative_sentiment",
  },
  { language: "es", texts: ["los voy a denunciar con la Profeco"], rules: "handed_off · legal" },
  {
    language: "es",
    texts: ["¿lo puedo tomar si estoy embarazada?"],
    rules: "handed_off · medical",
  },
  {
    language: "es",
    texts: ["¿eres un robot?"],
    rules: "answered · assistant",
    says: /asistente automático/,
  },
  { language: "pt", texts: ["oi", "que horas abrem aos sabados?"], ...known, entry: 0 },
  { language: "pt", texts: ["qual o valor do plano basico?"], ...known, entry: 1 },
  { language: "pt", texts: ["gostaria de saber se fazem devolução"], ...known, entry: 2 },
  {
    language: "pt",
    texts: ["que horas vocês abrem aos domingos?"],
    rules: "draft · classification",
    model: LEFT,
  },
  {
    language: "pt",
    texts: ["tem estacionamento e quanto custa o plano básico?"],
    rules: "draft · classification",
    model: answers("O estacionamento é grátis para clientes e o plano básico custa R$ 20 por mês.", 1, 2),
  },
  { language: "pt", texts: ["quero falar com um atendente"], rules: "handed_off · person_wanted" },
  {
    language: "pt",
    texts: ["péssimo atendimento, me cobraram duas vezes e ninguém responde"],
    rules: "handed_off · negative_sentiment",
  },
  { language: "pt", texts: ["vou falar com meu advogado sobre isso"], rules: "handed_off · legal" },
  {
    language: "pt",
    texts: ["posso usar se estou grávida?"],
    rules: "handed_off · medical",
  },
  {
    language: "pt",
    texts: ["você é um robô?"],
    rules: "answered · assistant",
    says: /assistente automático/,
  },
];

/** Asked of the model, as no entry answers it alone: entries 1 and 2 are what it is given. */
export const asked: Readonly<Record<Language, readonly string[]>> = {
  en: ["how much is the basic plan and is there parking?"],
  es: ["¿tienen parqueadero?", "¿y cuánto cuesta el plan básico?"],
  pt: ["tem estacionamento e quanto custa o plano básico?"],
};

/** Answers that break a rule, by rule. They name both entries, but where the rule is about that. */
export const breaches: readonly (readonly [string, Language, string, object?])[] = [
  ["a price of its own", "es", "El plan básico cuesta $15.000 al mes."],
  ["a price of its own", "en", "The basic plan is $19.99 a month."],
  ["a price in words", "es", "El plan básico cuesta quince mil pesos."],
  ["a price in words", "pt", "O plano básico custa vinte reais."],
  ["half the price", "en", "The basic plan is half price for you."],
  ["a discount", "es", "El plan básico tiene descuento si lo tomas ya."],
  ["a discount", "pt", "Temos uma promoção no plano básico."],
  ["a discount", "en", "You get a special deal on the basic plan."],
  ["a guarantee", "es", "Te garantizamos un lugar en el parqueadero."],
  ["a guarantee", "en", "We guarantee you a parking space."],
  ["a guarantee", "pt", "Garantimos uma vaga para você."],
  ["a date", "es", "El plan básico empieza el lunes."],
  ["a date", "en", "Your plan starts tomorrow."],
  ["a date in figures", "pt", "O plano básico começa em 15/12."],
  ["an hour", "es", "El parqueadero abre a las 7."],
  ["a link", "es", "El plan básico está en https://planes.example/basico"],
  ["a bare link", "en", "See planes.example for the basic plan."],
  ["a link in words", "es", "Búscanos en planes punto com."],
  ["a telephone number", "es", "Llama al +57 300 123 4567 por el plan básico."],
  ["an e-mail address", "pt", "Escreva para vendas@planos.example."],
  ["something done", "es", "Listo, tu plan básico ya quedó reservado."],
  ["something done", "en", "Your plan has been booked."],
  ["something it will do", "en", "We'll call you about the basic plan."],
  ["something it will do", "es", "Te llamaremos por el plan básico."],
  ["being a person", "es", "Soy una persona real y te cuento: el parqueadero es gratis."],
  ["being a person", "en", "I'm not a bot. Parking is free for customers."],
  ["a name", "pt", "Meu nome é Ana. O estacionamento é grátis."],
  ["medical advice", "es", "Toma ibuprofeno y el parqueadero es gratis."],
  ["legal advice", "en", "You should sue them; parking is free for customers."],
  ["a variable", "es", "Hola {name}, el parqueadero es gratis para clientes."],
  ["nothing", "es", " "],
  ["too much", "es", "El parqueadero es gratis para clientes. ".repeat(20)],
  ["no entry", "es", "El parqueadero es gratis para clientes.", { entries: [] }],
  ["an entry that there is not", "en", "Parking is free for customers.", { entries: [9] }],
  ["more than was asked for", "es", "El parqueadero es gratis para clientes.", { send_to: "todos" }],
  ["another decision", "pt", "O estacionamento é grátis para clientes.", { decision: "send_list" }],
];
