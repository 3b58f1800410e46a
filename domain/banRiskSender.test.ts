import { describe, expect, test } from "vitest";
import { riskOfSender, type SenderFigures } from "./banRiskSender.ts";
import { WARMUP_LADDER } from "./warmup.ts";

const CALM: SenderFigures = {
  total: 0,
  busiest_hour: 0,
  today: 0,
  max_per_hour: 100,
  ladder_today: null,
  age_days: 90,
  sent: 0,
  delivered: 0,
  failures: {},
  gaps: { n: 0, mean: 0, deviation: 0 },
  texts: [],
  replies: [],
  replied: 0,
  opted_out: 0,
  recipients: 0,
  new_recipients: 0,
};

/** The same figures in every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Chances = {
  delivered: number;
  filtered: number;
  withheld: number;
  replied: number;
  opted_out: number;
  complaint: number;
};

/** A number that has sent so much, to people who each do as the chances say. */
function simulated(
  seed: number,
  n: number,
  chances: Chances,
  of: Partial<SenderFigures> & { text: (i: number) => string; gap: (random: () => number) => number },
): SenderFigures {
  const random = randomOf(seed);
  const { text, gap, ...fixed } = of;
  const figures = { ...CALM, ...fixed, total: n, today: n, recipients: n };
  const failures: Record<string, number> = {};
  const replies: string[] = [];
  const gaps: number[] = [];
  const fail = (code: string) => {
    failures[code] = (failures[code] ?? 0) + 1;
  };
  for (let i = 0; i < n; i++) {
    figures.sent += 1;
    if (i > 0) gaps.push(gap(random));
    const fate = random();
    if (fate < chances.filtered) fail("30007");
    else if (fate < chances.filtered + chances.withheld) fail("63049");
    else if (fate < chances.filtered + chances.withheld + chances.delivered) figures.delivered += 1;
    else fail("30003");
    if (random() < chances.replied) {
      figures.replied += 1;
      replies.push("Sí, me interesa");
    }
    if (random() < chances.opted_out) figures.opted_out += 1;
    if (random() < chances.complaint) replies.push("¿Quién eres? Voy a denunciar este spam");
  }
  const mean = gaps.reduce((sum, one) => sum + one, 0) / Math.max(1, gaps.length);
  const deviation = Math.sqrt(
    gaps.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, gaps.length),
  );
  return {
    ...figures,
    busiest_hour: Math.min(n, fixed.busiest_hour ?? n),
    failures,
    replies,
    gaps: { n: gaps.length, mean, deviation },
    texts: Array.from({ length: Math.min(n, 100) }, (_, i) => text(i)),
  };
}

const humanGap = (random: () => number) => 2 + 3 * random();
const template = (i: number) =>
  `Hola persona${i}, soy Valeria de Artek Mar. ¿Te gustaría conocer nuestro proyecto en Barranquilla?`;
const SEEDS = Array.from({ length: 50 }, (_, i) => i + 1);

describe("a number that is being burnt", () => {
  const chances = {
    delivered: 0.68,
    filtered: 0.09,
    withheld: 0.05,
    replied: 0.01,
    opted_out: 0.06,
    complaint: 0.04,
  };
  /** Three days old, a bought list, one text, by the clock. */
  const burning = (seed: number, n: number) =>
    riskOfSender(
      simulated(seed, n, chances, { text: () => template(0), gap: () => 2, age_days: 2, new_recipients: n }),
    );

  test.each(SEEDS)("run %i · is critical within 200 messages", (seed) => {
    const first = [25, 50, 75, 100, 125, 150, 175, 200].find(
      (n) => burning(seed, n).risk_level === "critical",
    );
    expect(first).toBeDefined();
  });

  test("names what burns it, worst first, and says to stop", () => {
    const { factors, recommendations, metrics } = burning(1, 200);
    expect(factors.join("\n")).toMatch(/Blocked or filtered: \d+ of 200, \d+ % \(30007: \d+, 63049: \d+\)/);
    expect(factors).toContain("Very high message volume: 200/hour (limit 100)");
    expect(factors).toContain("Very similar texts: 100 %");
    expect(factors).toContain("Regular gaps: every 2.0 s (variation 0 %)");
    expect(recommendations[0]).toBe("Stop sending for 24–48 hours");
    expect(recommendations).toContain("Send below 50/hour");
    expect(metrics).toMatchObject({ total_messages: 200, messages_per_hour: 200 });
  });
});

