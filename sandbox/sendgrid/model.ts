import type { MailBehaviour } from "./behaviours.ts";
import type { SigningKey } from "./signing.ts";
import { Suppressions } from "./suppressions.ts";

/** What may become of a mail, in order of how far it got; a mail holds bits. A machine_open is told as an open. */
export const EVENTS = [
  "processed",
  "deferred",
  "delivered",
  "machine_open",
  "open",
  "click",
  "unsubscribe",
  "group_unsubscribe",
  "spamreport",
  "bounce",
  "blocked",
  "dropped",
  "canceled",
] as const;
export type MailEvent = (typeof EVENTS)[number];

/** One thing that will happen to a mail: an event that SendGrid tells of, or an act of the person. */
export interface MailStep {
  /** Epoch ms. */
  at: number;
  event?: MailEvent;
  act?: "reply" | "one_click";
  /** It comes about, but nobody is told. */
  quiet?: boolean;
  reason?: string;
  /** How many tries there had been. */
  attempt?: number;
}

/** A SendGrid account as it was set up: its keys, where its webhooks go, what it may use. */
export interface MailAccountRecord extends SigningKey {
  name: string;
  keys: { key: string; scopes: string[] }[];
  webhook_url?: string | undefined;
  /** Which events are told; all unless given. */
  events?: MailEvent[] | undefined;
  inbound_url?: string | undefined;
  /** IP pools and verified addresses or domains; any are taken unless given. */
  ip_pools?: string[] | undefined;
  verified?: string[] | undefined;
}

export interface Group {
  id: number;
  name: string;
  description: string;
  is_default: boolean;
}

export type BatchOrder = "" | "pause" | "cancel";

export class MailAccount {
  record: MailAccountRecord;
  readonly suppressions = new Suppressions();
  readonly groups = new Map<number, Group>();
  readonly recipients = new Map<string, Recipient>();
  /** Newest mail of a person and a text, to see doubles. */
  readonly newest = new Map<string, Mail>();
  /** Batch ids given out, and what was ordered for them, when (epoch ms). */
  readonly batches = new Map<string, { order: BatchOrder; at: number }>();

  constructor(record: MailAccountRecord) {
    this.record = record;
  }

  recipient(email: string): Recipient {
    let recipient = this.recipients.get(email);
    if (!recipient) {
      recipient = { email, pass: 0, passCount: 0 };
      this.recipients.set(email, recipient);
    }
    return recipient;
  }
}

export interface Recipient {
  readonly email: string;
  /** Stamp and count of the last pass over the ledger: spares a set of a million addresses. */
  pass: number;
  passCount: number;
}

/** A file as the ledger has it: by its hash (SHA-256, hex) and size. */
export interface Attached {
  filename: string;
  type: string;
  disposition: string;
  bytes: number;
  sha256: string;
  content_id?: string;
}

/** What all recipients of a call share. */
export interface MailTop {
  from: { email: string; name?: string };
  reply_to?: { email: string; name?: string };
  subject?: string;
  content: { type: string; value: string }[];
  attachments: Attached[];
  headers?: Record<string, string>;
  sections?: Record<string, string>;
  categories?: string[];
  asm?: { group_id: number };
  ip_pool_name?: string;
  batch_id?: string;
  open_tracking: boolean;
  click_tracking: boolean;
  /** Suppression lists that this call passes by. */
  bypass: string[];
}

/** What is one recipient's own in a call. */
export interface Fill {
  name?: string;
  kind?: "cc" | "bcc";
  subject?: string;
  from?: { email: string; name?: string };
  headers?: Record<string, string>;
  substitutions?: Record<string, string>;
}

export interface MailCall {
  readonly index: number;
  readonly account: MailAccount;
  readonly at: number;
  /** X-Message-Id. */
  readonly id: string;
  readonly top: MailTop;
  /** From, subject and content, links apart: what makes two mails the same. */
  readonly key: string;
  readonly firstMail: number;
  readonly rows: number;
  /** How the caller was answered: "2xx", "dropped_after_accept" … */
  answer: string;
  /** Events told and acknowledged, and those that a fault ate. */
  told: number;
  lost: number;
}

/** One mail for one recipient. A million of them are held: nothing derivable is kept. */
export class Mail {
  readonly seq: number;
  readonly call: MailCall;
  readonly to: Recipient;
  /** `Fill` as JSON: parsed only where somebody looks. */
  readonly fill: string;
  /** Custom arguments as the inside of a JSON object. */
  readonly args: string;
  readonly behaviour: MailBehaviour;
  /** The mail before it with the same text for the same person. */
  readonly earlier: Mail | null;
  readonly twice: boolean;
  plan: MailStep[] | null;
  /** Steps of the plan that have come about. */
  done = 0;
  /** Bit i: nothing more is to be told of step i. */
  settled = 0;
  /** Bits of `EVENTS`: what came about, and what of it was told and acknowledged. */
  came = 0;
  told = 0;
  /** Its List-Unsubscribe URL was posted to, and answered well. */
  oneClicked = false;

  constructor(fields: {
    seq: number;
    call: MailCall;
    to: Recipient;
    fill: string;
    args: string;
    behaviour: MailBehaviour;
    earlier: Mail | null;
    plan: MailStep[];
  }) {
    this.seq = fields.seq;
    this.call = fields.call;
    this.to = fields.to;
    this.fill = fields.fill;
    this.args = fields.args;
    this.behaviour = fields.behaviour;
    this.earlier = fields.earlier;
    this.twice = livesAlready(fields.earlier) !== undefined;
    this.plan = fields.plan;
  }
}

export const bitOf = (event: MailEvent): number => 1 << EVENTS.indexOf(event);

/** The event furthest along, "accepted" where none came. */
export const furthest = (bits: number): MailEvent | "accepted" =>
  bits === 0 ? "accepted" : (EVENTS[31 - Math.clz32(bits)] as MailEvent);

const BAD = bitOf("bounce") | bitOf("blocked") | bitOf("dropped") | bitOf("canceled");

/** The person did not get it, so sending it again is no double. */
const endedBadly = (mail: Mail): boolean => (mail.came & BAD) !== 0;

/** The newest of a mail and those before it that the person got, or may get. */
export function livesAlready(mail: Mail | null): Mail | undefined {
  for (let earlier = mail; earlier; earlier = earlier.earlier) if (!endedBadly(earlier)) return earlier;
  return undefined;
}
