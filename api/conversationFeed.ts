import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { type Db, inWorkspace } from "../db/connect.ts";
import { type ConversationEvent, newestEventId, readEvents } from "../db/conversationEvents.ts";
import { DomainError } from "../domain/errors.ts";

const POLL_MS = 400;
const PAGE = 200;
/** Of a workspace, for listeners that are a little behind; who is further behind reads the table. */
const MOST_KEPT = 1_000;
const MOST_LISTENERS = 500;

/** What all listeners of a workspace share: the newest events, and a promise of more. */
interface Channel {
  /** The event before the first that is kept. */
  before: string;
  kept: ConversationEvent[];
  listeners: number;
  more: PromiseWithResolvers<void>;
}

/**
 * The changes of conversations as they happen: one query per watched workspace and poll in a process, however many
 * listen. Each listener takes at its own speed; one that is slow or comes back falls behind and reads the table.
 */
export class ConversationFeed {
  readonly #db: Db;
  readonly #log: Logger;
  readonly #channels = new Map<string, Channel>();
  readonly #stopping = new AbortController();

  /** `db` is under the API's role: nobody is read anything of another workspace. */
  constructor(db: Db, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /** Ends all listening, for good. */
  stop(): void {
    this.#stopping.abort();
    for (const channel of this.#channels.values()) channel.more.resolve();
  }

  /**
   * Pages of what comes after an event, and an empty one where nothing has come for `quietMs`. Ends with `signal` or
   * `stop`. What is given must be iterated: only its end frees the listener's place.
   * @throws DomainError `rate_limited` where too many listen already.
   */
  listen(
    workspaceId: string,
    after: string,
    quietMs: number,
    signal: AbortSignal,
  ): AsyncIterable<ConversationEvent[]> {
    const ending = AbortSignal.any([signal, this.#stopping.signal]);
    return this.#pages(this.#join(workspaceId), workspaceId, after, quietMs, ending);
  }

  async *#pages(
    channel: Channel,
    workspaceId: string,
    after: string,
    quietMs: number,
    ending: AbortSignal,
  ): AsyncGenerator<ConversationEvent[]> {
    try {
      for (let at = after; !ending.aborted; ) {
        const { more } = channel;
        const page = eventsAfter(channel, at) ?? (await this.#read(workspaceId, at));
        at = page.at(-1)?.id ?? at;
        if (page.length > 0) yield page;
        else if (!(await comes(more.promise, quietMs, ending))) yield [];
      }
    } finally {
      channel.listeners--;
    }
  }

  #read(workspaceId: string, after: string): Promise<ConversationEvent[]> {
    return inWorkspace(this.#db, workspaceId, (tx) => readEvents(tx, workspaceId, after, PAGE));
  }

  #join(workspaceId: string): Channel {
    const known = this.#channels.get(workspaceId);
    if ((known?.listeners ?? 0) >= MOST_LISTENERS) {
      throw new DomainError(
        "rate_limited",
        `${MOST_LISTENERS} listeners of this workspace are open already.`,
        {
          fix: "Close some of them, or share one.",
        },
      );
    }
    if (known !== undefined) {
      known.listeners++;
      return known;
    }
    const channel: Channel = { before: "", kept: [], listeners: 1, more: Promise.withResolvers() };
    this.#channels.set(workspaceId, channel);
    void this.#poll(workspaceId, channel);
    return channel;
  }

  /** Until nobody listens any more. A failing database is asked again: listeners see no more than silence. */
  async #poll(workspaceId: string, channel: Channel): Promise<void> {
    let at: string | undefined;
    while (channel.listeners > 0 && !this.#stopping.signal.aborted) {
      try {
        if (at === undefined) {
          at = await inWorkspace(this.#db, workspaceId, (tx) => newestEventId(tx, workspaceId));
          channel.before = at;
          wakeAll(channel);
        }
        const page = await this.#read(workspaceId, at);
        keep(channel, page);
        at = page.at(-1)?.id ?? at;
        if (page.length === PAGE) continue;
      } catch (error) {
        this.#log.warn({ why: (error as Error).name }, "the feed of conversations could not be read");
      }
      await sleep(POLL_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
    this.#channels.delete(workspaceId);
  }
}

/** What the channel keeps after an event; undefined where it cannot tell. */
function eventsAfter(channel: Channel, at: string): ConversationEvent[] | undefined {
  if (at === channel.before) return channel.kept.slice(0, PAGE);
  const found = channel.kept.findLastIndex((event) => event.id === at);
  return found < 0 ? undefined : channel.kept.slice(found + 1, found + 1 + PAGE);
}

function keep(channel: Channel, page: readonly ConversationEvent[]): void {
  if (page.length === 0) return;
  channel.kept.push(...page);
  const gone = channel.kept.splice(0, Math.max(0, channel.kept.length - MOST_KEPT));
  channel.before = gone.at(-1)?.id ?? channel.before;
  wakeAll(channel);
}

function wakeAll(channel: Channel): void {
  const { more } = channel;
  channel.more = Promise.withResolvers();
  more.resolve();
}

/** Whether something came before the time was over or listening ended. */
async function comes(more: Promise<void>, withinMs: number, ending: AbortSignal): Promise<boolean> {
  const timer = new AbortController();
  const signal = AbortSignal.any([ending, timer.signal]);
  const quiet = sleep(withinMs, false, { signal }).catch(() => true);
  const came = await Promise.race([more.then(() => true), quiet]);
  timer.abort();
  return came;
}
