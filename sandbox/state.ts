import type { BehaviourRule } from "./behaviours.ts";
import type { FaultSet } from "./faults.ts";
import { type MailEntry, MailState } from "./sendgrid/state.ts";
import { Settings } from "./settings.ts";
import { Tallies } from "./tallies.ts";
import type { Content } from "./twilio/contentModel.ts";
import type { Call, Recording, Service, Transcript } from "./twilio/callsModel.ts";
import { wordOf } from "./twilio/keywords.ts";
import type { HostedMedia } from "./twilio/media.ts";
import {
  Account,
  hasLeft,
  isWhatsApp,
  livesAlready,
  Message,
  type Step,
  statusIndex,
} from "./twilio/model.ts";

export interface BusinessNumber {
  sid: string;
  address: string;
  account_sid: string;
  inbound_url?: string | undefined;
  /** Where calls ask for TwiML, and tell of their end. */
  voice_url?: string | undefined;
  status_url?: string | undefined;
  /** HIGH, MEDIUM, LOW: of a WhatsApp number. */
  quality_rating?: string | undefined;
}

/** Everything that changes the state, as a line of the journal; replaying the lines gives the state back. */
export type Entry =
  | { k: "start"; run: string }
  | { k: "settings"; v: Settings }
  | {
      k: "account";
      sid: string;
      token: string;
      at: number;
      secondary?: string;
      owner?: string;
      name?: string;
      inbound_url?: string;
    }
  | { k: "number"; v: BusinessNumber }
  | { k: "content"; v: Content }
  | { k: "uncontent"; sid: string }
  | { k: "call"; v: Call }
  | { k: "recording"; v: Recording }
  | { k: "transcript"; v: Transcript }
  | { k: "service"; v: Service }
  | { k: "media"; v: HostedMedia }
  | { k: "unmedia"; sid: string }
  | { k: "rule"; v: BehaviourRule }
  | { k: "norules" }
  | { k: "faults"; v: FaultSet }
  | { k: "nofaults" }
  | MessageEntry
  /** Step `i` of message `n` has come about. */
  | { k: "s"; n: number; i: number; at: number }
  /** The receipt of step `i` is settled: acknowledged, failed or lost. */
  | { k: "r"; n: number; i: number; end: "ok" | "failed" | "lost" }
  | { k: "in"; end: "ok" | "failed" | "lost" }
  | { k: "edit"; n: number; what: "cancel" | "redact" | "delete"; at: number }
  /** One answer of the create route, `by` more or fewer. */
  | { k: "a"; a: string; key: string; at: number; by: number }
  | MailEntry;

export interface MessageEntry {
  k: "m";
  n: number;
  a: string;
  f: string;
  t: string;
  b: string;
  at: number;
  /** Initial status. */
  st: number;
  /** How the create was answered, where not with 201. */
  x?: string;
  in?: 1;
  e?: number;
  c?: string;
  ms?: string;
  cb?: string;
  o?: string;
  p?: Step[];
}

export interface Deliveries {
  acknowledged: number;
  failed: number;
  lost: number;
}

/** What the stand-in knows. Changed by `apply` alone, so that a replayed journal gives the same state. */
export class State {
  run = "";
  settings: Settings;
  readonly accounts = new Map<string, Account>();
  readonly numbers = new Map<string, BusinessNumber>();
  readonly contents = new Map<string, Content>();
  readonly media = new Map<string, HostedMedia>();
  readonly calls = new Map<string, Call>();
  readonly recordings = new Map<string, Recording>();
  readonly transcripts = new Map<string, Transcript>();
  readonly services = new Map<string, Service>();
  readonly messages: Message[] = [];
  readonly tallies = new Tallies();
  readonly mail = new MailState();
  readonly receipts: Deliveries = { acknowledged: 0, failed: 0, lost: 0 };
  readonly inbound: Deliveries = { acknowledged: 0, failed: 0, lost: 0 };
  rules: BehaviourRule[] = [];
  faults: FaultSet[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
  }

  apply(entry: Entry): void {
    switch (entry.k) {
      case "m":
        this.#message(entry);
        return;
      case "s":
        this.#step(entry.n, entry.i, entry.at);
        return;
      case "r":
        this.#receipt(entry.n, entry.i, entry.end);
        return;
      case "a":
        this.tallies.add(entry.a, entry.key, entry.at, entry.by);
        return;
      case "in":
        count(this.inbound, entry.end);
        return;
      case "edit":
        this.#edit(entry.n, entry.what, entry.at);
        return;
      case "start":
        this.run = entry.run;
        return;
      case "settings":
        this.settings = Settings.parse(entry.v);
        return;
      case "account":
        this.#account(entry);
        return;
      case "number":
        this.numbers.set(`${entry.v.account_sid}|${entry.v.address}`, entry.v);
        return;
      case "content":
        this.contents.set(entry.v.sid, entry.v);
        return;
      case "uncontent":
        this.contents.delete(entry.sid);
        return;
      case "media":
        this.media.set(entry.v.sid, entry.v);
        return;
      case "unmedia":
        this.media.delete(entry.sid);
        return;
      case "call":
        this.calls.set(entry.v.sid, entry.v);
        return;
      case "recording":
        this.recordings.set(entry.v.sid, entry.v);
        return;
      case "transcript":
        this.transcripts.set(entry.v.sid, entry.v);
        return;
      case "service":
        this.services.set(entry.v.sid, entry.v);
        return;
      case "rule":
        this.rules.push(entry.v);
        return;
      case "norules":
        this.rules = [];
        this.mail.rules = [];
        return;
      case "faults":
        this.faults.push(entry.v);
        return;
      case "nofaults":
        this.faults = [];
        return;
      default:
        return this.mail.apply(entry);
    }
  }

