import type { Sandbox } from "../sandbox.ts";
import { Timeline } from "../timeline.ts";
import { acknowledged, type Outgoing } from "../webhooks.ts";
import { eventJson } from "./eventJson.ts";
import type { Mail, MailAccount } from "./model.ts";
import { signatureHeaders } from "./signing.ts";

/** An event to tell: of which mail, which step; its text where it was made already. */
interface Item {
  mail: Mail;
  index: number;
  text: string;
}

interface Batch {
  account: MailAccount;
  items: Item[];
  bytes: number;
  firstAt: number;
}

const LONGEST_GAP_MS = 60_000;

/** Gathers events into signed posts and sends each until it is acknowledged, as SendGrid does for 24 hours. */
export class EventOutbox {
  readonly #sandbox: Sandbox;
  readonly #open = new Map<MailAccount, Batch>();
  readonly #timeline = new Timeline<() => void>((step) => step());
  #sent = 0;
  /** Posts not yet settled. */
  #unsettled = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  get pending(): number {
    return this.#timeline.size + this.#unsettled;
  }

  stop(): void {
    this.#timeline.clear();
    this.#open.clear();
    this.#unsettled = 0;
  }

  /** Does it later: an event that is delayed. */
  later(ms: number, step: () => void): void {
    this.#timeline.add(Date.now() + ms, step);
  }

  add(mail: Mail, index: number, text = eventJson(mail, index, this.#sandbox.state.run)): void {
    const { account } = mail.call;
    const { batch_ms, batch_events, batch_bytes } = this.#sandbox.state.mail.settings;
    const bytes = Buffer.byteLength(text) + 1;
    let batch = this.#open.get(account);
    if (batch && batch.bytes + bytes > batch_bytes) {
      this.#close(batch);
      batch = undefined;
    }
    if (!batch) {
      const opened: Batch = { account, items: [], bytes: 2, firstAt: Date.now() };
      this.#open.set(account, opened);
      this.#timeline.add(Date.now() + batch_ms, () => this.#close(opened));
      batch = opened;
    }
    batch.items.push({ mail, index, text });
    batch.bytes += bytes;
    if (batch.items.length >= batch_events) this.#close(batch);
  }

  /** Says what became of the events of a post, and journals it. */
  settle(items: readonly { mail: Mail; index: number }[], end: "acknowledged" | "failed" | "lost"): void {
    const of = items.flatMap(({ mail, index }) => [mail.seq, index]);
    this.#sandbox.record({ k: "mail_told", end, of });
  }

  #close(batch: Batch): void {
    // Full ones are closed before their time, which comes all the same.
    if (this.#open.get(batch.account) !== batch) return;
    this.#open.delete(batch.account);
    this.#unsettled++;
    const body = Buffer.from(`[${batch.items.map(({ text }) => text).join(",")}]`);
    this.#post(batch, body, 0);
  }

  #post(batch: Batch, body: Buffer, attempt: number): void {
    const { state, webhooks } = this.#sandbox;
    const { run } = state;
    webhooks.send({
      lane: `mail|${this.#sent++}`,
      make: () => signedPost(batch.account, body),
      done: (answer) => {
        // A reset in between gave the numbers to other mails.
        if (this.#sandbox.state.run !== run) return;
        const { event_retry_ms, event_retry_for_ms } = state.mail.settings;
        const givenUp = Date.now() - batch.firstAt >= event_retry_for_ms;
        if (acknowledged(answer) || givenUp) {
          this.#unsettled--;
          this.settle(batch.items, acknowledged(answer) ? "acknowledged" : "failed");
          return;
        }
        const gap = Math.min(event_retry_ms * 2 ** attempt, LONGEST_GAP_MS);
        this.#timeline.add(Date.now() + gap, () => this.#post(batch, body, attempt + 1));
      },
    });
  }
}

/** Signed anew for each try: the timestamp is that of the post. */
function signedPost({ record }: MailAccount, body: Buffer): Outgoing {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  return {
    url: record.webhook_url as string,
    headers: {
      "content-type": "application/json;charset=utf-8",
      "user-agent": "SendGrid Event API",
      ...signatureHeaders(record.private_key, timestamp, body),
    },
    body,
  };
}
