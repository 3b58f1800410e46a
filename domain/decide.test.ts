import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, test } from "vitest";
import { CHANNELS, type Channel } from "./address.ts";
import {
  type Decision,
  decide,
  DEFAULT_SEND_RULES,
  HOLD_RULES,
  PURPOSES,
  type SendFacts,
  type SendRules,
  SKIP_REASONS,
} from "./decide.ts";

const BOGOTA = "America/Bogota";
const MEXICO = "America/Mexico_City";
const bogota = (local: string) => DateTime.fromISO(local, { zone: BOGOTA }).toJSDate();
const mexico = (local: string) => DateTime.fromISO(local, { zone: MEXICO }).toJSDate();
/** A Tuesday at eleven. */
const now = mexico("2026-03-03T11:00");

const inMexico = { country: "MX", time_zones: [MEXICO] };
const inColombia = { country: "CO", time_zones: [BOGOTA] };

function facts(overrides: Partial<SendFacts> = {}, rules: Partial<SendRules> = {}): SendFacts {
  return {
    channel: "whatsapp",
    purpose: "marketing",
    expires_at: null,
    contact: { deleted: false, phone_type: "mobile", places: [inMexico] },
    address: "ok",
    allowlisted: false,
    suppression: null,
    scrub_list: null,
    consent: "opted_in",
    wishes: null,
    template: { approval_status: "approved" },
    last_inbound_at: null,
    missing_variables: [],
    recent: [],
    last_outbound_at: null,
    recipient_hold_until: null,
    rules: { ...DEFAULT_SEND_RULES, ...rules },
    ...overrides,
  };
}

const colombian = (overrides: Partial<SendFacts> = {}, rules: Partial<SendRules> = {}) =>
  facts({ contact: { deleted: false, phone_type: "mobile", places: [inColombia] }, ...overrides }, rules);

const ago = (ms: number) => new Date(now.getTime() - ms);
const HOUR = 3_600_000;
const touches = (channel: Channel, ...at: Date[]) => at.map((moment) => ({ at: moment, channel }));

test("decide · sends where nothing stands against it", () => {
  expect(decide(facts(), now)).toEqual({ kind: "send" });
});

describe("what a person has chosen about e-mail", () => {
  const mail = (overrides: Partial<SendFacts>) =>
    decide(facts({ channel: "email", template: null, ...overrides }, { cap_per_day: null }), now);
  const declined = { topic_declined: true, max_per_week: null };
  const twice = { topic_declined: false, max_per_week: 2 };
  const mails = touches("email", ago(HOUR), ago(20 * HOUR));

  test("a topic that they declined · is skipped, as marketing and by e-mail only", () => {
    expect(mail({ wishes: declined })).toMatchObject({ kind: "skip", reason: "topic_declined" });
    expect(mail({ wishes: declined, purpose: "transactional" })).toEqual({ kind: "send" });
    expect(decide(facts({ wishes: declined }), now)).toEqual({ kind: "send" });
    expect(mail({ wishes: declined, consent: null })).toMatchObject({ reason: "no_consent" });
  });

  test("how often · holds what comes too soon until Monday of their own week", () => {
    expect(mail({ wishes: twice, recent: mails })).toMatchObject({
      kind: "hold",
      rule: "own_frequency",
      until: mexico("2026-03-09T00:00"),
    });
    expect(mail({ wishes: twice, recent: mails.slice(1) })).toEqual({ kind: "send" });
    expect(mail({ wishes: twice, recent: touches("sms", ago(HOUR), ago(2 * HOUR)) })).toEqual({
      kind: "send",
    });
    expect(mail({ wishes: twice, recent: mails, purpose: "transactional" })).toEqual({ kind: "send" });
  });

  test("an unsubscription · holds back marketing and nothing else", () => {
    expect(mail({ suppression: "unsubscribed" })).toMatchObject({ reason: "suppressed" });
    expect(mail({ suppression: "unsubscribed", purpose: "transactional" })).toEqual({ kind: "send" });
    expect(mail({ suppression: "bounced", purpose: "transactional" })).toMatchObject({
      reason: "suppressed",
    });
  });
});