describe("a healthy ladder of fourteen days", () => {
  const chances = {
    delivered: 0.96,
    filtered: 0.002,
    withheld: 0.003,
    replied: 0.09,
    opted_out: 0.006,
    complaint: 0.001,
  };

  test.each(SEEDS)("run %i · is never above medium, and low on nearly all days", (seed) => {
    const levels = WARMUP_LADDER.map((budget, day) => {
      const figures = simulated(seed * 100 + day, budget, chances, {
        text: template,
        gap: humanGap,
        age_days: day,
        ladder_today: budget,
        busiest_hour: 100,
        new_recipients: budget,
      });
      return riskOfSender(figures).risk_level;
    });
    expect(levels).not.toContain("high");
    expect(levels).not.toContain("critical");
    expect(levels.filter((level) => level === "low").length).toBeGreaterThanOrEqual(11);
  });
});

describe("riskOfSender", () => {
  test.each([
    ["Very high message volume: 125/hour (limit 100)", { busiest_hour: 125 }],
    ["Too many messages for a number of 2 days: 130 today (ladder 50)", { age_days: 2.4, today: 130 }],
    ["Very similar texts: 100 %", { texts: Array<string>(20).fill("Compra en la tienda") }],
    ["Low response rate: 1 %", { sent: 300, replied: 3 }],
    ["Low delivery: 60 % of 100 (limit 90 %)", { delivered: 60, failures: { "30003": 40 } }],
    [
      "Blocked or filtered: 20 of 100, 20 % (63049: 15, 30007: 5)",
      { total: 100, failures: { "30007": 5, "63049": 15 } },
    ],
    ["Opt-outs: 12 of 100 people, 12 %", { opted_out: 12, recipients: 100 }],
    [
      "Complaints in replies: 3 of 4",
      {
        recipients: 100,
        replies: ["this is spam", "quem te deu meu número? golpe", "los voy a denunciar", "ok"],
      },
    ],
    ["Told to slow down: 40 of 100 messages (63018)", { total: 100, failures: { "63018": 40 } }],
    ["New recipients: 90 %", { recipients: 100, new_recipients: 90 }],
    ["Regular gaps: every 3.0 s (variation 3 %)", { gaps: { n: 50, mean: 3, deviation: 0.1 } }],
  ])("%s · is named so", (factor, figures) => {
    expect(riskOfSender({ ...CALM, ...figures } as SenderFigures).factors).toContain(factor);
  });

  test("a number that pauses too fast for the provider · is not blocked by anybody", () => {
    expect(
      riskOfSender({ ...CALM, total: 100, sent: 60, failures: { "63018": 40 } }).metrics.blocked_count,
    ).toBe(0);
  });

  test("one of twenty · proves nothing", () => {
    const first = {
      ...CALM,
      total: 20,
      sent: 20,
      delivered: 18,
      recipients: 20,
      opted_out: 1,
      failures: { "30007": 1, "30003": 1 },
    };
    expect(riskOfSender(first)).toMatchObject({ risk_score: 0, risk_level: "low", factors: [] });
  });

  test("a number that sent nothing · has no risk and no rate", () => {
    expect(riskOfSender(CALM)).toEqual({
      risk_score: 0,
      risk_level: "low",
      factors: [],
      recommendations: [],
      metrics: { total_messages: 0, messages_per_hour: 0, response_rate: null, blocked_count: 0 },
    });
  });
});
