import { seeded } from "../random.ts";
import { Tallies } from "../tallies.ts";
import type { MailBehaviour, MailRule } from "./behaviours.ts";
import {
  type BatchOrder,
  bitOf,
  type Group,
  Mail,
  MailAccount,
  type MailAccountRecord,
  type MailCall,
  type MailStep,
  type MailTop,
} from "./model.ts";
import { mailPlanOf } from "./plan.ts";
import { MailSettings } from "./settings.ts";
import type { List, ListName, Suppressed } from "./suppressions.ts";

/** How an attempt to tell ended. */
export type End = "acknowledged" | "failed" | "lost";
export type Ends = Record<End, number>;

/** Everything that changes what is known of mail, as a line of the journal. */
export type MailEntry =
  | { k: "mail_settings"; v: MailSettings }
  | { k: "mail_account"; v: MailAccountRecord }
  | { k: "mail_rule"; v: MailRule }
  | MailCallEntry
  /** Steps that have come about: pairs of mail and step. */
  | { k: "mail_came"; at: number; of: number[] }
  /** Steps that were told, or will not be: pairs of mail and step. */
  | { k: "mail_told"; end: End; of: number[] }
  /** What was planned for a mail does not come about: this does instead. */
  | { k: "mail_instead"; n: number; v: MailStep[] }
  | { k: "mail_answer"; c: number; answer: string }
  /** One answer of the send route, `by` more or fewer. */
  | { k: "mail_tally"; a: string; key: string; at: number; by: number }
  | { k: "mail_list"; a: string; list: ListName; v: Suppressed }
  | { k: "mail_unlist"; a: string; list: ListName; email?: string }
  | { k: "mail_group"; a: string; v: Group }
  | { k: "mail_ungroup"; a: string; id: number }
  | { k: "mail_batch"; a: string; id: string; order: BatchOrder; at: number }
  | { k: "mail_inbound"; end: End }
  | { k: "mail_one_click"; n: number; end: End };

export interface MailCallEntry {
  k: "mail";
  /** Index of the first mail, and of the call. */
  n: number;
  c: number;
  a: string;
  at: number;
  id: string;
  key: string;
  v: MailTop;
  b: MailBehaviour[];
  p: PersonEntry[];
  /** How the call was answered, where not with 202. */
  x?: string;
}

/** Address, what is its own as JSON, custom arguments, index of the behaviour, hash of its values, send_at (s). */
export type PersonEntry = [string, string, string, number, number, number?];

const SUPPRESSES: Record<string, List> = {
  bounce: "bounces",
  blocked: "blocks",
  spamreport: "spam_reports",
  unsubscribe: "unsubscribes",
};

const none = (): Ends => ({ acknowledged: 0, failed: 0, lost: 0 });

/** What the stand-in knows of mail. Changed by `apply` alone, so that a replayed journal gives the same state. */
export class MailState {
  settings = MailSettings.parse({});
  readonly accounts = new Map<string, MailAccount>();
  readonly calls: MailCall[] = [];
  readonly mails: Mail[] = [];
  readonly tallies = new Tallies();
  readonly events = none();
  readonly inbound = none();
  readonly oneClicks = none();
  rules: MailRule[] = [];

  apply(entry: MailEntry): void {
    switch (entry.k) {
      case "mail":
        return this.#call(entry);
      case "mail_came":
        for (let i = 0; i < entry.of.length; i += 2)
          this.#came(entry.of[i] as number, entry.of[i + 1] as number, entry.at);
        return;
      case "mail_told":
        for (let i = 0; i < entry.of.length; i += 2)
          this.#told(entry.of[i] as number, entry.of[i + 1] as number, entry.end);
        return;
      case "mail_instead": {
        const mail = this.mails[entry.n] as Mail;
        mail.plan = [...(mail.plan ?? []).slice(0, mail.done), ...entry.v];
        return;
      }
      case "mail_answer":
        (this.calls[entry.c] as MailCall).answer = entry.answer;
        return;
      case "mail_tally":
        return this.tallies.add(entry.a, entry.key, entry.at, entry.by);
      case "mail_settings":
        this.settings = MailSettings.parse(entry.v);
        return;
      case "mail_account":
        return this.#account(entry.v);
      case "mail_rule":
        this.rules.push(entry.v);
        return;
      case "mail_list":
        return this.#at(entry.a).suppressions.add(entry.list, entry.v);
      case "mail_unlist":
        return this.#at(entry.a).suppressions.remove(entry.list, entry.email);
      case "mail_group":
        this.#at(entry.a).groups.set(entry.v.id, entry.v);
        return;
      case "mail_ungroup":
        this.#at(entry.a).groups.delete(entry.id);
        return;
      case "mail_batch":
        this.#at(entry.a).batches.set(entry.id, { order: entry.order, at: entry.at });
        return;
      case "mail_inbound":
        this.inbound[entry.end]++;
        return;
      case "mail_one_click":
        this.oneClicks[entry.end]++;
        if (entry.end === "acknowledged") (this.mails[entry.n] as Mail).oneClicked = true;
        return;
    }
  }

