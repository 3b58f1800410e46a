import { Agent, type Dispatcher } from "undici";
import type { Settings } from "./settings.ts";

export interface Delivery {
  /** Deliveries of one lane go one after another; lanes go side by side. */
  lane: string;
  /** Made when its turn has come: a long queue then costs little memory. */
  make: () => Outgoing;
  done: (answer: Answer) => void;
}

/** A webhook ready to go, with its signature. */
export interface Outgoing {
  url: string;
  headers: Record<string, string>;
  body: string | Buffer;
  /** Further tries where no connection came about, and after a 5xx as well; none unless given. */
  retries?: number;
  on5xx?: boolean;
}

export interface Answer {
  /** HTTP status, 0 where there was no answer. */
  status: number;
  body: string;
}

export const acknowledged = ({ status }: Answer): boolean => status >= 200 && status < 300;

const RETRY_GAP_MS = 200;

/** Sends webhooks over kept connections, at most `callback_concurrency` at a time. */
export class Webhooks {
  readonly #lanes = new Map<string, Delivery[]>();
  readonly #settings: () => Settings;
  readonly #agent: Agent;
  #ready: Delivery[] = [];
  #head = 0;
  #active = 0;
  #closed = false;

  constructor(settings: () => Settings) {
    this.#settings = settings;
    // The setting bounds what is under way, also when it is changed later; so nothing waits for a connection.
    this.#agent = new Agent({ pipelining: 1, connectTimeout: 5_000 });
  }

  get pending(): number {
    return this.#lanes.size;
  }

  send(delivery: Delivery): void {
    const lane = this.#lanes.get(delivery.lane);
    if (lane) {
      lane.push(delivery);
      return;
    }
    this.#lanes.set(delivery.lane, []);
    this.#ready.push(delivery);
    this.#pump();
  }

  /** Drops what waits, without telling anybody: as a death would. */
  async close(): Promise<void> {
    this.#closed = true;
    this.forget();
    await this.#agent.destroy();
  }

  forget(): void {
    this.#lanes.clear();
    this.#ready = [];
    this.#head = 0;
  }

  #pump(): void {
    while (this.#active < this.#settings().callback_concurrency && this.#head < this.#ready.length) {
      const delivery = this.#ready[this.#head++] as Delivery;
      if (this.#head > 1024 && this.#head * 2 > this.#ready.length) {
        this.#ready = this.#ready.slice(this.#head);
        this.#head = 0;
      }
      void this.#deliver(delivery);
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    this.#active++;
    const answer = await this.#tries(delivery);
    this.#active--;
    if (this.#closed) return;
    delivery.done(answer);
    const lane = this.#lanes.get(delivery.lane);
    const next = lane?.shift();
    if (next) this.#ready.push(next);
    else this.#lanes.delete(delivery.lane);
    this.#pump();
  }

  async #tries({ make }: Delivery): Promise<Answer> {
    const { url, headers, body, retries = 0, on5xx = false } = make();
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#once(url, headers, body);
      const again = answer.status === 0 || (on5xx && answer.status >= 500);
      if (!again || attempt >= retries || this.#closed) return answer;
      await new Promise((resolve) => setTimeout(resolve, RETRY_GAP_MS * 2 ** attempt));
    }
  }

  #once(url: string, headers: Record<string, string>, body: string | Buffer): Promise<Answer> {
    const timeout = this.#settings().callback_timeout_ms;
    const pathAt = url.indexOf("/", url.indexOf("//") + 2);
    const origin = pathAt < 0 ? url : url.slice(0, pathAt);
    const path = pathAt < 0 ? "/" : url.slice(pathAt);
    return new Promise((resolve) => {
      this.#agent.dispatch(
        { origin, path, method: "POST", headers, body, headersTimeout: timeout, bodyTimeout: timeout },
        new Reading(resolve),
      );
    });
  }
}

/** Takes an answer in without a stream: half the cost of a webhook otherwise. */
class Reading implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void;
  #status = 0;
  #body = "";

  constructor(resolve: (answer: Answer) => void) {
    this.#resolve = resolve;
  }

  // undici refuses a handler without it.
  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body += chunk.toString();
  }

  onResponseEnd(): void {
    this.#resolve({ status: this.#status, body: this.#body });
  }

  onResponseError(): void {
    // Refused, reset, timed out: the providers too know no more than that nobody answered.
    this.#resolve({ status: 0, body: "" });
  }
}