describe("what is never sent to this person", () => {
  const contact = facts().contact;
  test.each<[string, Partial<SendFacts>, Partial<SendRules>, string]>([
    ["a deleted contact", { contact: { ...contact, deleted: true } }, {}, "deleted"],
    ["no address", { address: "none" }, {}, "no_address"],
    ["an invalid address", { address: "invalid" }, {}, "invalid_address"],
    ["WhatsApp to a landline", { contact: { ...contact, phone_type: "landline" } }, {}, "landline"],
    [
      "SMS to a landline",
      { channel: "sms", contact: { ...contact, phone_type: "landline" } },
      {},
      "landline",
    ],
    ["test mode, not on the list", {}, { test_mode: true }, "not_on_allowlist"],
    ["a suppression", { suppression: "bounced" }, {}, "suppressed"],
    [
      "a suppressed address in a conversation",
      { suppression: "opted_out", purpose: "conversation" },
      {},
      "suppressed",
    ],
    ["an opt-out", { consent: "opted_out" }, {}, "opted_out"],
    ["an opt-out, transactional", { consent: "opted_out", purpose: "transactional" }, {}, "opted_out"],
    [
      "an opt-out where no opt-in is needed",
      { consent: "opted_out" },
      { require_opt_in: false },
      "opted_out",
    ],
    ["no opt-in", { consent: null }, {}, "no_consent"],
    [
      "a number on a register of people who want no advertising",
      { scrub_list: "repep" },
      {},
      "on_scrub_list",
    ],
  ])("%s", (_name, overrides, rules, reason) => {
    expect(decide(facts(overrides, rules), now)).toMatchObject({ kind: "skip", reason });
  });

  test.each<[string, Partial<SendFacts>, Partial<SendRules>]>([
    ["a call to a landline", { channel: "voice", contact: { ...contact, phone_type: "landline" } }, {}],
    [
      "an e-mail to somebody with a landline",
      { channel: "email", contact: { ...contact, phone_type: "landline" } },
      {},
    ],
    [
      "what is no advertising to a number on a register",
      { scrub_list: "repep", purpose: "transactional" },
      {},
    ],
    ["an e-mail to somebody whose number is on a register", { scrub_list: "repep", channel: "email" }, {}],
    ["test mode, on the list", { allowlisted: true }, { test_mode: true }],
    ["no opt-in where none is needed", { consent: null }, { require_opt_in: false }],
    ["no opt-in, transactional", { consent: null, purpose: "transactional" }, {}],
    ["no opt-in, an answer", { consent: null, purpose: "conversation" }, {}],
    [
      "an answer to somebody who opted out of promotions",
      { consent: "opted_out", purpose: "conversation" },
      {},
    ],
  ])("but %s goes", (_name, overrides, rules) => {
    expect(decide(facts(overrides, rules), now)).toEqual({ kind: "send" });
  });

  test("names the suppression", () => {
    expect(decide(facts({ suppression: "complaint" }), now)).toMatchObject({ detail: "complaint" });
  });
});

describe("what this message lacks", () => {
  test.each<[string, Partial<SendFacts>, string]>([
    ["a paused template", { template: { approval_status: "paused" } }, "template_not_approved"],
    ["a status nobody knows", { template: { approval_status: "in_appeal" } }, "template_not_approved"],
    ["free text to somebody who never wrote", { template: null }, "outside_window"],
    ["free text after 24 hours", { template: null, last_inbound_at: ago(24 * HOUR) }, "outside_window"],
    ["missing values", { missing_variables: ["name", "city"] }, "missing_variables"],
  ])("%s", (_name, overrides, reason) => {
    expect(decide(facts(overrides), now)).toMatchObject({ kind: "skip", reason });
  });

  test.each<[string, Partial<SendFacts>]>([
    ["free text just within 24 hours", { template: null, last_inbound_at: ago(24 * HOUR - 1) }],
    ["an SMS of free text", { channel: "sms", template: null }],
    [
      "an SMS template, which needs no approval",
      { channel: "sms", template: { approval_status: "unsubmitted" } },
    ],
  ])("but %s goes", (_name, overrides) => {
    expect(decide(facts(overrides), now)).toEqual({ kind: "send" });
  });

  test("names the values", () => {
    expect(decide(facts({ missing_variables: ["name", "city"] }), now)).toMatchObject({
      detail: "name, city",
    });
  });
});

