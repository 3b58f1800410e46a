/** Requests to be told of certain things only: order updates, reminders. They end marketing and nothing else. */

const ONLY = "(?:only|just|solo|solamente|unicamente|so|somente|apenas|nada mas|exclusivamente)";

/** Between the only and what is wanted: `only send me`, `solo quiero recibir`, `só me manda`. */
const WANT =
  "(?:(?:i|me|us|nos|to|that|que|want|like|need|send|sending|text|texting|message|messaging|contact|notify|keep|get|receive|quiero|quisiera|deseo|necesito|prefiero|prefiro|gostaria|de|recibir|receber|mand\\w+|en[bv]i\\w+|escri[bv]\\w+|escrev\\w+|avis(?:en|eme|enme|a|ame|em)|notifi\\w+|contact\\w+|for|by|por|para|with|con|com|about|sobre|los|las|el|la|lo|os|as|o|a|the|my|your|mis?|sus?|seus?|suas?) )*";

const THING =
  "(?:orders?|deliver(?:y|ies)|shipping|shipments?|packages?|purchases?|appointments?|bookings?|reservations?|accounts?|payments?|bills?|billing|invoices?|security|service|pedidos?|en[bv]ios?|entregas?|compras?|citas?|consultas?|turnos?|reser[bv]as?|cuentas?|contas?|pagos?|pagamentos?|facturas?|faturas?|boletos?|encomendas?|paquetes?|seguridad|seguranca|servicios?|servicos?)";

const NEWS =
  "(?:updates?|notifications?|notices?|reminders?|alerts?|confirmations?|messages?|texts?|info(?:rmation)?|actualizacion(?:es)?|avisos?|recordatorios?|notificacion(?:es)?|alertas?|mensajes?|confirmacion(?:es)?|informacion|atualizacoes|atualizacao|lembretes?|notificacoes|notificacao|confirmacoes|confirmacao|informacoes|informacao)";

const OF =
  "(?: (?:of|on|about|for|de|del|do|da|dos|das|sobre|con|com|my|the|your|mis?|sus?|el|la|los|las|o|a|os|as|seus?|suas?|meus?|minhas?))* ";

/** At the head of a clause, so that `I only got order updates` and `is this only order updates?` are none. */
const HEAD =
  "(?:^|\\| ?)(?:(?:please|ok|okay|but|and|hi|hello|hola|ola|y|e|pero|mas|i|si|sim|yes|por favor|me|want|quiero|mejor|better) )*";

const NARROW = [
  `${HEAD}${ONLY} ${WANT}${THING} (?:\\w+ )?${NEWS}\\b`,
  `${HEAD}${ONLY} ${WANT}${NEWS}${OF}(?:\\w+ )?${THING}\\b`,
  `${HEAD}${ONLY} ${WANT}(?:reminders|recordatorios|lembretes)\\b`,
  `${HEAD}${ONLY} (?:text|message|contact|email|notify|write to|mand\\w+|en[bv]i\\w+|escri[bv]\\w+|escrev\\w+|avis\\w+|contact\\w+) (?:me )?(?:\\w+ ){0,2}?(?:about|sobre|de|do|da|por|for|with)${OF}(?:\\w+ )?${THING}\\b`,
].map((source) => new RegExp(source));

/** What narrows, in the plain form of replyText.ts; empty where nothing does. */
export function narrowingWords(joined: string): string[] {
  for (const pattern of NARROW) {
    const found = pattern.exec(joined);
    if (found !== null) return [found[0].replace(/^\| ?/, "")];
  }
  return [];
}
