/** What a question asks about, in words that a workspace's knowledge is searched by. */
import { plainWords } from "../conversationKeywords.ts";
import type { Language } from "./language.ts";

const list = (words: string) => words.split(" ");

/** Said around a question, and in none of its answers. Without accents. */
const COURTESIES: Readonly<Record<Language, ReadonlySet<string>>> = {
  en: new Set(
    list(
      "hi hello hey dear good morning afternoon evening thanks thank please pls plz sorry question quick want wanna know tell " +
        "could would can help like wondering wonder asking ask info information ok okay guys sir madam u ur pleasure let have has",
    ),
  ),
  es: new Set(
    list(
      "hola holaa ola buenas buenos buen dia dias tarde tardes noche noches gracias favor porfa porfavor pf disculpe disculpa " +
        "disculpen perdon pregunta preguntita duda consulta quiero quisiera queria saber decir decirme dime digame decime puedes " +
        "puede pueden podria podrias me ayudas ayuda informacion info necesito gustaria amigo amiga senor senora senores ok " +
        "xfa q k pues oye oiga tal vez entonces cuanto cuanta puedo podemos hay tienen tiene hacen",
    ),
  ),
  pt: new Set(
    list(
      "oi ola opa bom boa dia tarde noite obrigado obrigada obg favor pfv desculpe desculpa pergunta duvida quero queria gostaria " +
        "saber dizer diga me pode podem poderia ajuda ajudar informacao informacoes info preciso vc vcs voce voces moco moca ok " +
        "entao quanto quanta posso podemos ha tem fazem",
    ),
  ),
};

/** Words for the same matter: one word's entry answers another's question. The first stands for all. */
const MATTERS: Readonly<Record<Language, readonly (readonly string[])[]>> = {
  en: [
    list("price prices cost costs much fee fees rate rates"),
    list("hours time times open opens opening close closes closing schedule"),
    list("address location located where find"),
    list("shipping ship ships delivery deliver delivers"),
    list("payment pay pays paying payments"),
    list("return returns refund refunds"),
  ],
  es: [
    list("precio precios cuesta cuestan vale valen valor costo costos coste tarifa tarifas sale"),
    list("horario horarios hora horas abren abre cierran cierra atienden atiende"),
    list("direccion ubicacion ubicados ubicado queda quedan donde encuentran"),
    list("envio envios envian envia enviar domicilio domicilios entrega entregas entregan mandan"),
    list("pago pagos pagar pagan"),
    list("devolucion devoluciones devolver reembolso reembolsos cambio cambios"),
    list("parqueadero parqueo parking estacionamiento estacionar parquear"),
  ],
  pt: [
    list("preco precos custa custam valor valores custo custos sai tarifa"),
    list(
      "horario horarios hora horas abrem abre fecham fecha atendem atende funcionam funciona funcionamento",
    ),
    list("endereco localizacao localizados fica ficam onde encontram"),
    list("entrega entregas entregam entregar envio enviam envia frete"),
    list("pagamento pagamentos pagar pagam"),
    list("devolucao devolucoes devolver reembolso reembolsos troca trocas trocar"),
    list("estacionamento estacionar vaga vagas"),
  ],
};

const byWord = (matters: readonly (readonly string[])[]): ReadonlyMap<string, readonly string[]> =>
  new Map(matters.flatMap((words) => words.map((word) => [word, words] as const)));
const matterOf = { en: byWord(MATTERS.en), es: byWord(MATTERS.es), pt: byWord(MATTERS.pt) };

const wordsOf = (text: string, language: Language): string[] =>
  plainWords(text)
    .split(" ")
    .filter((word) => word !== "" && !COURTESIES[language].has(word));

/** A text's words without courtesies, those for the same matter as one word. Empty where it asks nothing. */
export const mattersOf = (text: string, language: Language): string =>
  wordsOf(text, language)
    .map((word) => matterOf[language].get(word)?.[0] ?? word)
    .join(" ");

/** The words by which candidates are looked for: also all that stand for the same matters. */
export const widened = (text: string, language: Language): string =>
  wordsOf(text, language)
    .flatMap((word) => matterOf[language].get(word) ?? [word])
    .join(" ");
