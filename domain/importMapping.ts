import type { Channel } from "./address.ts";
import { DomainError } from "./errors.ts";
import { ROW_FIELDS, type RowField } from "./importRow.ts";

export type MappedColumn = { header: string; field: RowField };

export type MappingOptions = {
  /** Header (as in the file, or differing in case and accents only) → field; wins over what is recognised. */
  overrides?: Readonly<Record<string, string>>;
  /** The channels that this import's consent is for: a column about others is an attribute. */
  channels?: readonly Channel[];
};

/** Headers without case, accents and signs, in Spanish, English, Portuguese; the likelier first where a file has several. */
const HEADERS: readonly [RowField, string][] = [
  ["phone", "whatsapp|numero whatsapp|numero de whatsapp|whatsapp number|telefono whatsapp|celular whatsapp"],
  ["phone", "celular|telefono celular|tel celular|numero celular|numero de celular|n celular|celular 1|cel"],
  [
    "phone",
    "movil|telefono movil|numero movil|mobile|mobile phone|mobile number|cell|cell phone|cellphone|telemovel",
  ],
  [
    "phone",
    "telefono|telefono 1|telefono principal|telefono de contacto|numero de telefono|numero telefonico|tel",
  ],
  ["phone", "phone|phone number|telephone|telephone number|phone 1|contact number|telefone|fone|telefone 1"],
  ["phone", "numero de telefone|msisdn|numero|number"],
  [
    "email",
    "correo|correo electronico|direccion de correo|direccion de correo electronico|correo e|correo 1",
  ],
  ["email", "email|e mail|mail|email address|e mail address|email 1|endereco de email|endereco de e mail"],
  [
    "name",
    "nombre completo|nombre y apellido|nombre y apellidos|nombres y apellidos|full name|nome completo",
  ],
  ["name", "nombre|nombres|name|nome|first name|primer nombre|primeiro nome|given name"],
  ["name", "contacto|nombre del contacto|nombre de contacto|contact|contact name|cliente|nombre cliente"],
  ["name", "nombre del cliente|customer|customer name|contato|nome do cliente|razon social"],
  ["city", "ciudad|ciudad de residencia|city|town|cidade|municipio|poblacion|localidad"],
  ["region", "estado|departamento|provincia|state|region|province"],
  ["language", "idioma|language|lengua|lenguaje|lingua"],
  ["time_zone", "zona horaria|huso horario|time zone|timezone|fuso horario|fuso"],
  ["tags", "etiqueta|etiquetas|tag|tags|label|labels|marcador|marcadores|segmento|segmentos|grupo|grupos"],
];
const SEVERAL: readonly RowField[] = ["tags", "consent", "attribute", "ignore"];

const CONSENT =
  /\b(?:autoriza\w*|acept[ao]\w*|aceit[ao]\w*|permite|permiso|permissao|consent\w*|opt ?in|optin|suscri\w*|subscribed|inscrit[oa]|habeas data|double opt in)\b/;
const OPT_OUT =
  /\b(?:opt ?out|optout|unsubscribed?|do not (?:contact|call|text|mail)|dnc|no (?:contactar|llamar|molestar|enviar|escribir)|nao (?:contatar|ligar|perturbar|enviar)|lista negra|blacklist|descadastrad[oa]|desuscri\w*|dad[oa] de baja|bajas?)\b/;
const CHANNEL_WORDS: readonly [Channel, RegExp][] = [
  ["whatsapp", /\b(?:whatsapp|wa|wsp)\b/],
  ["sms", /\b(?:sms|texto|textos|text)\b/],
  ["email", /\b(?:e ?mails?|correos?)\b/],
  ["voice", /\b(?:llamadas?|voz|calls?|voice|ligacao|ligacoes)\b/],
];

/**
 * What each column of a file is, by its header. Of several that could be one field the likelier is taken,
 * the others are attributes, as is everything unknown. Headers become unique, blank ones `column 3`.
 * @throws DomainError `validation` where an override names no column or no field, two columns are to be
 * one field, no column names people, or a column seems to list who must not be contacted: that is not guessed.
 */
