import type { FaultCounts } from "../lifecycle.ts";
import type { Answers, Span } from "../tallies.ts";
import { bitOf, EVENTS, furthest, livesAlready, type Mail, type MailCall, type Recipient } from "./model.ts";
import { rendered } from "./render.ts";
import type { Ends, MailState } from "./state.ts";

export interface MailLedger extends Answers {
  calls: number;
  /** Mails for one recipient each. */
  accepted: number;
  recipients: number;
  max_per_recipient: number;
  /** Acceptances of a text for a person of whom an earlier acceptance of it lived on. */
  twice: number;
  twice_detail: { to: string; id: string; earlier_id: string | null; accepted_at_ms: number }[];
  /** How many mails got how far, and how far by what was told and acknowledged. */
  statuses: Record<string, number>;
  told: Record<string, number>;
  /** How many mails had each event. */
  with_event: Record<string, number>;
  events: Ends & Omit<FaultCounts, "lost">;
  inbound: Ends;
  one_clicks: Ends;
  /** Steps and posts still to come: 0 when all has been told. */
  pending: number;
}

const DETAIL_LIMIT = 100;

let passes = 0;

/** The account of a time span in one pass over its mails. `Span.accountSid` is an account's name. */
export function mailLedgerOf(
  state: MailState,
  { lost: _, ...faults }: FaultCounts,
  pending: number,
  span: Span,
  detail: boolean,
): MailLedger {
  const pass = ++passes;
  const [statuses, told, withEvent] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  const doubles: Mail[] = [];
  const calls = new Set<MailCall>();
  let accepted = 0;
  let recipients = 0;
  let most = 0;
  let twice = 0;
  for (const mail of mailsIn(state, span)) {
    accepted++;
    calls.add(mail.call);
    count(statuses, furthest(mail.came));
    count(told, furthest(mail.told));
    for (const event of EVENTS) if ((mail.came & bitOf(event)) !== 0) count(withEvent, event);
    if (mail.to.pass !== pass) recipients += begin(mail.to, pass);
    most = Math.max(most, ++mail.to.passCount);
    if (!mail.twice) continue;
    twice++;
    if (detail || doubles.length < DETAIL_LIMIT) doubles.push(mail);
  }
  return {
    calls: calls.size,
    accepted,
    recipients,
    max_per_recipient: most,
    twice,
    twice_detail: doubles.map((mail) => ({
      to: mail.to.email,
      id: mailId(mail),
      earlier_id: idOrNull(livesAlready(mail.earlier)),
      accepted_at_ms: mail.call.at,
    })),
    ...state.tallies.answersIn(span),
    statuses: Object.fromEntries(statuses),
    told: Object.fromEntries(told),
    with_event: Object.fromEntries(withEvent),
    events: { ...state.events, ...faults },
    inbound: { ...state.inbound },
    one_clicks: { ...state.oneClicks },
    pending,
  };
}

function begin(recipient: Recipient, pass: number): 1 {
  recipient.pass = pass;
  recipient.passCount = 0;
  return 1;
}

const count = (counts: Map<string, number>, name: string): unknown =>
  counts.set(name, (counts.get(name) ?? 0) + 1);

export function* mailsIn({ mails }: MailState, { accountSid, since, until }: Span): Generator<Mail> {
  for (const mail of mails) {
    const { at, account } = mail.call;
    if (at >= since && at < until && (accountSid === undefined || account.record.name === accountSid))
      yield mail;
  }
}

/** How often each recipient was accepted in the span, in order of first acceptance. */
export function mailRecipientsOf(state: MailState, span: Span): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { to } of mailsIn(state, span)) count(counts, to.email);
  return counts;
}

/** X-Message-Id of the call, and the place of the mail in it. */
const mailId = ({ call, seq }: Mail): string => `${call.id}.${seq - call.firstMail}`;
const idOrNull = (mail: Mail | undefined): string | null => (mail ? mailId(mail) : null);

const namesOf = (bits: number): string[] => EVENTS.filter((event) => (bits & bitOf(event)) !== 0);

/** A mail as the control routes show it: what the provider knows, what it told, and, if asked for, what the person got. */
export function mailRow(mail: Mail, withContent: boolean): Record<string, unknown> {
  const { call } = mail;
  return {
    id: mailId(mail),
    call: call.index,
    account: call.account.record.name,
    to: mail.to.email,
    status: furthest(mail.came),
    events: namesOf(mail.came),
    told: namesOf(mail.told),
    twice: mail.twice,
    settled: mail.plan === null,
    one_clicked: mail.oneClicked,
    custom_args: JSON.parse(`{${mail.args}}`) as unknown,
    accepted_at_ms: call.at,
    ...(withContent
      ? {
          ...rendered(mail),
          attachments: call.top.attachments,
          open_tracking: call.top.open_tracking,
          click_tracking: call.top.click_tracking,
        }
      : {}),
  };
}

export function callRow(call: MailCall): Record<string, unknown> {
  const { top } = call;
  return {
    call: call.index,
    account: call.account.record.name,
    x_message_id: call.id,
    accepted_at_ms: call.at,
    rows: call.rows,
    answer: call.answer,
    /** Events of its mails that were acknowledged, and that a fault ate. */
    told: call.told,
    lost: call.lost,
    from: top.from.email,
    subject: top.subject ?? null,
    ip_pool_name: top.ip_pool_name ?? null,
    categories: top.categories ?? [],
    asm_group_id: top.asm?.group_id ?? null,
    batch_id: top.batch_id ?? null,
  };
}
