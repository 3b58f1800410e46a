/** Words of a workspace's own, beside the known ones. */
export type ConsentWords = { yes?: readonly string[]; no?: readonly string[] };

const YES = words(
  "si|s|sí|yes|y|yep|sim|x|1|true|t|v|verdadero|verdadeiro|ok|okay|on|acepto|acepta|aceptado|aceptada|aceito|aceita|" +
    "autoriza|autorizo|autorizado|autorizada|de acuerdo|concordo|consiente|consiento|opted in|opt in|opted_in|" +
    "subscribed|suscrito|suscrita|inscrito|inscrita|agree|agreed|✓|✔|✅|👍|☑",
);
const NO = words(
  "no|n|nao|não|nope|0|false|f|falso|off|never|nunca|jamas|no autoriza|no autorizo|no autorizado|no autorizada|" +
    "no acepta|no acepto|nao aceita|nao aceito|nao autoriza|nao autorizo|rechaza|rechazado|rechazo|recusa|recusado|" +
    "opted out|opt out|opted_out|unsubscribed|stop|baja|dado de baja|revocado|revoca|disagree|✗|✘|❌|👎|🚫",
);
const REFUSAL =
  /^(?:no|nao|dont|don t|do not|does not|not) (?:quier|dese|autori|acep|aceit|permit|conta[ct]|envi|molest|llam|escrib|want|agree|accept|consent|send|call|text)/;
const ASSENT =
  /^(?:si|sim|yes) (?:autori|acep|aceit|quier|dese|quero|permit|agree|i |consent|claro|de acuerdo)/;

/**
 * What a cell says about consent. Blank, `?` and whatever is neither a known yes nor a known no say nothing:
 * consent is never guessed.
 */
export function readConsent(cell: string, own: ConsentWords = {}): "yes" | "no" | null {
  const said = bare(cell);
  if (said === "") return null;
  if (own.no?.some((word) => bare(word) === said)) return "no";
  if (own.yes?.some((word) => bare(word) === said)) return "yes";
  if (NO.has(said) || REFUSAL.test(said)) return "no";
  return YES.has(said) || ASSENT.test(said) ? "yes" : null;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split("|").map(bare));
}

function bare(text: string): string {
  const plain = text
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .toLowerCase();
  return plain.replace(/[^\p{L}\p{N}\p{S}]+/gu, " ").trim();
}
