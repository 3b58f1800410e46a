// Twilio's default words: https://help.twilio.com/articles/223134027 — only these block by themselves.
const STOP = new Set(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]);
const START = new Set(["START", "YES", "UNSTOP"]);
const HELP = new Set(["HELP", "INFO"]);

export type KeyWord = "STOP" | "START" | "HELP";

/** What Twilio itself makes of an inbound SMS: the whole text must be the word. */
export function wordOf(body: string): KeyWord | undefined {
  const word = body.trim().toUpperCase();
  if (STOP.has(word)) return "STOP";
  if (START.has(word)) return "START";
  return HELP.has(word) ? "HELP" : undefined;
}
