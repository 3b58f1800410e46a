/**
 * Whether one message may go to one person now: the only place that decides it. Planning, preflight and
 * the moment of sending all ask here, with facts that one query has gathered for a page of rows.
 *
 * Order of the rules, so that everyone has one answer to "why (not)": what can never be sent to this
 * person (deleted, address, allowlist, suppression, consent), what this message lacks (template, window,
 * variables), whether it is too late (expired), and last the rules of time, which only hold it.
 */
import type { Channel } from "./address.ts";
import { type Touch, tooOften } from "./frequency.ts";
import { DAY, isTimeZone, localIso } from "./localTime.ts";
import { SCRUB_LISTS, type ScrubSource } from "./scrubList.ts";
import { DEFAULT_WEEK, type Place, type QuietHours, quietUntil } from "./quietHours.ts";

export const PURPOSES = ["marketing", "transactional", "conversation"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Rules of time: they hold a message until the first lawful moment. */
export const HOLD_RULES = [
  "recipient_backoff",
  "recipient_gap",
  "quiet_hours",
  "co_one_per_day",
  "co_one_channel_per_week",
  "own_frequency",
  "cap_day",
  "cap_week",
] as const;
export type HoldRule = (typeof HOLD_RULES)[number];

/** Every reason for which a person does not get a message; a rule of time is one when its moment comes too late. */
export const SKIP_REASONS = [
  "deleted",
  "no_address",
  "invalid_address",
  "landline",
  "not_on_allowlist",
  "suppressed",
  "opted_out",
  "on_scrub_list",
  "no_consent",
  "topic_declined",
  "template_not_approved",
  "outside_window",
  "missing_variables",
  "content_too_large",
  "content_failed",
  "expired",
  ...HOLD_RULES,
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** `detail` says which rule with which figures, and for a rule of time the end on the person's own clock. Nothing personal is in it. */
export type Decision =
  | { kind: "send" }
  | { kind: "hold"; until: Date; rule: HoldRule; detail: string }
  | { kind: "skip"; reason: SkipReason; detail: string };

/** What a person has chosen on the preference page, for marketing by e-mail. */
export type OwnWishes = {
  /** Whether they take nothing of what this message is about. */
  topic_declined: boolean;
  /** E-mails per local week (from Monday); null = as many as there are. */
  max_per_week: number | null;
};

/** What a workspace has set; one object shared by all rows of a page. */
export type SendRules = {
  require_opt_in: boolean;
  test_mode: boolean;
  /** IANA name; for people whose zone is not known. */
  time_zone: string;
  quiet_hours: QuietHours;
  /** Marketing messages per person and local day; null = no cap. */
  cap_per_day: number | null;
  /** Marketing messages per person and local week (from Monday); null = no cap. */
  cap_per_week: number | null;
};

export type SendFacts = {
  channel: Channel;
  purpose: Purpose;
  expires_at: Date | null;
  contact: {
    deleted: boolean;
    /** libphonenumber's kind, as domain/phone.ts gives it; null for e-mail. */
    phone_type: string | null;
    /** By the number, and by what the client has set: each must allow it. */
    places: readonly Place[];
  };
  /** The address on this channel. */
  address: "ok" | "none" | "invalid";
  /** On the test allowlist, or the provider is the sandbox; read in test mode only. */
  allowlisted: boolean;
  /** Reason of the active suppression of this address on this channel. */
  suppression: string | null;
  /** The register of people who want no advertising that has this number; read for marketing by phone only. */
  scrub_list: ScrubSource | null;
  /** The newest record for this channel and purpose. */
  consent: "opted_in" | "opted_out" | null;
  /** Null where the person has chosen nothing; read for marketing by e-mail only. */
  wishes: OwnWishes | null;
  /** Null = free text. */
  template: { approval_status: string } | null;
  /** The person's last message to this sender on this channel. */
  last_inbound_at: Date | null;
  /** Names the text needs and nobody gave. */
  missing_variables: readonly string[];
  /** Why the text cannot be made for this person although nothing is missing; of e-mail only. */
  content_fault?: "content_too_large" | "content_failed" | null;
  /** Of the last eight days at least, without this message itself; read for marketing only. */
  recent: readonly Touch[];
  /** Last message of any purpose to this address; read on WhatsApp only. */
  last_outbound_at: Date | null;
  /** The provider asked to leave this recipient alone until then (63049 and its like). */
  recipient_hold_until: Date | null;
  rules: SendRules;
};

/** WhatsApp takes free text for 24 hours after the person's last message. */
export const WHATSAPP_WINDOW_MS = DAY;
/** WhatsApp: one message per 6 s to the same recipient (error 131056, Twilio 63018). */
export const WHATSAPP_RECIPIENT_GAP_MS = 6_000;

/** What holds where a workspace has set nothing. */
export const DEFAULT_SEND_RULES: SendRules = {
  require_opt_in: true,
  test_mode: false,
  time_zone: "America/Mexico_City",
  quiet_hours: {
    enabled: true,
    week: DEFAULT_WEEK,
    channels: ["whatsapp", "sms", "voice"],
    time_zone: "America/Mexico_City",
    laws_off: false,
  },
  cap_per_day: 3,
  cap_per_week: 10,
};

const SEND: Decision = Object.freeze({ kind: "send" });
const HOLD_STEPS = 50;

/** What to do with this message now. Pure and cheap: it runs for every row of every campaign, twice. */
export function decide(facts: SendFacts, now: Date): Decision {
  const at = now.getTime();
  const refused = neverForPerson(facts) ?? neverAsItIs(facts, at);
  if (refused !== undefined) return refused;
  if (facts.expires_at !== null && facts.expires_at.getTime() <= at)
    return skip("expired", "its time is over");
  return holdOrSend(facts, at);
}

function skip(reason: SkipReason, detail: string): Decision {
  return { kind: "skip", reason, detail };
}

function neverForPerson(facts: SendFacts): Decision | undefined {
  if (facts.contact.deleted) return skip("deleted", "the contact was deleted");
  if (facts.address === "none") return skip("no_address", `no address for ${facts.channel}`);
  if (facts.address === "invalid")
    return skip("invalid_address", `the address is not valid for ${facts.channel}`);
  if (facts.contact.phone_type === "landline" && (facts.channel === "sms" || facts.channel === "whatsapp")) {
    return skip("landline", `a landline cannot get ${facts.channel}`);
  }
  if (facts.rules.test_mode && !facts.allowlisted) {
    return skip("not_on_allowlist", "the workspace is in test mode");
  }
  if (facts.suppression !== null && holdsBack(facts.suppression, facts.purpose))
    return skip("suppressed", facts.suppression);
  const refused = withoutConsent(facts);
  if (refused === undefined && isMailing(facts) && facts.wishes?.topic_declined === true)
    return skip("topic_declined", "takes nothing of this topic");
  return refused;
}

/** Who has unsubscribed wants no more marketing; every other suppression is for all that is sent. */
const holdsBack = (suppression: string, purpose: Purpose) =>
  suppression !== "unsubscribed" || purpose === "marketing";

const isMailing = (facts: SendFacts) => facts.channel === "email" && facts.purpose === "marketing";

/**
 * An answer to somebody who wrote needs no consent; what they have opted out of stays out. A register of people who want
 * no advertising stands above what they may have agreed to elsewhere: the law names no such exception.
 */
function withoutConsent(facts: SendFacts): Decision | undefined {
  if (facts.purpose === "marketing" && facts.scrub_list !== null && facts.channel !== "email")
    return skip("on_scrub_list", `${SCRUB_LISTS[facts.scrub_list].law}: on the register`);
  if (facts.purpose === "conversation" || facts.consent === "opted_in") return undefined;
  if (facts.consent === "opted_out")
    return skip("opted_out", `opted out of ${facts.purpose} on ${facts.channel}`);
  if (facts.purpose === "marketing" && facts.rules.require_opt_in) {
    return skip("no_consent", `no opt-in for marketing on ${facts.channel}`);
  }
  return undefined;
}

function neverAsItIs(facts: SendFacts, at: number): Decision | undefined {
  if (facts.channel === "whatsapp") {
    if (facts.template === null) {
      const inbound = facts.last_inbound_at?.getTime();
      if (inbound === undefined || at - inbound >= WHATSAPP_WINDOW_MS) {
        return skip("outside_window", "free text needs a message of the person within 24 hours");
      }
    } else if (facts.template.approval_status !== "approved") {
      return skip("template_not_approved", `the template is ${facts.template.approval_status}`);
    }
  }
  if (facts.missing_variables.length > 0) {
    return skip("missing_variables", facts.missing_variables.join(", "));
  }
  if (facts.content_fault != null)
    return skip(facts.content_fault, "what is this person's own cannot be put into the content");
  return undefined;
}

type Held = { until: number | null; rule: HoldRule; detail: string };

function holdOrSend(facts: SendFacts, now: number): Decision {
  const first = firstHold(facts, now);
  if (first === undefined) return SEND;
  let until = first.until;
  // The end of one rule's hold may lie inside another's: the first moment that all allow is looked for.
  for (let step = 0; until !== null; step++) {
    const next = firstHold(facts, until);
    if (next === undefined) break;
    until = step === HOLD_STEPS ? null : next.until;
  }
  if (until === null) return skip(first.rule, `${first.detail}; no lawful moment`);
  const expires = facts.expires_at?.getTime() ?? Infinity;
  if (until >= expires) return skip(first.rule, `${first.detail}; no lawful moment before it expires`);
  const clock = first.rule.startsWith("recipient_") ? "" : `; until ${localIso(zoneOf(facts), until)}`;
  return { kind: "hold", until: new Date(until), rule: first.rule, detail: first.detail + clock };
}

function firstHold(facts: SendFacts, at: number): Held | undefined {
  const backoff = facts.recipient_hold_until?.getTime() ?? 0;
  if (backoff > at)
    return { until: backoff, rule: "recipient_backoff", detail: "the provider asked to wait" };
  if (facts.channel === "whatsapp" && facts.last_outbound_at !== null) {
    const free = facts.last_outbound_at.getTime() + WHATSAPP_RECIPIENT_GAP_MS;
    if (free > at) return { until: free, rule: "recipient_gap", detail: "one message per 6 s to a person" };
  }
  if (facts.purpose !== "marketing") return undefined;
  const quiet = quietUntil(at, facts.contact.places, facts.rules.quiet_hours, facts.channel);
  if (quiet !== undefined) return { until: quiet.until, rule: "quiet_hours", detail: quiet.detail };
  return tooOften(
    {
      zone: zoneOf(facts),
      channel: facts.channel,
      recent: facts.recent,
      ley_2300: underLey2300(facts),
      own_per_week: isMailing(facts) ? (facts.wishes?.max_per_week ?? null) : null,
      cap_per_day: facts.rules.cap_per_day,
      cap_per_week: facts.rules.cap_per_week,
    },
    at,
  );
}

/** Ley 2300 de 2023, art. 3: not more than once a day, and not by several channels within one week. */
function underLey2300(facts: SendFacts): boolean {
  if (facts.rules.quiet_hours.laws_off) return false;
  return facts.contact.places.some((place) => place.country === "CO");
}

function zoneOf(facts: SendFacts): string {
  for (const place of facts.contact.places) {
    const zone = place.time_zones.find(isTimeZone);
    if (zone !== undefined) return zone;
  }
  return facts.rules.time_zone;
}