export function mapColumns(headers: readonly string[], options: MappingOptions = {}): MappedColumn[] {
  const names = uniqueNames(headers);
  const plain = names.map(plainWords);
  const fields = new Array<RowField | undefined>(names.length).fill(undefined);
  for (const [header, field] of Object.entries(options.overrides ?? {})) {
    fields[columnOf(header, names, plain)] = fieldOf(field, header);
  }
  refuseTwice(fields, names);
  plain.forEach((words, at) => {
    if (fields[at] !== undefined) return;
    if (OPT_OUT.test(words)) throw optOutColumn(names[at] as string);
    if (CONSENT.test(words)) fields[at] = concerns(words, options.channels) ? "consent" : "attribute";
  });
  for (const [field, words] of HEADERS) {
    for (const word of words.split("|")) {
      plain.forEach((header, at) => {
        if (fields[at] !== undefined || header !== word) return;
        fields[at] = fields.includes(field) && !SEVERAL.includes(field) ? "attribute" : field;
      });
    }
  }
  if (!fields.includes("phone") && !fields.includes("email")) throw nobodyNamed();
  return names.map((header, at) => ({ header, field: fields[at] ?? "attribute" }));
}

function uniqueNames(headers: readonly string[]): string[] {
  const taken = new Set<string>();
  return headers.map((raw, at) => {
    const header =
      raw
        .replace(/[\p{Cf}\p{Cc}]+/gu, " ")
        .trim()
        .normalize("NFC") || `column ${at + 1}`;
    let name = header;
    for (let n = 2; taken.has(name); n++) name = `${header} ${n}`;
    taken.add(name);
    return name;
  });
}

function plainWords(text: string): string {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return bare.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

function columnOf(header: string, names: readonly string[], plain: readonly string[]): number {
  const exact = names.indexOf(header);
  const at = exact >= 0 ? exact : plain.indexOf(plainWords(header));
  if (at >= 0) return at;
  throw new DomainError("validation", "The mapping names a column that the file does not have.", {
    field: `mapping.${header}`,
    fix: "Use the headers of the file's first line.",
    details: { headers: names },
  });
}

function fieldOf(field: string, header: string): RowField {
  if ((ROW_FIELDS as readonly string[]).includes(field)) return field as RowField;
  throw new DomainError("validation", "The mapping names a field that does not exist.", {
    field: `mapping.${header}`,
    fix: `Use one of ${ROW_FIELDS.join(", ")}.`,
  });
}

function refuseTwice(fields: readonly (RowField | undefined)[], names: readonly string[]): void {
  fields.forEach((field, at) => {
    if (field === undefined || SEVERAL.includes(field) || fields.indexOf(field) === at) return;
    throw new DomainError("validation", `Two columns are mapped to ${field}.`, {
      field: `mapping.${names[at]}`,
      fix: "Map one of them to attribute or ignore.",
    });
  });
}

/** The channels that a header such as `Autoriza WhatsApp` names; none where it is about consent as such. */
export function channelsNamed(header: string): Channel[] {
  const words = plainWords(header);
  return CHANNEL_WORDS.filter(([, pattern]) => pattern.test(words)).map(([channel]) => channel);
}

function concerns(words: string, channels: readonly Channel[] | undefined): boolean {
  const named = channelsNamed(words);
  return named.length === 0 || !channels || named.some((channel) => channels.includes(channel));
}

function optOutColumn(header: string): DomainError {
  return new DomainError("validation", "A column seems to list who must not be contacted.", {
    field: `mapping.${header}`,
    fix: "Say what it is: map it to attribute or ignore, and bring these people in as suppressions.",
  });
}

function nobodyNamed(): DomainError {
  return new DomainError("validation", "No column was recognised as phone or e-mail.", {
    field: "mapping",
    fix: 'Name it, as in {"Contacto 1": "phone"}; the first line of the file must be its headers.',
  });
}
