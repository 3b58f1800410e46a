export const LISTS = ["bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes"] as const;
export type List = (typeof LISTS)[number];

/** Why an address is on a list. */
export interface Suppressed {
  /** Epoch seconds. */
  created: number;
  email: string;
  reason?: string;
  status?: string;
  ip?: string;
}

/** A list by its name, or a group's by `asm:{id}`. */
export type ListName = List | `asm:${number}`;

// Why SendGrid drops a mail of whom is on which list. Blocks are tried again.
// Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event#dropped
const DROPS: [List, string, string][] = [
  ["bounces", "Bounced Address", "bypass_bounce_management"],
  ["invalid_emails", "Invalid", "bypass_bounce_management"],
  ["spam_reports", "Spam Reporting Address", "bypass_spam_management"],
  ["unsubscribes", "Unsubscribed Address", "bypass_unsubscribe_management"],
];

/** An account's suppression lists; addresses are compared in lower case. */
export class Suppressions {
  readonly #lists = new Map<ListName, Map<string, Suppressed>>();

  /** Newest first, as SendGrid shows them. */
  of(list: ListName): Suppressed[] {
    return [...(this.#lists.get(list)?.values() ?? [])].reverse();
  }

  has(list: ListName, email: string): boolean {
    return this.#lists.get(list)?.has(email.toLowerCase()) ?? false;
  }

  add(list: ListName, suppressed: Suppressed): void {
    const present = this.#lists.get(list) ?? new Map<string, Suppressed>();
    present.set(suppressed.email.toLowerCase(), suppressed);
    this.#lists.set(list, present);
  }

  /** Takes one off, or all. */
  remove(list: ListName, email?: string): void {
    if (email === undefined) this.#lists.delete(list);
    else this.#lists.get(list)?.delete(email.toLowerCase());
  }

  /** Why a mail to this address is dropped, or undefined. */
  drops(email: string, bypass: readonly string[], group: number | undefined): string | undefined {
    if (this.#lists.size === 0 || bypass.includes("bypass_list_management")) return undefined;
    for (const [list, reason, by] of DROPS) {
      if (!bypass.includes(by) && this.has(list, email)) return reason;
    }
    const grouped = group !== undefined && !bypass.includes("bypass_unsubscribe_management");
    return grouped && this.has(`asm:${group}`, email) ? "Unsubscribed Address" : undefined;
  }
}