describe("expiry", () => {
  test("is over at its own instant", () => {
    expect(decide(facts({ expires_at: now }), now)).toMatchObject({ kind: "skip", reason: "expired" });
    expect(decide(facts({ expires_at: new Date(now.getTime() + 1) }), now)).toEqual({ kind: "send" });
  });

  test("a hold that would last past it is a skip by the rule that holds", () => {
    const night = mexico("2026-03-03T22:00");
    const morning = mexico("2026-03-04T09:00");
    expect(decide(facts({ expires_at: morning }), night)).toMatchObject({
      kind: "skip",
      reason: "quiet_hours",
    });
    expect(decide(facts({ expires_at: new Date(morning.getTime() + 1) }), night)).toMatchObject({
      kind: "hold",
    });
  });
});

describe("quiet hours", () => {
  const night = mexico("2026-03-03T22:00");

  test("hold until the place allows it, and say why", () => {
    expect(decide(colombian(), bogota("2026-03-01T12:00"))).toEqual({
      kind: "hold",
      until: bogota("2026-03-02T07:00"),
      rule: "quiet_hours",
      detail: "Colombia, Ley 2300: Sunday; until 2026-03-02T07:00-05:00",
    });
  });

  test.each(["transactional", "conversation"] as const)("do not hold what is %s", (purpose) => {
    expect(decide(facts({ purpose }), night)).toEqual({ kind: "send" });
  });

  test("that never end are a skip", () => {
    const quiet_hours = { ...DEFAULT_SEND_RULES.quiet_hours, week: [] };
    expect(decide(facts({}, { quiet_hours }), night)).toMatchObject({ kind: "skip", reason: "quiet_hours" });
  });
});

describe("caps", () => {
  const rules = { cap_per_day: 2, cap_per_week: 3 };

  test("hold until the person's next day", () => {
    const recent = touches("sms", mexico("2026-03-03T00:00"), mexico("2026-03-03T10:00"));
    expect(decide(facts({ recent }, rules), now)).toEqual({
      kind: "hold",
      until: mexico("2026-03-04T09:00"), // midnight lies in the quiet hours
      rule: "cap_day",
      detail: "2 today, cap 2 a day; until 2026-03-04T09:00-06:00",
    });
  });

  test("yesterday does not count for the day", () => {
    const recent = touches("sms", mexico("2026-03-02T23:59"), mexico("2026-03-03T10:00"));
    expect(decide(facts({ recent }, rules), now)).toEqual({ kind: "send" });
  });

  test("hold until the next Monday when the week is full", () => {
    const recent = touches(
      "sms",
      mexico("2026-03-02T00:00"),
      mexico("2026-03-02T12:00"),
      mexico("2026-03-03T10:00"),
    );
    expect(decide(facts({ recent }, rules), now)).toMatchObject({
      until: mexico("2026-03-09T09:00"),
      rule: "cap_week",
    });
  });

  test("last week's Sunday does not count", () => {
    const recent = touches(
      "sms",
      mexico("2026-03-01T23:59"),
      mexico("2026-03-02T12:00"),
      mexico("2026-03-03T10:00"),
    );
    expect(decide(facts({ recent }, rules), now)).toEqual({ kind: "send" });
  });

  test("may be absent", () => {
    const recent = touches("sms", ...Array<Date>(50).fill(ago(HOUR)));
    expect(decide(facts({ recent }, { cap_per_day: null, cap_per_week: null }), now)).toEqual({
      kind: "send",
    });
  });

  test("of nothing let nothing through", () => {
    const recent = touches("sms", ago(HOUR));
    expect(decide(facts({ recent }, { cap_per_day: 0 }), now)).toMatchObject({
      kind: "skip",
      reason: "cap_day",
    });
    expect(decide(facts({}, { cap_per_week: 0 }), now)).toMatchObject({ kind: "skip", reason: "cap_week" });
  });

  test("do not bind what is transactional or an answer", () => {
    const recent = touches("whatsapp", ...Array<Date>(9).fill(ago(HOUR)));
    expect(decide(facts({ recent, purpose: "transactional" }, rules), now)).toEqual({ kind: "send" });
    expect(decide(colombian({ recent, purpose: "conversation" }, rules), now)).toEqual({ kind: "send" });
  });

  test("read the day on the workspace's clock where the person's is not known", () => {
    const contact = {
      deleted: false,
      phone_type: null,
      places: [{ country: null, time_zones: ["Nowhere/None"] }],
    };
    const recent = touches("sms", mexico("2026-03-02T23:30"), mexico("2026-03-03T00:30"));
    expect(decide(facts({ contact, recent }, rules), now)).toEqual({ kind: "send" });
  });
});

