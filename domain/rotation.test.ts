import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignSenders, type PoolSender } from "./rotation.ts";

const sender = (id: string, more: Partial<PoolSender> = {}): PoolSender => ({
  id,
  rotation_enabled: true,
  status: "active",
  rotation_priority: 1,
  last_used_at: null,
  ...more,
});
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));

/** The rule itself, one recipient after another. */
function oneByOne(pool: PoolSender[], recipients: number): string[] {
  const rows = pool.map((row) => ({ ...row }));
  const given: string[] = [];
  for (let i = 0; i < recipients; i++) {
    const [next] = rows
      .filter((row) => row.rotation_enabled && row.status === "active")
      .sort(
        (a, b) =>
          b.rotation_priority - a.rotation_priority ||
          (a.last_used_at?.getTime() ?? -1) - (b.last_used_at?.getTime() ?? -1) ||
          (a.id < b.id ? -1 : 1),
      );
    if (!next) break;
    next.last_used_at = at(10_000 + i);
    given.push(next.id);
  }
  return given;
}

describe("assignSenders", () => {
  test("assignSenders · takes the highest priority, then the least recently used, then the id", () => {
    const pool = [
      sender("d", { last_used_at: at(2) }),
      sender("c", { last_used_at: at(1) }),
      sender("b"),
      sender("a"),
      sender("low", { rotation_priority: 0 }),
    ];
    expect(assignSenders(pool, 6)).toEqual({
      sender_ids: ["a", "b", "c", "d", "a", "b"],
      used: ["c", "d", "a", "b"],
    });
    expect(assignSenders(pool, 2)).toEqual({ sender_ids: ["a", "b"], used: ["a", "b"] });
  });

  test("assignSenders · passes over senders that are paused, stopped or out of rotation", () => {
    const pool = [
      sender("a", { status: "paused", rotation_priority: 9 }),
      sender("b", { rotation_enabled: false, rotation_priority: 9 }),
      sender("c", { rotation_priority: -1 }),
    ];
    expect(assignSenders(pool, 2)).toEqual({ sender_ids: ["c", "c"], used: ["c"] });
  });

  test("assignSenders · gives nobody a sender from an empty pool", () => {
    expect(assignSenders([], 3)).toEqual({ sender_ids: [], used: [] });
    expect(assignSenders([sender("a", { status: "stopped" })], 3)).toEqual({ sender_ids: [], used: [] });
  });

  test("assignSenders · gives what the rule gives one by one, and leaves the pool in the order that follows", () => {
    const row = fc.record({
      id: fc.uuid(),
      rotation_enabled: fc.boolean(),
      status: fc.constantFrom("active", "active", "paused"),
      rotation_priority: fc.integer({ min: 0, max: 2 }),
      last_used_at: fc.option(fc.integer({ min: 0, max: 5 }).map(at)),
    });
    const rows = fc.uniqueArray(row, { maxLength: 16, selector: ({ id }) => id });
    fc.assert(
      fc.property(rows, fc.nat({ max: 50 }), fc.nat({ max: 50 }), (pool, first, second) => {
        const { sender_ids, used } = assignSenders(pool, first);
        expect(sender_ids).toEqual(oneByOne(pool, first));
        expect(new Set(used)).toEqual(new Set(sender_ids));
        const after = pool.map((sender) => {
          const place = used.indexOf(sender.id);
          return place < 0 ? sender : { ...sender, last_used_at: at(10_000 + place) };
        });
        const next = assignSenders(after, second).sender_ids;
        expect([...sender_ids, ...next]).toEqual(oneByOne(pool, first + second));
      }),
    );
  });
});
