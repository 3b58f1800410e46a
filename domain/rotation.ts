export type PoolSender = {
  id: string;
  rotation_enabled: boolean;
  status: string;
  rotation_priority: number;
  last_used_at: Date | null;
  /** Its share of new people among those of its priority, where these are shared by weight and not by turns. */
  weight?: number;
  /** New people that it can take today and on each day after, while it warms up (domain/warmup.ts); none: as many as come. */
  rooms?: readonly number[];
};

export type Assignment = {
  /** One sender id for each recipient, in their order; empty where nobody in the pool can send. */
  sender_ids: string[];
  /** The senders that were used, longest ago first: the order of their new last_used_at. */
  used: string[];
};

/**
 * Gives n new recipients their senders, as if one after another: each gets the sender with the highest
 * rotation_priority, among equals the least recently used (never used first, then by id). Only active
 * senders in rotation take part, those that warm up until they are full for today; who is left over where all are full
 * gets one that has room tomorrow, and so on. Who already has a sender keeps it and is not asked for here.
 * Senders with weights share the recipients by them; `draw` in [0, 1) says who gets the odd ones.
 */
export function assignSenders(pool: readonly PoolSender[], recipients: number, draw = 0): Assignment {
  const ready = pool.filter((sender) => sender.rotation_enabled && sender.status === "active").sort(byTurn);
  if (ready.length === 0) return { sender_ids: [], used: [] };
  const lines = [...Map.groupBy(ready, (sender) => sender.rotation_priority).values()];
  const sender_ids: string[] = [];
  for (let day = 0; sender_ids.length < recipients; day++)
    for (const line of lines) {
      if (line.some((sender) => sender.weight !== undefined))
        shareOut(line, day, sender_ids, recipients, draw);
      else takeTurns(line, day, sender_ids, recipients);
    }

  const last = new Map(sender_ids.map((id, place) => [id, place]));
  const used = [...last.keys()].sort((a, b) => (last.get(a) as number) - (last.get(b) as number));
  return { sender_ids, used };
}

/** Senders of one priority, longest unused first: each takes one and goes to the end, while it has room on that day. */
function takeTurns(line: PoolSender[], day: number, given: string[], recipients: number): void {
  const room = new Map(line.map(({ id, rooms }) => [id, rooms?.[day] ?? Infinity]));
  let full = 0;
  while (given.length < recipients && full < line.length) {
    const sender = line[full] as PoolSender;
    const left = room.get(sender.id) as number;
    if (left < 1) {
      full++;
      continue;
    }
    room.set(sender.id, left - 1);
    given.push(sender.id);
    line.splice(full, 1);
    line.push(sender);
  }
}

/** As many for each as its weight says, to within one; what a sender has no room for is shared among the others. */
function shareOut(
  line: readonly PoolSender[],
  day: number,
  given: string[],
  recipients: number,
  draw: number,
): void {
  let open = line.map(({ id, weight = 1, rooms }) => ({ id, weight, room: rooms?.[day] ?? Infinity }));
  while (given.length < recipients) {
    open = open.filter(({ weight, room }) => weight > 0 && room >= 1);
    if (open.length === 0) return;
    const wanted = recipients - given.length;
    const step = open.reduce((sum, { weight }) => sum + weight, 0) / wanted;
    let point = draw * step;
    let reached = 0;
    for (const sender of open) {
      reached += sender.weight;
      const share = Math.min(Math.max(0, Math.ceil((reached - point) / step)), recipients - given.length);
      point += share * step;
      const taken = Math.min(share, sender.room);
      sender.room -= taken;
      for (let i = 0; i < taken; i++) given.push(sender.id);
    }
  }
}

/** How much of its weight a sender of e-mail has, by how its domain stands (domain/email/health.ts). */
const HEALTH_SHARES: Readonly<Record<string, number>> = { ok: 1, warn: 0.5, slow: 0.1, stop: 0.01 };

/** The weight of a pool of e-mail: what the workspace says, less where what it sends is complained about. */
export const weightOf = (pool: number, health: string | null): number =>
  pool * (HEALTH_SHARES[health ?? "ok"] ?? 1);

function byTurn(a: PoolSender, b: PoolSender): number {
  if (a.rotation_priority !== b.rotation_priority) return b.rotation_priority - a.rotation_priority;
  const [lastA, lastB] = [a.last_used_at?.getTime() ?? -Infinity, b.last_used_at?.getTime() ?? -Infinity];
  if (lastA !== lastB) return lastA < lastB ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