describe("Colombia, Ley 2300", () => {
  const tuesday = bogota("2026-03-03T11:00");

  test("one contact a day", () => {
    const recent = touches("whatsapp", bogota("2026-03-03T07:00"));
    expect(decide(colombian({ recent }), tuesday)).toEqual({
      kind: "hold",
      until: bogota("2026-03-04T07:00"),
      rule: "co_one_per_day",
      detail: "Colombia, Ley 2300: one contact a day; until 2026-03-04T07:00-05:00",
    });
  });

  test("the same channel again on the next day", () => {
    const recent = touches("whatsapp", bogota("2026-03-02T18:59"));
    expect(decide(colombian({ recent }), tuesday)).toEqual({ kind: "send" });
  });

  test("another channel only in the next week", () => {
    const recent = touches("sms", bogota("2026-03-02T10:00"));
    expect(decide(colombian({ recent }), tuesday)).toMatchObject({
      until: bogota("2026-03-09T07:00"),
      rule: "co_one_channel_per_week",
    });
    expect(decide(colombian({ recent: touches("sms", bogota("2026-03-01T10:00")) }), tuesday)).toEqual({
      kind: "send",
    });
  });

  test("the next day may be a Sunday: the hold ends on the Monday", () => {
    const saturday = bogota("2026-03-07T10:00");
    const recent = touches("whatsapp", bogota("2026-03-07T09:00"));
    expect(decide(colombian({ recent }), saturday)).toMatchObject({
      until: bogota("2026-03-09T07:00"),
      rule: "co_one_per_day",
    });
  });

  test("does not bind people elsewhere, nor a workspace that reaches nobody", () => {
    const recent = touches("sms", ago(HOUR));
    expect(decide(facts({ recent }), now)).toEqual({ kind: "send" });
    const quiet_hours = { ...DEFAULT_SEND_RULES.quiet_hours, enabled: false, laws_off: true };
    expect(decide(colombian({ recent }, { quiet_hours }), tuesday)).toEqual({ kind: "send" });
  });
});

describe("one recipient", () => {
  test("gets one WhatsApp message per 6 s, of whatever purpose", () => {
    const held = decide(facts({ purpose: "conversation", last_outbound_at: ago(1_000) }), now);
    expect(held).toMatchObject({
      kind: "hold",
      rule: "recipient_gap",
      until: new Date(now.getTime() + 5_000),
    });
    expect(decide(facts({ last_outbound_at: ago(6_000) }), now)).toEqual({ kind: "send" });
    expect(decide(facts({ channel: "sms", last_outbound_at: ago(1_000) }), now)).toEqual({ kind: "send" });
  });

  test("is left alone when the provider asks for it", () => {
    const until = new Date(now.getTime() + HOUR);
    expect(decide(facts({ recipient_hold_until: until }), now)).toMatchObject({
      rule: "recipient_backoff",
      until,
    });
    expect(decide(facts({ recipient_hold_until: now }), now)).toEqual({ kind: "send" });
  });
});

