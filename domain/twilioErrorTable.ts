/**
 * Twilio's codes and what each means for the message, the address and the sender: the only table of them.
 * Sources: https://www.twilio.com/docs/api/errors, and each code's page below it.
 */

/**
 * - retry: the same message again after a while; counts as a refusal.
 * - hold_sender: the sender is too fast; the message waits and nothing is counted.
 * - hold_recipient: this person is to be left alone for a while; nothing is counted.
 * - fail: this message ends here.
 * - suppress: this message ends here, and the address is suppressed on this channel.
 * - stop_sender: the sender cannot send at all; the message waits for an operator or another sender.
 * - uncertain: nobody knows whether it was taken; only a receipt or a listing can tell.
 */
export type RefusalOutcome =
  | "retry"
  | "hold_sender"
  | "hold_recipient"
  | "fail"
  | "suppress"
  | "stop_sender"
  | "uncertain";

/** What the refusal is about: what an operator has to look at. */
export type RefusalScope = "message" | "template" | "address" | "sender" | "account";

export type Refusal = {
  outcome: RefusalOutcome;
  /** One word for counting and for explain. */
  reason: string;
  scope: RefusalScope;
  /** Set where the outcome is suppress: the reason of the suppression. */
  suppress_reason?: "opted_out" | "blocked" | "invalid";
  /** How long to hold where the provider names no time, in seconds. */
  hold_seconds?: number;
  meaning: string;
  fix: string;
};

type Group = Refusal & { codes: readonly number[] };

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** Recipients who are not to be written to again on this channel. */
const ADDRESS: readonly Group[] = [
  {
    codes: [21610],
    outcome: "suppress",
    suppress_reason: "opted_out",
    reason: "opted_out",
    scope: "address",
    meaning: "The person has told Twilio STOP.",
    fix: "Do not write to them; only START from their side lifts it.",
  },
  {
    codes: [63014, 63033],
    outcome: "suppress",
    suppress_reason: "blocked",
    reason: "blocked_by_user",
    scope: "address",
    meaning: "The person has blocked this business.",
    fix: "Do not write to them on this channel.",
  },
  {
    codes: [21211, 21217, 30005, 63003, 63024],
    outcome: "suppress",
    suppress_reason: "invalid",
    reason: "invalid_recipient",
    scope: "address",
    meaning: "The number does not exist, or is not on this channel.",
    fix: "Ask the person for the right number.",
  },
  {
    codes: [21614, 21635, 30006],
    outcome: "suppress",
    suppress_reason: "invalid",
    reason: "not_mobile",
    scope: "address",
    meaning: "The number is a landline, or its carrier takes no messages.",
    fix: "Ask for a mobile number, or call.",
  },
  {
    codes: [63049],
    outcome: "hold_recipient",
    reason: "marketing_withheld",
    scope: "address",
    hold_seconds: 6 * HOUR_S,
    meaning: "Meta withheld the marketing message: this person gets enough of them.",
    fix: "Wait; each further try waits longer. Write only what this person wants to read.",
  },
  {
    codes: [14107],
    outcome: "hold_recipient",
    reason: "loop",
    scope: "address",
    hold_seconds: HOUR_S,
    meaning: "Two programs answer each other: too many messages between the same two numbers.",
    fix: "Look at the conversation; the other side is probably an automatic reply.",
  },
];

/** Worth another try. */
const PASSING: readonly Group[] = [
  {
    codes: [30003],
    outcome: "retry",
    reason: "unreachable",
    scope: "address",
    meaning: "The handset is switched off or has no signal.",
    fix: "Nothing; it is tried again.",
  },
  {
    codes: [30008, 30017, 30410, 30500, 63009, 63010, 63012, 63019, 63023],
    outcome: "retry",
    reason: "carrier_trouble",
    scope: "message",
    meaning: "The carrier or the channel had a fault of its own.",
    fix: "Nothing; it is tried again. If many fail, look at Twilio's status page.",
  },
];

/** The provider says: slow down. */
const TOO_FAST: readonly Group[] = [
  {
    codes: [20429],
    outcome: "hold_sender",
    reason: "too_many_requests",
    scope: "account",
    hold_seconds: 1,
    meaning: "Too many requests at once for this account.",
    fix: "Nothing; the rate is halved and climbs back.",
  },
  {
    codes: [63018, 30022],
    outcome: "hold_sender",
    reason: "rate_limited",
    scope: "sender",
    hold_seconds: MINUTE_S,
    meaning: "The sender is over the channel's rate.",
    fix: "Nothing; the rate is halved and climbs back. If it stays, lower the sender's limits.",
  },
  {
    codes: [21611, 30001],
    outcome: "hold_sender",
    reason: "queue_full",
    scope: "sender",
    hold_seconds: 5 * MINUTE_S,
    meaning: "Twilio's queue for this sender is full.",
    fix: "Nothing; sending goes on when the queue has drained. More senders help.",
  },
  {
    codes: [30023, 63038],
    outcome: "hold_sender",
    reason: "daily_cap",
    scope: "sender",
    hold_seconds: 6 * HOUR_S,
    meaning: "The sender has used up what the carrier or Twilio allows it in a day.",
    fix: "Wait, add senders, or ask for a higher limit.",
  },
];

