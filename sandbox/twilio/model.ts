import { lineOf } from "./line.ts";
import { namedSid } from "./namedSid.ts";

/** Statuses in the order in which a message may pass through them; a message holds the index. */
export const STATUSES = [
  "queued",
  "accepted",
  "scheduled",
  "sending",
  "sent",
  "delivered",
  "read",
  "undelivered",
  "failed",
  "canceled",
  "received",
] as const;
export type Status = (typeof STATUSES)[number];

/** The next things that will happen to a message: a status, or a text that the recipient writes. */
export interface Step {
  /** Epoch ms. */
  at: number;
  status?: Status;
  code?: number;
  /** The status comes about, but no receipt tells of it. */
  quiet?: boolean;
  says?: string;
}

export class Account {
  readonly sid: string;
  readonly owner: string;
  token: string;
  secondaryToken: string | undefined;
  friendlyName: string;
  inboundUrl: string | undefined;
  readonly createdAt: number;
  readonly addresses = new Map<string, Address>();
  /** What is known of a business number and a person, by `business|person`; only pairs where the person wrote. */
  readonly #pairs = new Map<string, Pair>();
  /** The Authorization headers that open this account, ready to compare. */
  headers: string[] = [];
  readonly installSid: string;

  constructor(sid: string, owner: string, token: string, createdAt: number) {
    this.sid = sid;
    this.owner = owner;
    this.token = token;
    this.friendlyName = sid;
    this.installSid = namedSid("XE", sid);
    this.createdAt = createdAt;
  }

  address(value: string): Address {
    let address = this.addresses.get(value);
    if (!address) {
      address = new Address(value);
      this.addresses.set(value, address);
    }
    return address;
  }

  pairOf(business: string, person: string): Pair | undefined {
    return this.#pairs.size === 0 ? undefined : this.#pairs.get(`${business}|${lineOf(person)}`);
  }

  pairWith(business: string, person: string): Pair {
    const known = this.pairOf(business, person);
    if (known) return known;
    const pair = { wroteAt: 0, optedOut: false };
    this.#pairs.set(`${business}|${lineOf(person)}`, pair);
    return pair;
  }
}

export interface Pair {
  wroteAt: number;
  optedOut: boolean;
}

/** One address within one account, with its messages chained newest first in both roles. */
export class Address {
  readonly value: string;
  lastTo: Message | null = null;
  lastFrom: Message | null = null;
  toCount = 0;
  fromCount = 0;
  /** Newest message per body, kept only for addresses that got many. */
  latest: Map<string, Message> | null = null;
  /** Stamp and count of the last pass over the ledger: spares a set of a million addresses. */
  pass = 0;
  passCount = 0;

  constructor(value: string) {
    this.value = value;
  }
}

/** One message in either direction. A million of them are held: nothing derivable is kept. */
export class Message {
  readonly seq: number;
  readonly account: Account;
  readonly from: Address;
  readonly to: Address;
  readonly body: string;
  readonly inbound: boolean;
  readonly acceptedAt: number;
  readonly media: number;
  readonly contentSid: string | null;
  readonly serviceSid: string | null;
  readonly prevTo: Message | null;
  readonly prevFrom: Message | null;
  readonly twice: boolean;
  callbackUrl: string | null;
  plan: Step[] | null;
  /** Steps of the plan that have come about. */
  done = 0;
  /** Bit i: the receipt of step i needs nothing more. */
  settled = 0;
  status: number;
  /** Status furthest along that a receipt told and the other side acknowledged. */
  told: number;
  /** Status furthest along that an answer to a fetch or a list showed. */
  shown: number;
  errorCode = 0;
  sentAt = 0;
  updatedAt: number;
  redacted = false;
  deleted = false;

  constructor(fields: {
    seq: number;
    account: Account;
    from: Address;
    to: Address;
    body: string;
    inbound: boolean;
    acceptedAt: number;
    media: number;
    contentSid: string | null;
    serviceSid: string | null;
    callbackUrl: string | null;
    plan: Step[] | null;
    status: number;
    twice: boolean;
  }) {
    this.seq = fields.seq;
    this.account = fields.account;
    this.from = fields.from;
    this.to = fields.to;
    this.body = fields.body;
    this.inbound = fields.inbound;
    this.acceptedAt = fields.acceptedAt;
    this.media = fields.media;
    this.contentSid = fields.contentSid;
    this.serviceSid = fields.serviceSid;
    this.callbackUrl = fields.callbackUrl;
    this.plan = fields.plan;
    this.status = fields.status;
    this.told = fields.status;
    this.shown = fields.status;
    this.updatedAt = fields.acceptedAt;
    this.twice = fields.twice;
    this.prevTo = this.to.lastTo;
    this.prevFrom = this.from.lastFrom;
    this.to.lastTo = this;
    this.from.lastFrom = this;
    this.to.toCount++;
    this.from.fromCount++;
    this.to.latest?.set(this.body, this);
  }
}

export const statusIndex = (status: Status): number => STATUSES.indexOf(status);

export const statusName = (message: Message): Status => STATUSES[message.status] as Status;

const SENT = statusIndex("sent");
const UNDELIVERED = statusIndex("undelivered");

export const hasLeft = (status: number): boolean => status >= SENT;

/** Undelivered, failed, canceled: the person did not get it, so sending it again is no double. */
export const endedBadly = (message: Message): boolean =>
  message.status >= UNDELIVERED && message.status <= UNDELIVERED + 2;

export const isFinal = (message: Message): boolean => message.plan === null;

const MANY = 16;

/** Whether an earlier acceptance of this text for this person lives on: then one more is a double. */
export function livesAlready(to: Address, body: string): Message | undefined {
  if (to.toCount > MANY) {
    to.latest ??= newestPerBody(to);
    const newest = to.latest.get(body);
    if (!newest || !endedBadly(newest)) return newest;
  }
  for (let earlier = to.lastTo; earlier; earlier = earlier.prevTo) {
    if (!earlier.inbound && earlier.body === body && !endedBadly(earlier)) return earlier;
  }
  return undefined;
}

function newestPerBody(to: Address): Map<string, Message> {
  const newest = new Map<string, Message>();
  for (let message = to.lastTo; message; message = message.prevTo) {
    if (!message.inbound && !newest.has(message.body)) newest.set(message.body, message);
  }
  return newest;
}

export const isWhatsApp = (address: string): boolean => address.startsWith("whatsapp:");