  clear(): void {
    this.accounts.clear();
    this.calls.length = 0;
    this.mails.length = 0;
    this.tallies.clear();
    this.rules = [];
    for (const ends of [this.events, this.inbound, this.oneClicks]) Object.assign(ends, none());
  }

  /** The account that a key opens, with the key's scopes. */
  opened(authorization: string | undefined): { account: MailAccount; scopes: string[] } | undefined {
    const given = authorization?.replace(/^Bearer /i, "");
    for (const account of this.accounts.values()) {
      const key = account.record.keys.find((one) => one.key === given);
      if (key) return { account, scopes: key.scopes };
    }
    return undefined;
  }

  #at(name: string): MailAccount {
    return this.accounts.get(name) as MailAccount;
  }

  #account(record: MailAccountRecord): void {
    const known = this.accounts.get(record.name);
    if (known) known.record = record;
    else this.accounts.set(record.name, new MailAccount(record));
  }

  #call(entry: MailCallEntry): void {
    const account = this.#at(entry.a);
    const call: MailCall = {
      index: entry.c,
      account,
      at: entry.at,
      id: entry.id,
      top: entry.v,
      key: entry.key,
      firstMail: entry.n,
      rows: entry.p.length,
      answer: entry.x ?? "2xx",
      told: 0,
      lost: 0,
    };
    this.calls[entry.c] = call;
    for (const [index, [email, fill, args, b, values, sendAt = 0]] of entry.p.entries()) {
      const behaviour = entry.b[b] as MailBehaviour;
      const seq = entry.n + index;
      const text = `${email}|${entry.key}|${values}`;
      const starts = Math.max(entry.at, sendAt * 1_000);
      const plan = mailPlanOf(behaviour, this.settings, starts, seeded(this.settings.seed + seq));
      const earlier = account.newest.get(text) ?? null;
      const mail = new Mail({
        seq,
        call,
        to: account.recipient(email),
        fill,
        args,
        behaviour,
        earlier,
        plan,
      });
      account.newest.set(text, mail);
      this.mails[seq] = mail;
    }
    this.tallies.add(entry.a, call.answer, entry.at, 1);
  }

  #came(seq: number, index: number, at: number): void {
    const mail = this.mails[seq] as Mail;
    const step = mail.plan?.[index];
    if (!step) return;
    mail.done = index + 1;
    const { account } = mail.call;
    if (step.event !== undefined) {
      mail.came |= bitOf(step.event);
      if (step.quiet !== true) this.#suppress(mail, step, at);
    }
    if (!tells(account.record, step)) mail.settled |= 1 << index;
    release(mail);
  }

  /** What SendGrid itself remembers of an event. */
  #suppress(mail: Mail, { event, reason }: MailStep, at: number): void {
    const { account, top } = mail.call;
    const { email } = mail.to;
    const created = Math.floor(at / 1_000);
    if (event === "group_unsubscribe" && top.asm)
      account.suppressions.add(`asm:${top.asm.group_id}`, { created, email });
    if (event === "dropped" && reason === "Invalid")
      account.suppressions.add("invalid_emails", {
        created,
        email,
        reason: "Mail domain mentioned in email address is unknown",
      });
    const list = SUPPRESSES[event ?? ""];
    if (list === undefined) return;
    const why = list === "bounces" || list === "blocks";
    account.suppressions.add(list, {
      created,
      email,
      ...(why && reason !== undefined ? { reason, status: statusOf(mail.behaviour, reason) } : {}),
      ...(list === "spam_reports" ? { ip: "192.0.2.10" } : {}),
    });
  }

  #told(seq: number, index: number, end: End): void {
    const mail = this.mails[seq] as Mail;
    this.events[end]++;
    if (end === "acknowledged") mail.call.told++;
    if (end === "lost") mail.call.lost++;
    const event = mail.plan?.[index]?.event;
    if (end === "acknowledged" && event !== undefined) mail.told |= bitOf(event);
    mail.settled |= 1 << index;
    release(mail);
  }
}

/** Whether somebody is told of a step. */
export function tells({ webhook_url, events }: MailAccountRecord, { event, quiet }: MailStep): boolean {
  if (event === undefined || event === "canceled" || quiet === true || webhook_url === undefined)
    return false;
  return events?.includes(event) ?? true;
}

/** The enhanced status code of a bounce. */
export const statusOf = ({ status }: MailBehaviour, reason: string): string =>
  status ?? /\b[245]\.\d\.\d{1,2}\b/.exec(reason)?.[0] ?? "5.0.0";

/** Once all has come about and been told, what was kept for it goes: it is most of a mail's memory. */
function release(mail: Mail): void {
  const all = mail.plan?.length ?? 0;
  if (mail.done < all || mail.settled !== (1 << all) - 1) return;
  mail.plan = null;
}
