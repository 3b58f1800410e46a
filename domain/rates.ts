/**
 * The rates that clients read: percent with one decimal, null where there is nothing to compare with, so that "none was
 * sent" is told from "none arrived". What is compared with what is decided here and nowhere else.
 */

export const percent = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 1_000) / 10;

/** What became of messages. `sent`: the provider has answered about them, refused ones too. */
export interface SentFigures {
  sent: number;
  delivered: number;
  read: number;
  /** People, once. */
  replied: number;
  failed: number;
}

export const deliveryRate = ({ delivered, sent }: Pick<SentFigures, "delivered" | "sent">) =>
  percent(delivered, sent);
export const failureRate = ({ failed, sent }: Pick<SentFigures, "failed" | "sent">) => percent(failed, sent);
export const readRate = ({ read, delivered }: Pick<SentFigures, "read" | "delivered">) =>
  percent(read, delivered);
/** Of those whom it reached. */
export const replyRate = ({ replied, delivered }: Pick<SentFigures, "replied" | "delivered">) =>
  percent(replied, delivered);
/** Of all that went out. */
export const responseRate = ({ replied, sent }: Pick<SentFigures, "replied" | "sent">) =>
  percent(replied, sent);
export const bounceRate = ({ bounced, sent }: { bounced: number; sent: number }) => percent(bounced, sent);

/** A reply rate of 25 % is all that can be wished for. */
const REPLIES_COUNT = 4;

/** 0 to 100: 0.2 delivery rate + 0.3 read rate + 0.5 min(100, 4 × reply rate); null where nothing was sent. */
export function engagementScore(figures: Omit<SentFigures, "failed">): number | null {
  const delivery = deliveryRate(figures);
  if (delivery === null) return null;
  const replies = Math.min(100, REPLIES_COUNT * (replyRate(figures) ?? 0));
  return Math.round((0.2 * delivery + 0.3 * (readRate(figures) ?? 0) + 0.5 * replies) * 10) / 10;
}