/** The sender or its account cannot send until somebody has done something. */
const STOPPED: readonly Group[] = [
  {
    codes: [30032, 30033, 30034, 30024],
    outcome: "stop_sender",
    reason: "sender_unregistered",
    scope: "sender",
    meaning: "The carriers do not know this number as a business sender, or its registration is suspended.",
    fix: "Register the number (10DLC campaign or toll-free verification), then set the sender active.",
  },
  {
    codes: [21212, 21603, 21606, 21660, 21703, 30037, 63001, 63002, 63007, 63008, 63022, 63051],
    outcome: "stop_sender",
    reason: "sender_unusable",
    scope: "sender",
    meaning: "Twilio does not let this account send from this address.",
    fix: "Check in Twilio's console that the sender belongs to the account and is online on this channel.",
  },
  {
    codes: [20003, 20005, 30002],
    outcome: "stop_sender",
    reason: "account_refused",
    scope: "account",
    meaning: "Twilio refuses the account: wrong credentials, suspended or closed.",
    fix: "Check the account and its credentials, then set its senders active.",
  },
  {
    codes: [21609],
    outcome: "stop_sender",
    reason: "bad_callback",
    scope: "account",
    meaning: "Twilio does not take the address for receipts.",
    fix: "Set PUBLIC_URL to an address that Twilio can reach (https, no underscore in the host name).",
  },
];

/** This message ends here; the address may get others. */
const MESSAGE: readonly Group[] = [
  {
    codes: [63016],
    outcome: "fail",
    reason: "outside_window",
    scope: "message",
    meaning: "Free text more than 24 hours after the person's last message.",
    fix: "Send an approved template.",
  },
  {
    codes: [63027, 63040, 63041, 63042],
    outcome: "fail",
    reason: "template_not_approved",
    scope: "template",
    meaning: "WhatsApp does not have this template in this language, or has rejected, paused or disabled it.",
    fix: "Look at the template's approval; improve it and submit it again.",
  },
  {
    codes: [21655, 21656, 63028, 63029, 63030],
    outcome: "fail",
    reason: "template_mismatch",
    scope: "template",
    meaning: "The template and the values given for it do not fit together.",
    fix: "Refresh the template; its variables have probably changed.",
  },
  {
    codes: [30007, 30038, 30450, 30453, 63013],
    outcome: "fail",
    reason: "filtered",
    scope: "message",
    meaning: "The text was filtered as spam or against the channel's policy.",
    fix: "Change the text: fewer links and promises, say who writes. Watch the sender's health.",
  },
  {
    codes: [30004],
    outcome: "fail",
    reason: "blocked",
    scope: "address",
    meaning: "The carrier blocks messages to this number, often because of a do-not-disturb list.",
    fix: "Reach the person on another channel.",
  },
  {
    codes: [63032],
    outcome: "fail",
    reason: "not_deliverable",
    scope: "address",
    meaning: "WhatsApp does not deliver this kind of message to this person.",
    fix: "Do not try again; another channel may work.",
  },
  {
    codes: [21408],
    outcome: "fail",
    reason: "region_not_enabled",
    scope: "account",
    meaning: "The account may not send to this country.",
    fix: "Enable the country in Twilio's messaging geographic permissions.",
  },
  {
    codes: [21219, 21608, 63015],
    outcome: "fail",
    reason: "trial_account",
    scope: "account",
    meaning: "A trial account reaches only numbers that were verified or have joined its sandbox.",
    fix: "Upgrade the Twilio account, or verify the number.",
  },
  {
    codes: [21214, 21612, 21266, 63031, 30018],
    outcome: "fail",
    reason: "no_route",
    scope: "address",
    meaning: "This sender cannot reach this number.",
    fix: "Use a sender of the recipient's country.",
  },
  {
    codes: [30036],
    outcome: "fail",
    reason: "expired",
    scope: "message",
    meaning: "It was not delivered within its validity period.",
    fix: "Give it a longer validity period if it is still of use later.",
  },
  {
    codes: [21602, 21605, 21617, 21619, 21620, 21623, 30010, 30019, 63005, 63006, 63021, 63034],
    outcome: "fail",
    reason: "bad_content",
    scope: "message",
    meaning: "The text or its media is empty, too long, too large, too dear or of the wrong kind.",
    fix: "Change the message.",
  },
];

/** Every code we know, with what it means. */
export const TWILIO_REFUSALS: ReadonlyMap<number, Refusal> = new Map(
  [...ADDRESS, ...PASSING, ...TOO_FAST, ...STOPPED, ...MESSAGE].flatMap(({ codes, ...refusal }) =>
    codes.map((code): [number, Refusal] => [code, refusal]),
  ),
);
