/** What an answer in TwiML asks for: the verbs in their order, and what is to be recorded. */
export interface Instructions {
  verbs: string[];
  record: { channels: number; callbackUrl: string | null; actionUrl: string | null } | null;
}

const TAG = /<([A-Za-z]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?>/g;
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

/**
 * Reads the verbs that this stand-in can carry out: Say, Pause, Record, Dial, Hangup, Reject. URLs are taken relative
 * to the document's, as Twilio does. Undefined where the answer is no TwiML.
 * Source: https://www.twilio.com/docs/voice/twiml
 */
export function readTwiml(text: string, documentUrl: string): Instructions | undefined {
  if (!/<Response\b/.test(text)) return undefined;
  const read: Instructions = { verbs: [], record: null };
  for (const [, name = "", given = ""] of text.matchAll(TAG)) {
    if (name === "Response" || name === "Number") continue;
    read.verbs.push(name);
    const attributes = attributesOf(given);
    const url = (field: string): string | null => {
      const value = attributes.get(field);
      return value === undefined || value === "" ? null : new URL(value, documentUrl).href;
    };
    const recorded =
      name === "Record" ||
      (name === "Dial" && (attributes.get("record") ?? "do-not-record") !== "do-not-record");
    if (recorded && read.record === null) {
      read.record = {
        channels: attributes.get("record")?.endsWith("-dual") === true ? 2 : 1,
        callbackUrl: url("recordingStatusCallback"),
        actionUrl: url("action"),
      };
    }
  }
  return read;
}

function attributesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? "";
    found.set(
      name,
      value.replaceAll(/&(?:amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity] as string),
    );
  }
  return found;
}
