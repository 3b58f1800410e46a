import type { Faults } from "./faults.ts";
import type { Entry, State } from "./state.ts";
import { Timeline } from "./timeline.ts";
import { type Inbound, inboundFields } from "./twilio/inbound.ts";
import { type Account, type Message, type Step, statusIndex } from "./twilio/model.ts";
import { receiptFields } from "./twilio/receipts.ts";
import { messageSid } from "./twilio/sid.ts";
import { twilioWebhook } from "./twilio/webhook.ts";
import { type Answer, acknowledged, type Webhooks } from "./webhooks.ts";

/** What the lifecycle needs of the sandbox. */
export interface Surroundings {
  readonly state: State;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  record(entry: Entry): void;
}

export interface FaultCounts {
  lost: number;
  doubled: number;
  delayed: number;
  disordered: number;
}

const QUIET_ANSWER: Answer = { status: 0, body: "" };

/** Lets the planned steps of every message come about at their time, and tells of them by webhook. */
export class Lifecycle {
  readonly receiptFaults: FaultCounts = { lost: 0, doubled: 0, delayed: 0, disordered: 0 };
  /** Answers to inbound webhooks that would have sent a text of their own. */
  twimlReplies = 0;
  readonly #sandbox: Surroundings;
  readonly #timeline: Timeline<Message>;
  readonly #late = new Timeline<() => void>((send) => send());
  /** Receipts held back until the next one of their message is on its way. */
  readonly #held = new Map<Message, number>();

  constructor(sandbox: Surroundings) {
    this.#sandbox = sandbox;
    this.#timeline = new Timeline((message) => this.#fire(message));
  }

  /** Steps and late receipts still to come. */
  get pending(): number {
    return this.#timeline.size + this.#late.size;
  }

  /** Puts the next step of a message on the timeline. */
  watch(message: Message): void {
    const next = message.plan?.[message.done];
    if (next) this.#timeline.add(next.at, message);
  }

  /** After a restart: what had come about untold is told, the rest takes its course. */
  resume(): void {
    for (const message of this.#sandbox.state.messages) {
      const { plan } = message;
      if (!plan) continue;
      for (let index = 0; index < message.done; index++) {
        if ((message.settled & (1 << index)) === 0) this.#tell(message, index);
      }
      this.watch(message);
    }
  }

  cancel(message: Message): void {
    this.#sandbox.record({ k: "edit", n: message.seq, what: "cancel", at: Date.now() });
    this.#come(message, message.done);
  }

  stop(): void {
    this.#timeline.clear();
    this.#late.clear();
    this.#held.clear();
  }

  #fire(message: Message): void {
    const step = message.plan?.[message.done];
    // A canceled message is still on the timeline, with nothing left to do.
    if (!step || step.at > Date.now()) return;
    this.#come(message, message.done);
    this.watch(message);
  }

  #come(message: Message, index: number): void {
    const { plan } = message;
    const step = plan?.[index];
    if (!plan || !step) return;
    const tells = step.status !== undefined && step.quiet !== true && message.callbackUrl !== null;
    this.#sandbox.record({ k: "s", n: message.seq, i: index, at: Date.now() });
    if (step.says !== undefined) this.#answer(message, step.says);
    if (tells) this.#tellOrNot(message, index, plan);
  }

  #answer(message: Message, text: string): void {
    this.say(message.account, {
      from: message.to.value,
      to: message.from.value,
      body: text,
      replied_message_sid: messageSid(message, this.#sandbox.state.run),
    });
  }

  #tellOrNot(message: Message, index: number, plan: Step[]): void {
    const strike = this.#sandbox.faults.ofReceipt(message.account.sid);
    const follows = plan.slice(index + 1).some((step) => step.status !== undefined);
    const held = this.#held.get(message);
    if (strike?.fault === "receipts_lost") {
      this.receiptFaults.lost++;
      this.#sandbox.record({ k: "r", n: message.seq, i: index, end: "lost" });
    } else if (strike?.fault === "receipts_delayed") {
      this.receiptFaults.delayed++;
      this.#late.add(Date.now() + strike.delayMs, () => this.#tell(message, index, "late"));
    } else if (strike?.fault === "receipts_disordered" && follows && held === undefined) {
      this.receiptFaults.disordered++;
      this.#held.set(message, index);
      return;
    } else {
      this.#tell(message, index);
      if (strike?.fault === "receipts_doubled") {
        this.receiptFaults.doubled++;
        this.#tell(message, index);
      }
    }
    if (held === undefined) return;
    this.#held.delete(message);
    this.#tell(message, held);
  }

  #tell(message: Message, index: number, lane = ""): void {
    const { status, code } = message.plan?.[index] ?? {};
    const url = message.callbackUrl;
    if (status === undefined || url === null) return;
    const { run } = this.#sandbox.state;
    this.#sandbox.webhooks.send({
      lane: `${message.seq}${lane}`,
      make: () => {
        const fields = receiptFields(message, status, code ?? 0, run);
        return twilioWebhook({ url, token: message.account.token, fields }, this.#sandbox.state.settings);
      },
      done: (answer) => {
        // A reset in between gave the number to another message.
        if (this.#sandbox.state.run !== run) return;
        this.#sandbox.record({
          k: "r",
          n: message.seq,
          i: index,
          end: acknowledged(answer) ? "ok" : "failed",
        });
      },
    });
  }

  /**
   * A person writes: the message is kept and its signed webhook sent to the number's URL, or the account's.
   * Resolves with the webhook's answer; status 0 where nobody answered, no URL is known or a fault ate it.
   */
  say(account: Account, said: Inbound): { message: Message; answer: Promise<Answer> } {
    const { state } = this.#sandbox;
    const seq = state.messages.length;
    this.#sandbox.record({
      k: "m",
      n: seq,
      a: account.sid,
      f: said.from,
      t: said.to,
      b: said.body,
      at: Date.now(),
      st: statusIndex("received"),
      in: 1,
      ...(said.media?.length ? { e: said.media.length } : {}),
      ...(said.opt_out_type ? { o: said.opt_out_type } : {}),
    });
    const message = state.messages[seq] as Message;
    const url = state.numbers.get(`${account.sid}|${said.to}`)?.inbound_url ?? account.inboundUrl;
    const fault = this.#sandbox.faults.ofInbound(account.sid);
    if (url === undefined || fault === "inbound_lost") {
      this.#sandbox.record({ k: "in", end: "lost" });
      return { message, answer: Promise.resolve(QUIET_ANSWER) };
    }
    const answer = this.#pass(message, said, url);
    return { message, answer: fault === "inbound_doubled" ? this.#pass(message, said, url) : answer };
  }

  #pass(message: Message, said: Inbound, url: string): Promise<Answer> {
    const { state, webhooks } = this.#sandbox;
    return new Promise((resolve) => {
      webhooks.send({
        lane: `${said.from}|${said.to}`,
        make: () => {
          const fields = inboundFields(message, said, state.run, state.settings.advanced_opt_out);
          return twilioWebhook({ url, token: message.account.token, fields }, state.settings);
        },
        done: (answer) => {
          if (/<Message\b/.test(answer.body)) this.twimlReplies++;
          this.#sandbox.record({ k: "in", end: acknowledged(answer) ? "ok" : "failed" });
          resolve(answer);
        },
      });
    });
  }
}
