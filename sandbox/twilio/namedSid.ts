import { createHash } from "node:crypto";

/** A stable SID for things that are told apart by a text of their own. */
export function namedSid(prefix: string, name: string): string {
  return prefix + createHash("md5").update(`${prefix}|${name}`).digest("hex");
}