const someFacts: fc.Arbitrary<SendFacts> = fc
  .record({
    channel: fc.constantFrom(...CHANNELS),
    purpose: fc.constantFrom(...PURPOSES),
    expires_at: fc.option(fc.integer({ min: -2, max: 200 }).map((h) => new Date(now.getTime() + h * HOUR))),
    address: fc.constantFrom("ok", "ok", "ok", "none", "invalid"),
    allowlisted: fc.boolean(),
    suppression: fc.option(fc.constant("bounced"), { freq: 5 }),
    scrub_list: fc.option(fc.constant("repep" as const), { freq: 5 }),
    consent: fc.constantFrom("opted_in", "opted_in", "opted_in", "opted_out", null),
    template: fc.option(fc.constantFrom({ approval_status: "approved" }, { approval_status: "paused" })),
    last_inbound_at: fc.option(fc.integer({ min: 1, max: 48 }).map((h) => ago(h * HOUR))),
    missing_variables: fc.subarray(["name"], { maxLength: 1 }),
    recent: fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 190 }).map((h) => ago(h * HOUR)),
        channel: fc.constantFrom(...CHANNELS),
      }),
    ),
    last_outbound_at: fc.option(fc.integer({ min: 0, max: 9 }).map((s) => ago(s * 1_000))),
    recipient_hold_until: fc.option(fc.integer({ min: -2, max: 30 }).map((h) => ago(-h * HOUR))),
    place: fc.constantFrom(inMexico, inColombia, {
      country: "US",
      region: "TX",
      time_zones: ["America/Chicago"],
    }),
  })
  .map(({ place, ...rest }) =>
    facts(
      {
        ...rest,
        contact: { deleted: false, phone_type: "mobile", places: [place, inMexico] },
      } as Partial<SendFacts>,
      {
        cap_per_day: 2,
        cap_per_week: 4,
      },
    ),
  );

/** At any hour of two weeks. */
const someMoment = fc.integer({ min: 0, max: 14 * 24 * 60 }).map((m) => new Date(now.getTime() + m * 60_000));

describe("properties", () => {
  test("reasons and rules come from the closed lists", () => {
    fc.assert(
      fc.property(someFacts, someMoment, (given, at) => {
        const decision = decide(given, at);
        if (decision.kind === "skip") expect(SKIP_REASONS).toContain(decision.reason);
        if (decision.kind === "hold") expect(HOLD_RULES).toContain(decision.rule);
      }),
    );
  });

  test("at the end of a hold the message may go, unless its 24-hour window has closed", () => {
    fc.assert(
      fc.property(someFacts, someMoment, (given, at) => {
        const allowed: SendFacts = {
          ...given,
          expires_at: null,
          address: "ok",
          suppression: null,
          wishes: null,
          scrub_list: null,
          consent: "opted_in",
          template: given.template && { approval_status: "approved" },
          last_inbound_at: at,
          missing_variables: [],
        };
        const held = decide(allowed, at);
        expect(held.kind).not.toBe("skip");
        if (held.kind !== "hold") return;
        expect(held.until.getTime()).toBeGreaterThan(at.getTime());
        const then: Decision = decide(allowed, held.until);
        if (then.kind === "skip") expect(then.reason).toBe("outside_window");
        else expect(then).toEqual({ kind: "send" });
      }),
      { numRuns: 500 },
    );
  });

  test("nobody suppressed, opted out or without consent gets marketing, whatever else holds", () => {
    fc.assert(
      fc.property(
        someFacts,
        someMoment,
        fc.constantFrom({ suppression: "opted_out" }, { consent: "opted_out" as const }, { consent: null }),
        (given, at, against) => {
          expect(decide({ ...given, purpose: "marketing", ...against }, at).kind).toBe("skip");
        },
      ),
    );
  });

  test("the same facts give the same answer", () => {
    fc.assert(
      fc.property(someFacts, someMoment, (given, at) => {
        expect(decide(given, at)).toEqual(decide(structuredClone(given), new Date(at)));
      }),
    );
  });
});
