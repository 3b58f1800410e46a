export type PoolSender = {
  id: string;
  rotation_enabled: boolean;
  status: string;
  rotation_priority: number;
  last_used_at: Date | null;
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
 * senders in rotation take part. Who already has a sender keeps it and is not asked for here.
 */
export function assignSenders(pool: readonly PoolSender[], recipients: number): Assignment {
  const ready = pool.filter((sender) => sender.rotation_enabled && sender.status === "active");
  const highest = Math.max(...ready.map((sender) => sender.rotation_priority));
  const turn = ready.filter((sender) => sender.rotation_priority === highest).sort(byLastUse);
  if (turn.length === 0) return { sender_ids: [], used: [] };

  const ids = turn.map((sender) => sender.id);
  const sender_ids = Array.from({ length: recipients }, (_, i) => ids[i % ids.length] as string);
  return { sender_ids, used: sender_ids.slice(-ids.length) };
}

function byLastUse(a: PoolSender, b: PoolSender): number {
  const [lastA, lastB] = [a.last_used_at?.getTime() ?? -Infinity, b.last_used_at?.getTime() ?? -Infinity];
  if (lastA !== lastB) return lastA < lastB ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
