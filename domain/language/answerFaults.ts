/** What is wrong with an answer that a model has written: it may say nothing that the entries it used do not say. */
import { plainWords } from "../conversationKeywords.ts";
import { strangersIn } from "./allowedFacts.ts";

const LONGEST = 600;

/** Words that bind a business, in three languages, without accents: each must stand in an entry as well. */
const PROMISES: readonly (readonly [string, RegExp])[] = [
  [
    "a discount",
    /\b(descuentos?|rebajas?|promo|promocion(es)?|ofertas?|cupon(es)?|descontos?|promocao|promocoes|cupom|cupons|discounts?|deals?|coupons?|off|(2|dos|two|dois)x(1|uno|one|um))\b/g,
  ],
  [
    "a guarantee",
    /\b(garantias?|garanti[zc]\w+|garanti(r|mos|do|da|dos|das)|guarante\w+|warrant\w+|promet\w+|promis\w+|asegur\w+|assegur\w+|assured?|sin falta|sem falta|sin riesgos?|sem riscos?|risk free|no risk)\b/g,
  ],
  [
    "a price",
    /\b(gratis|gratuit\w+|de graca|de cortesia|cortesia|sin costo|sem custo|free|complimentary|mitad|metade|half)\b/g,
  ],
  [
    "a number",
    /\b(dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien(to|tos)?|quinientos|mil|millon(es)?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dois|duas|quatro|sete|oito|nove|dez|doze|vinte|trinta|quarenta|cinquenta|sessenta|oitenta|cem|cento|duzentos|quinhentos|milhao|milhoes)\b/g,
  ],
  [
    "a date",
    /\b(hoy|manana|lunes|martes|miercoles|jueves|viernes|sabados?|domingos?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|semanas?|mes|meses|hoje|amanha|segunda feira|terca feira|quarta feira|quinta feira|sexta feira|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro|today|tonight|tomorrow|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|january|february|march|april|june|july|august|september|october|november|december|weeks?|months?|weekends?)\b/g,
  ],
  [
    "something done",
    /\b((reservad|agendad|apartad|confirmad|cancelad|reembolsad|aprobad|aprovad)[oa]s?|booked|reserved|confirmed|scheduled|cancell?ed|refunded|approved|(we|i) (ll|will|have)|(llamar|enviar|mandar|reembolsar|devolver|contactar|resolver|ligar|reembolsar)emos|vamos a \w+r|vamos (te )?\w+r)\b/g,
  ],
  [
    "legal or medical advice",
    /\b(abogad\w+|demandar?|advogad\w+|lawyers?|sue|lawsuits?|dosis|dose|dosage|diagnos\w+|medicament\w*|medications?|pastillas?|pills?|ibuprofeno?|paracetamol|tratamiento|tratamento|treatment)\b/g,
  ],
];

const CLAIMS_TO_BE_A_PERSON =
  /\b((soy|sou) (una? |uma )?(\w+ )?(persona|humano|humana|pessoa|asesora?|atendente)( real| de verdad)?|no soy (un |una )?(bot|robot|maquina)|nao sou (um |uma )?(bot|robo|maquina)|i am (a )?(real )?(human|person)|im (a )?(real )?(human|person)|i m (a )?(real )?(human|person)|(i m|im|i am) not (a |an )?(bot|robot|machine|ai)|mi nombre es|me llamo|meu nome e|my name is)\b/;

/**
 * What is wrong with it, in one sentence for the model; undefined: it may go out.
 * @param facts the entries that it says it has used
 */
export function faultOfAnswer(answer: string, facts: readonly string[]): string | undefined {
  if (answer.trim() === "") return "the answer is empty.";
  if (answer.length > LONGEST) return `the answer is longer than ${LONGEST} characters.`;
  if (facts.length === 0) return "it names no entry that it was taken from.";
  if (/[{}]/.test(answer)) return "it has braces, which stand for variables here.";
  const strange = strangersIn(answer, facts);
  if (strange.length > 0) return `it names ${strange.join(", ")}, which the entries it used do not have.`;
  const said = plainWords(answer);
  if (CLAIMS_TO_BE_A_PERSON.test(said)) return "it claims to be a person.";
  const known = ` ${plainWords(facts.join("\n"))} `;
  for (const [kind, pattern] of PROMISES) {
    const made = [...said.matchAll(pattern)].map(([words]) => words);
    const unknown = made.find((words) => !known.includes(` ${words} `));
    if (unknown !== undefined) return `it has ${kind}, "${unknown}", which the entries it used do not have.`;
  }
  return undefined;
}
