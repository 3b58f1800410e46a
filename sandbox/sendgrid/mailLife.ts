import type { FaultCounts } from "../lifecycle.ts";
import type { Sandbox } from "../sandbox.ts";
import { Timeline } from "../timeline.ts";
import { eventJson } from "./eventJson.ts";
import { type InboundMail, passInbound, replyTo } from "./inbound.ts";
import type { BatchOrder, Mail, MailCall, MailStep } from "./model.ts";
import { postOneClick } from "./oneClick.ts";
import { EventOutbox } from "./outbox.ts";
import { tells } from "./state.ts";

/** Lets the planned steps of every mail come about at their time, and has them told. */
export class MailLife {
  readonly faults: FaultCounts = { lost: 0, doubled: 0, delayed: 0, disordered: 0 };
  readonly #sandbox: Sandbox;
  readonly #outbox: EventOutbox;
  readonly #timeline = new Timeline<Mail>((mail) => this.#due(mail));
  /** Pairs of mail and step that come about in this turn: one line of the journal for all. */
  #coming: number[] = [];
  /** Events held back until the next one of their mail is on its way. */
  readonly #held = new Map<Mail, number>();
  /** Mails of a paused batch whose time has come. */
  readonly #paused = new Set<Mail>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#outbox = new EventOutbox(sandbox);
  }

  /** Steps and posts still to come; what is paused waits for no time. */
  get pending(): number {
    return this.#timeline.size + this.#coming.length / 2 + this.#outbox.pending;
  }

  watch({ firstMail, rows }: MailCall): void {
    const { mails } = this.#sandbox.state.mail;
    for (let seq = firstMail; seq < firstMail + rows; seq++) this.#await(mails[seq] as Mail);
  }

  /** After a restart: what had come about untold is told, the rest takes its course. */
  resume(): void {
    for (const mail of this.#sandbox.state.mail.mails) {
      for (let index = 0; index < mail.done; index++) {
        const step = mail.plan?.[index];
        if (step && (mail.settled & (1 << index)) === 0 && tells(mail.call.account.record, step))
          this.#outbox.add(mail, index);
      }
      this.#await(mail);
    }
  }

  /** Looks again at what is paused: its batch was set free, or cancelled. */
  release(): void {
    const waiting = [...this.#paused];
    this.#paused.clear();
    for (const mail of waiting) this.#due(mail);
  }

  stop(): void {
    this.#timeline.clear();
    this.#outbox.stop();
    this.#coming = [];
    this.#held.clear();
    this.#paused.clear();
  }

  /** A person writes: posted as Inbound Parse does. Resolves with the answer; status 0 where there was none. */
  say(account: string, mail: InboundMail): ReturnType<typeof passInbound> {
    return passInbound(this.#sandbox, account, mail);
  }

  #await(mail: Mail): void {
    const next = mail.plan?.[mail.done];
    if (next) this.#timeline.add(next.at, mail);
  }

  #due(mail: Mail): void {
    const step = mail.plan?.[mail.done];
    if (!step || step.at > Date.now()) return;
    if (mail.done === 0 && !this.#goesOut(mail, step)) return;
    if (this.#coming.length === 0) setImmediate(() => this.#come());
    this.#coming.push(mail.seq, mail.done);
  }

  /** What is decided when a mail is taken up: whether its batch is stopped, and whether the address is suppressed. */
  #goesOut(mail: Mail, { at }: MailStep): boolean {
    const { account, top } = mail.call;
    const order = this.#orderFor(mail, at);
    if (order === "pause") {
      this.#paused.add(mail);
      return false;
    }
    const reason = account.suppressions.drops(mail.to.email, top.bypass, top.asm?.group_id);
    const instead: MailStep | undefined =
      order === "cancel"
        ? { at, event: "canceled" }
        : reason === undefined
          ? undefined
          : { at, event: "dropped", reason };
    if (instead) this.#sandbox.record({ k: "mail_instead", n: mail.seq, v: [instead] });
    return true;
  }

  /** What was ordered for the mail's batch, in time or before the mail was accepted. */
  #orderFor({ call }: Mail, at: number): BatchOrder {
    const { batch_id } = call.top;
    const ordered = batch_id === undefined ? undefined : call.account.batches.get(batch_id);
    if (!ordered) return "";
    const { cancel_lead_ms } = this.#sandbox.state.mail.settings;
    return ordered.at <= Math.max(call.at, at - cancel_lead_ms) ? ordered.order : "";
  }

  #come(): void {
    const of = this.#coming;
    this.#coming = [];
    if (of.length === 0) return;
    const { mails } = this.#sandbox.state.mail;
    const steps: [Mail, number, MailStep][] = [];
    for (let i = 0; i < of.length; i += 2) {
      const mail = mails[of[i] as number] as Mail;
      const index = of[i + 1] as number;
      steps.push([mail, index, mail.plan?.[index] as MailStep]);
    }
    this.#sandbox.record({ k: "mail_came", at: Date.now(), of });
    for (const [mail, index, step] of steps) {
      if (tells(mail.call.account.record, step)) this.#tellOrNot(mail, index);
      if (step.act !== undefined) this.#act(mail, step.act);
      this.#await(mail);
    }
  }

  #act(mail: Mail, act: "reply" | "one_click"): void {
    if (act === "one_click") postOneClick(this.#sandbox, mail);
    else void this.say(mail.call.account.record.name, replyTo(mail));
  }

  #tellOrNot(mail: Mail, index: number): void {
    const strike = this.#sandbox.faults.ofReceipt(mail.call.account.record.name);
    const held = this.#held.get(mail);
    const follows =
      mail.plan?.slice(index + 1).some((step) => tells(mail.call.account.record, step)) ?? false;
    if (strike?.fault === "receipts_lost") {
      this.faults.lost++;
      this.#outbox.settle([{ mail, index }], "lost");
    } else if (strike?.fault === "receipts_delayed") {
      this.faults.delayed++;
      this.#outbox.later(strike.delayMs, () => this.#outbox.add(mail, index));
    } else if (strike?.fault === "receipts_disordered" && follows && held === undefined) {
      this.faults.disordered++;
      this.#held.set(mail, index);
      return;
    } else {
      const text = eventJson(mail, index, this.#sandbox.state.run);
      this.#outbox.add(mail, index, text);
      if (strike?.fault === "receipts_doubled") {
        this.faults.doubled++;
        this.#outbox.later(strike.delayMs, () => this.#outbox.add(mail, index, text));
      }
    }
    if (held === undefined) return;
    this.#held.delete(mail);
    this.#outbox.add(mail, held);
  }
}
