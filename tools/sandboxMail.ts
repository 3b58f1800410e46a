import type { Ask } from "./client.ts";

/** A mail for one recipient as GET /_sandbox/mail/messages gives it. */
export interface SandboxMail {
  id: string;
  /** Of its call. */
  call: number;
  to: string;
  twice: boolean;
  /** Events that came about, and those that were told and acknowledged. */
  events: string[];
  told: string[];
  one_clicked: boolean;
  custom_args: { message?: string; n?: string };
}

/** How a call was answered, and how many of its events were acknowledged. */
export interface SandboxMailCall {
  call: number;
  answer: string;
  told: number;
}

/** Every mail that the sandbox has taken, of one account or of all. */
export function sandboxMails(sandbox: Ask, account?: string): Promise<SandboxMail[]> {
  return all(sandbox, "messages", account);
}

export function sandboxMailCalls(sandbox: Ask): Promise<SandboxMailCall[]> {
  return all(sandbox, "calls");
}

async function all<T>(sandbox: Ask, what: "messages" | "calls", account?: string): Promise<T[]> {
  const found: T[] = [];
  const of = account === undefined ? "" : `&account=${account}`;
  for (let cursor: string | null = "0"; cursor !== null; ) {
    const page = await sandbox(`GET /_sandbox/mail/${what}?limit=10000&cursor=${cursor}${of}`);
    found.push(...page[what]);
    cursor = page.next_cursor;
  }
  return found;
}

/** Message and number of the attempt that a mail says it is: the ids that it was sent with. */
export const attemptOf = ({ custom_args: { message, n } }: SandboxMail): string => `${message}.${n}`;

/** What events prove of an attempt, in the words of the tables. */
export function mailState(events: readonly string[]): string {
  const any = (...some: string[]) => some.some((one) => events.includes(one));
  if (any("bounce", "blocked")) return "undelivered";
  if (any("dropped")) return "failed";
  if (any("open", "click")) return "read";
  if (any("delivered", "machine_open", "unsubscribe", "group_unsubscribe", "spamreport")) return "delivered";
  return "accepted";
}