  clear(): void {
    this.messages.length = 0;
    this.tallies.clear();
    this.accounts.clear();
    this.numbers.clear();
    this.contents.clear();
    for (const map of [this.calls, this.recordings, this.transcripts, this.services]) map.clear();
    this.media.clear();
    this.mail.clear();
    this.rules = [];
    this.faults = [];
    for (const counts of [this.receipts, this.inbound])
      Object.assign(counts, { acknowledged: 0, failed: 0, lost: 0 });
  }

  #account(entry: Extract<Entry, { k: "account" }>): void {
    const known = this.accounts.get(entry.sid);
    const account = known ?? new Account(entry.sid, entry.owner ?? entry.sid, entry.token, entry.at);
    account.token = entry.token;
    account.secondaryToken = entry.secondary;
    if (entry.name !== undefined) account.friendlyName = entry.name;
    if (entry.inbound_url !== undefined) account.inboundUrl = entry.inbound_url;
    const tokens = entry.secondary === undefined ? [entry.token] : [entry.token, entry.secondary];
    account.headers = tokens.map(
      (token) => `Basic ${Buffer.from(`${entry.sid}:${token}`).toString("base64")}`,
    );
    this.accounts.set(entry.sid, account);
  }

  #message(entry: MessageEntry): void {
    const account = this.accounts.get(entry.a) as Account;
    const from = account.address(entry.f);
    const to = account.address(entry.t);
    const inbound = entry.in === 1;
    // Texts of one campaign are often equal: share the string with the sender's message before.
    const body = from.lastFrom?.body === entry.b ? from.lastFrom.body : entry.b;
    const twice = !inbound && livesAlready(to, body) !== undefined;
    this.messages[entry.n] = new Message({
      seq: entry.n,
      account,
      from,
      to,
      body,
      inbound,
      acceptedAt: entry.at,
      media: entry.e ?? 0,
      contentSid: entry.c ?? null,
      serviceSid: entry.ms ?? null,
      callbackUrl: entry.cb ?? null,
      plan: entry.p && entry.p.length > 0 ? entry.p : null,
      status: entry.st,
      twice,
    });
    if (inbound) this.#wrote(account, entry);
    else this.tallies.add(entry.a, entry.x ?? "2xx", entry.at, 1);
  }

  #wrote(account: Account, entry: MessageEntry): void {
    const pair = account.pairWith(entry.t, entry.f);
    pair.wroteAt = entry.at;
    const blocks =
      this.settings.enforce_stop === "all" || (this.settings.enforce_stop === "sms" && !isWhatsApp(entry.f));
    const word = entry.o ?? wordOf(entry.b);
    if (word === "STOP" && blocks) pair.optedOut = true;
    if (word === "START") pair.optedOut = false;
  }

  #step(seq: number, index: number, at: number): void {
    const message = this.messages[seq] as Message;
    const step = message.plan?.[index];
    if (!step) return;
    message.done = index + 1;
    if (step.status === undefined) message.settled |= 1 << index;
    else {
      message.status = statusIndex(step.status);
      message.updatedAt = at;
      if (step.code !== undefined) message.errorCode = step.code;
      if (hasLeft(message.status) && message.sentAt === 0) message.sentAt = at;
      if (step.quiet === true || message.callbackUrl === null) message.settled |= 1 << index;
    }
    release(message);
  }

  #receipt(seq: number, index: number, end: keyof typeof ENDS): void {
    const message = this.messages[seq] as Message;
    count(this.receipts, end);
    const status = message.plan?.[index]?.status;
    if (end === "ok" && status !== undefined) message.told = Math.max(message.told, statusIndex(status));
    message.settled |= 1 << index;
    release(message);
  }

  #edit(seq: number, what: "cancel" | "redact" | "delete", at: number): void {
    const message = this.messages[seq] as Message;
    message.updatedAt = at;
    if (what === "redact") message.redacted = true;
    if (what === "delete") message.deleted = true;
    if (what !== "cancel") return;
    message.plan = [...(message.plan ?? []).slice(0, message.done), { at, status: "canceled" }];
  }
}

const ENDS = { ok: "acknowledged", failed: "failed", lost: "lost" } as const;

function count(deliveries: Deliveries, end: keyof typeof ENDS): void {
  deliveries[ENDS[end]]++;
}

/** Once all has come about and been told, what was kept for it goes: it is most of a message's memory. */
function release(message: Message): void {
  const all = message.plan?.length ?? 0;
  if (message.done < all || message.settled !== (1 << all) - 1) return;
  message.plan = null;
  message.callbackUrl = null;
}
