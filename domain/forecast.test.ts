import { describe, expect, test } from "vitest";
import { type ForecastQueue, type ForecastSender, forecastSender } from "./forecast.ts";
import { HOUR } from "./pace.ts";

const at = (iso: string) => new Date(iso).getTime();
const NOW = at("2026-12-01T15:00:00Z");
const END = NOW + 7 * 24 * HOUR;
const zone = "America/Bogota";

const sender: ForecastSender = {
  kind: "short_code",
  gap_min_ms: 1_000,
  gap_max_ms: 3_000,
  rate_per_second: null,
  rate_factor: 1,
  max_per_hour: 1_000_000,
  max_per_day: 1_000_000,
  warmup_day_limit: null,
  buckets: [],
  next_send_at: -Infinity,
};
const own = (n: number, more: Partial<ForecastQueue> = {}): ForecastQueue => ({
  lane: "own",
  priority: 4,
  own: true,
  entries: [{ due: NOW, parts: 1, n }],
  ...more,
});
const other = (n: number, more: Partial<ForecastQueue> = {}) =>
  own(n, { lane: "other", own: false, ...more });
const forecast = (queues: ForecastQueue[], of: Partial<ForecastSender> = {}, endsAt = END) =>
  forecastSender({ ...sender, ...of }, queues, { now: NOW, zone, endsAt });

describe("forecastSender", () => {
  test("goes at the middle of its pace, from when it is free", () => {
    expect(forecast([own(11)])).toEqual({ first: NOW, last: NOW + 20_000, sent: 11, late: 0 });
    expect(forecast([own(1)], { next_send_at: NOW + 700 }).first).toBe(NOW + 700);
    const segments = forecast([own(3, { entries: [{ due: NOW, parts: 2, n: 3 }] })], {
      gap_min_ms: null,
      gap_max_ms: null,
      rate_per_second: 4,
    });
    expect(segments.last).toBe(NOW + 1_000);
  });

  test("waits for what is due later, in the order it is due", () => {
    const entries = [
      { due: NOW, parts: 1, n: 1 },
      { due: NOW + HOUR, parts: 1, n: 2 },
    ];
    expect(forecast([own(3, { entries })])).toMatchObject({ last: NOW + HOUR + 2_000, sent: 3 });
  });

  test("goes on in the next hour once the hour's budget is used, and in the next day likewise", () => {
    const hourly = forecast([own(25)], { max_per_hour: 10, gap_min_ms: 0, gap_max_ms: 0 });
    // 10 at once, 10 when their minute has left the hour, and so again.
    expect(hourly.last).toBe(NOW + 2 * 61 * 60_000);
    const daily = forecast([own(25)], {
      max_per_day: 50,
      warmup_day_limit: 10,
      gap_min_ms: 0,
      gap_max_ms: 0,
    });
    expect(daily.last).toBe(at("2026-12-03T00:00:00-05:00"));
  });

  test("climbs its warmup from day to day, holds it where a day was idle, and ends it with the ladder", () => {
    const warming = { warmup_day_limit: 20, warmup_budgets: [20, 30, 50], gap_min_ms: 0, gap_max_ms: 0 };
    const ends = (n: number) => forecast([own(n)], warming).last;
    expect(ends(20)).toBe(NOW);
    expect(ends(21)).toBe(at("2026-12-02T00:00:00-05:00"));
    expect(ends(51)).toBe(at("2026-12-03T00:00:00-05:00"));
    expect(ends(100)).toBe(at("2026-12-03T00:00:00-05:00"));
    expect(ends(5_000)).toBe(at("2026-12-04T00:00:00-05:00"));
    const held = own(60, { entries: [{ due: NOW + 2 * 24 * HOUR, parts: 1, n: 60 }] });
    // Two idle days first: 20, 30, and the last ten.
    expect(forecast([held], warming).last).toBe(at("2026-12-05T00:00:00-05:00"));
    const used = [{ minute: NOW - HOUR / 2, used: 20 }];
    expect(forecast([own(31)], { ...warming, buckets: used }).last).toBe(at("2026-12-03T00:00:00-05:00"));
  });

  test("counts what it has used today and in the last hour", () => {
    const buckets = [
      { minute: at("2026-11-30T23:00:00-05:00"), used: 500 },
      { minute: NOW - 90 * 60_000, used: 4 },
      { minute: NOW - 30 * 60_000, used: 6 },
    ];
    expect(forecast([own(1)], { buckets, max_per_hour: 6 }).first).toBe(NOW + 31 * 60_000);
    expect(forecast([own(1)], { buckets, max_per_day: 10 }).first).toBe(at("2026-12-02T00:00:00-05:00"));
    expect(forecast([own(1)], { buckets, max_per_day: 11, max_per_hour: 7 }).first).toBe(NOW);
  });

  test("takes turns with other campaigns and lets what is more urgent go first", () => {
    expect(forecast([own(5), other(100)]).last).toBe(NOW + 8 * 2_000);
    expect(forecast([other(100), own(5)]).last).toBe(NOW + 9 * 2_000);
    expect(forecast([own(1), other(10, { priority: 2 })]).first).toBe(NOW + 10 * 2_000);
  });

  test("queues of one lane are one: what was due first goes first", () => {
    const early = own(2, { entries: [{ due: NOW - 5_000, parts: 1, n: 2 }] });
    expect(forecast([own(2), early, other(4)])).toMatchObject({ first: NOW, last: NOW + 6 * 2_000 });
  });

  test("leaves those whose hours end waiting until they begin again, and others go meanwhile", () => {
    const opens = NOW + 12 * HOUR;
    const shut = own(5, { openFrom: (moment) => (moment >= NOW + 4_000 && moment < opens ? opens : moment) });
    expect(forecast([shut, own(3)])).toMatchObject({ sent: 8, first: NOW });
    expect(forecast([shut]).last).toBe(opens + 2 * 2_000);
    expect(forecast([own(2, { openFrom: () => null })])).toEqual({
      first: null,
      last: null,
      sent: 0,
      late: 2,
    });
  });

  test("says how many it does not come to before they expire, or ever", () => {
    expect(forecast([own(100)], {}, NOW + 20_000)).toEqual({
      first: NOW,
      last: NOW + 18_000,
      sent: 10,
      late: 90,
    });
    expect(forecast([own(3)], { max_per_hour: 0 })).toEqual({ first: null, last: null, sent: 0, late: 3 });
    expect(forecast([])).toEqual({ first: null, last: null, sent: 0, late: 0 });
  });

  test("a hundred thousand messages are played through to the last", () => {
    const { sent, last } = forecast([own(100_000, { openFrom: (moment) => moment }), other(100_000)], {
      gap_min_ms: 1,
      gap_max_ms: 1,
    });
    expect(sent).toBe(100_000);
    expect(last).toBe(NOW + 199_998);
  });
});
