/** How a text greets whoever gets it. Works on masked texts (textFacts.ts). */
import type { Fact } from "./textFacts.ts";

const HELLO =
  /^[¡\s]*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hola|buenas(?=[,.! ]*$|[,.!])|buen d[ií]a|buen[oa]s (?:d[ií]as|tardes|noches)|estimad[oa](?:\(a\))?|ol[aá]|oi|bom dia|boa tarde|boa noite|prezad[oa](?:\(a\))?)(?![\p{L}])/iu;
/** Whom a greeting names when it names nobody. */
const ANYBODY =
  /^(?: +(?:there|all|everyone|everybody|friends?|customers?|clients?|sir or madam|amig[oa]s?|cliente|clientes|a todos|tod[oa]s|gente|pessoal|usted|señor(?:a|es)?)(?!\p{L}))?[ ]*[!.,:;]*\s*/iu;
/** Behind a greeting: the one who is greeted, as a fact or a word written large. */
const SOMEBODY =
  /^[ ,]*(?:(?:Mr|Mrs|Ms|Dr|Sr|Sra|Don|Doña|Dona|Seu)\.? +)?(?:([\uE000-\uF8FF])|(\p{Lu}\p{L}+))/u;

export type Greeting = {
  /** "Hello there" greets anybody, "Hello Ana" a name, "Hello {name}" whoever gets it. */
  greets: "nobody" | "anybody" | "name" | "variable";
  /** The name as it stands, where it greets one. */
  name?: string;
  /** What comes behind the greeting. */
  rest: string;
};

/** What a masked text begins with. */
export function greetingOf(masked: string, facts: readonly Fact[]): Greeting {
  const hello = HELLO.exec(masked);
  if (hello === null) return { greets: "nobody", rest: masked };
  const behind = masked.slice(hello[0].length);
  const somebody = SOMEBODY.exec(behind);
  const sign = somebody?.[1];
  const fact = sign === undefined ? undefined : facts[sign.charCodeAt(0) - 0xe000];
  const rest = (of: string) => of.replace(/^[ ]*[!.,:;]*\s*/, "");
  if (fact?.kind === "variable")
    return { greets: "variable", rest: rest(behind.slice(somebody?.[0].length)) };
  const name = fact?.kind === "name" ? fact.words : somebody?.[2];
  if (name !== undefined) return { greets: "name", name, rest: rest(behind.slice(somebody?.[0].length)) };
  return { greets: "anybody", rest: behind.slice(ANYBODY.exec(behind)?.[0].length ?? 0) };
}

/** Words that begin a sentence large and go on in one small; a name never does. */
const GO_ON =
  /^(?:you|your|we|our|here|this|that|the|there|it|it['’]s|come|would|could|can|do|is|are|how|what|thanks?|please|only|only|if|a|an|tu|tus|su|sus|te|le|nos|nosotros|la|el|los|las|lo|un|una|aqu[ií]|hay|est[aá]|este|esta|eres|es|no|ya|por|para|con|en|pide|puedes?|recibe|reciba|tenemos|queremos|quieres|gracias|conoce|conozca|termina|v[aá]lido|soy|somos|mañana|si|seu|sua|seus|suas|voc[eê]|o|os|as|um|uma|aqui|h[aá]|est[aá]|temos|queremos|pe[çc]a|receba|obrigad[oa]|conhe[çc]a|gostaria|quer|n[aã]o|em|com|sou|amanh[aã]|se)(?![\p{L}'’])/iu;

/** The rest of a sentence behind a greeting that ends in a comma; undefined where it has to begin anew. */
export function goingOn(rest: string): string | undefined {
  const signs = /^[¡¿]*/.exec(rest)?.[0] ?? "";
  const words = rest.slice(signs.length);
  return GO_ON.test(words) ? signs + words.charAt(0).toLowerCase() + words.slice(1) : undefined;
}

/** A name as it can be greeted: one line, no braces, nothing that reads as a link or a figure; undefined: it cannot. */
export function greetable(name: string): string | undefined {
  const plain = name.replace(/\s+/g, " ").trim();
  return /^\p{L}[\p{L}\p{M} .'’-]{0,59}$/u.test(plain) && !/\.\p{L}/u.test(plain) ? plain : undefined;
}
