import type { Message } from "./model.ts";

const RUN_DIGITS = 20;
const SEQ_DIGITS = 12;

/** SM… or MM…, from the sandbox's own number for the message: no index of SIDs is needed to find it again. */
export function messageSid(message: Pick<Message, "media" | "seq">, run: string): string {
  return `${message.media > 0 ? "MM" : "SM"}${run}${message.seq.toString(16).padStart(SEQ_DIGITS, "0")}`;
}

/** The sandbox's number of a message SID, or undefined where it cannot be one of this run. */
export function seqOf(sid: string, run: string): number | undefined {
  if (!/^(SM|MM)[0-9a-f]{32}$/.test(sid) || sid.slice(2, 2 + RUN_DIGITS) !== run) return undefined;
  return Number.parseInt(sid.slice(2 + RUN_DIGITS), 16);
}
