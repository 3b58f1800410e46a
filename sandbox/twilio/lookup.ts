import { type Account, hasLeft, type Message } from "./model.ts";

export interface Filter {
  to?: string | undefined;
  from?: string | undefined;
  /** Epoch ms, inclusive lower and exclusive upper bound of date_sent. */
  sentFrom: number;
  sentBefore: number;
}

/**
 * Messages of an account, newest first, from number `below` on: what a list shows.
 * Follows the shorter of the chains of the two addresses, so asking for one person is quick among a million.
 */
export function* newestFirst(
  messages: readonly Message[],
  account: Account,
  filter: Filter,
  below: number,
): Generator<Message> {
  const to = filter.to === undefined ? undefined : account.addresses.get(filter.to);
  const from = filter.from === undefined ? undefined : account.addresses.get(filter.from);
  if ((filter.to !== undefined && !to) || (filter.from !== undefined && !from)) return;
  const byTo = to !== undefined && (from === undefined || to.toCount <= from.fromCount);
  const byFrom = !byTo && from !== undefined;
  let message: Message | null = byTo ? to.lastTo : byFrom ? from.lastFrom : (messages.at(-1) ?? null);
  // A page token names a message of the same chain: go on from there instead of walking to it.
  const marked = messages[below];
  if (marked && (byTo ? marked.to === to : byFrom ? marked.from === from : true)) message = marked;
  while (message) {
    const fits =
      message.account === account && (!to || message.to === to) && (!from || message.from === from);
    if (message.seq < below && fits && !message.deleted && sentWithin(message, filter)) yield message;
    message = byTo ? message.prevTo : byFrom ? message.prevFrom : (messages[message.seq - 1] ?? null);
  }
}

function sentWithin(message: Message, { sentFrom, sentBefore }: Filter): boolean {
  if (sentFrom === Number.NEGATIVE_INFINITY && sentBefore === Number.POSITIVE_INFINITY) return true;
  const sentAt = message.inbound ? message.acceptedAt : message.sentAt;
  return sentAt > 0 && hasLeft(message.status) && sentAt >= sentFrom && sentAt < sentBefore;
}

const DAY_MS = 86_400_000;
const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

/** DateSent, DateSent> and DateSent< of a query; a date alone means the whole day in UTC. */
export function filterOf(query: URLSearchParams): Filter {
  let sentFrom = Number.NEGATIVE_INFINITY;
  let sentBefore = Number.POSITIVE_INFINITY;
  const after = query.get("DateSent>");
  const before = query.get("DateSent<");
  const on = query.get("DateSent");
  if (after) sentFrom = Date.parse(after);
  if (before) sentBefore = Date.parse(before) + (DATE_ONLY.test(before) ? DAY_MS : 1);
  if (on) {
    // Twilio compares days here, even where a time is given.
    sentFrom = Math.floor(Date.parse(on) / DAY_MS) * DAY_MS;
    sentBefore = sentFrom + DAY_MS;
  }
  return { to: query.get("To") ?? undefined, from: query.get("From") ?? undefined, sentFrom, sentBefore };
}
