/** Headers of a mail as they came, each by its name in lower case; of several with one name the first. */
export function readHeaders(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  // RFC 5322 2.2.3: a line that begins with a blank goes on with the one before.
  for (const line of text.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name !== "" && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

const ABSENT =
  /^(?:re: )?(?:(?:automatic|auto(?:matic)?[- ]?)(?:reply|response)\b|auto:|autoreply\b|out of (?:the )?office|away from (?:the |my )?office|respuesta autom[aá]tica|auto-?respuesta|fuera de (?:la )?oficina|ausente\b|ausencia\b|resposta autom[aá]tica|auto-?resposta|fora do escrit[oó]rio|aus[eê]ncia\b|abwesen|r[eé]ponse automatique|absence\b|risposta automatica)/iu;
const BULK = /^(?:bulk|junk|list|auto_reply)$/i;

/**
 * Whether a program has written a mail: by RFC 3834 where it says so, else by what programs that keep no standard put
 * in, or by the subject of an absence note. `X-Auto-Response-Suppress` is no sign: Exchange puts it into what people write, too.
 */
export function isAutomatic(headers: ReadonlyMap<string, string>, subject: string): boolean {
  const submitted = headers.get("auto-submitted");
  if (submitted !== undefined && !/^no\b/i.test(submitted)) return true;
  if (BULK.test(headers.get("precedence") ?? "") || headers.has("list-id")) return true;
  return (
    ["x-autoreply", "x-autorespond", "x-autoresponder"].some((name) => headers.has(name)) ||
    ABSENT.test(subject)
  );
}
