import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignSenders, type PoolSender, weightOf } from "./rotation.ts";

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

  const counts = (given: string[]) =>
    Object.fromEntries([...Map.groupBy(given, (id) => id)].map(([id, all]) => [id, all.length]));

  test("assignSenders · gives one that warms up what it can take today, and the rest to the others in turn", () => {
    const pool = [sender("new", { rooms: [2, 30, 50] }), sender("b"), sender("c")];
    expect(assignSenders(pool, 8)).toEqual({
      sender_ids: ["b", "c", "new", "b", "c", "new", "b", "c"],
      used: ["new", "b", "c"],
    });
    const preferred = [sender("new", { rooms: [3], rotation_priority: 9 }), sender("b")];
    expect(assignSenders(preferred, 5).sender_ids).toEqual(["new", "new", "new", "b", "b"]);
    expect(counts(assignSenders([sender("full", { rooms: [0, 0, 0] }), sender("b")], 5).sender_ids)).toEqual({
      b: 5,
    });
  });

  test("assignSenders · fills a pool that warms up day by day, and goes on in turn behind the ladder", () => {
    const pool = [sender("a", { rooms: [2, 3] }), sender("b", { rooms: [0, 5] })];
    const { sender_ids } = assignSenders(pool, 14);
    expect(sender_ids.slice(0, 2)).toEqual(["a", "a"]);
    expect(counts(sender_ids.slice(2, 10))).toEqual({ a: 3, b: 5 });
    expect(counts(sender_ids.slice(10))).toEqual({ a: 2, b: 2 });
    const alike = Array.from({ length: 4 }, (_, i) => sender(`s${i}`, { rooms: [5, 7] }));
    expect(new Set(Object.values(counts(assignSenders(alike, 40).sender_ids)))).toEqual(new Set([10]));
  });

  test("assignSenders · never gives more than there is room for while another day has room", () => {
    const rooms = fc.option(fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 3 }), { nil: undefined });
    const row = fc.record({ rotation_priority: fc.nat({ max: 1 }), rooms });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), fc.nat({ max: 60 }), (rows, recipients) => {
        const pool = rows.map(({ rooms: of, ...more }, i) =>
          sender(`s${i}`, of === undefined ? more : { ...more, rooms: of }),
        );
        const given = counts(assignSenders(pool, recipients).sender_ids);
        expect(Object.values(given).reduce((sum, n) => sum + n, 0)).toBe(recipients);
        const today = pool.every((one) => one.rooms !== undefined)
          ? pool.reduce((sum, one) => sum + (one.rooms?.[0] ?? 0), 0)
          : Infinity;
        for (const one of recipients <= today ? pool : [])
          expect(given[one.id] ?? 0).toBeLessThanOrEqual(one.rooms?.[0] ?? Infinity);
      }),
    );
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

describe("assignSenders by weight", () => {
  const shares = (given: { sender_ids: string[] }) =>
    Object.fromEntries([...Map.groupBy(given.sender_ids, (id) => id)].map(([id, of]) => [id, of.length]));

  test("assignSenders · gives each its share of the recipients, to within one", () => {
    const pool = [sender("a", { weight: 3 }), sender("b", { weight: 1 }), sender("c", { weight: 6 })];
    expect(shares(assignSenders(pool, 1_000, 0.3))).toEqual({ a: 300, b: 100, c: 600 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 500 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (weights, recipients, draw) => {
          const weighted = weights.map((weight, i) => sender(`s${i}`, { weight }));
          const given = assignSenders(weighted, recipients, draw);
          expect(given.sender_ids).toHaveLength(recipients);
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const of = shares(given);
          for (const [i, weight] of weights.entries())
            expect(Math.abs((of[`s${i}`] ?? 0) - (recipients * weight) / total)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("assignSenders · one recipient after another is shared by the draw", () => {
    const pool = [sender("a", { weight: 1 }), sender("b", { weight: 3 })];
    const drawn = [0.1, 0.3, 0.6, 0.9].map((draw) => assignSenders(pool, 1, draw).sender_ids[0]);
    expect(drawn).toEqual(["a", "b", "b", "b"]);
  });

  test("assignSenders · shares among the others what a sender that warms up has no room for", () => {
    const pool = [
      sender("a", { weight: 1, rooms: [5, 20] }),
      sender("b", { weight: 1 }),
      sender("low", { weight: 9, rotation_priority: 0 }),
    ];
    expect(shares(assignSenders(pool, 40))).toEqual({ a: 5, b: 35 });
    expect(shares(assignSenders([sender("a", { weight: 1, rooms: [5, 20] })], 20))).toEqual({ a: 20 });
  });

  test("weightOf · is less where what a sender sends is complained about", () => {
    expect([null, "ok", "warn", "slow"].map((health) => weightOf(10, health))).toEqual([10, 10, 5, 1]);
  });
});
