/** What the send path asks of a provider of messages, whichever it is. */
import type { Quality } from "../domain/warmup.ts";

/** One call to be made. Addresses and text stay inside this call: nothing of it may be logged. */
export interface OutgoingMessage {
  channel: "whatsapp" | "sms";
  from: string;
  to: string;
  body: string | null;
  contentSid: string | null;
  contentVariables: Record<string, string> | null;
  media: readonly string[];
  /** Receipts come back to it; its query carries workspace and attempt. */
  statusCallback: string;
}

/**
 * What became of a call.
 * `refused`: the provider has definitely not taken it. `not_sent`: nothing of it has left this process.
 * `unknown`: anything else; the message may or may not be on its way.
 */
export type SendAnswer =
  | { kind: "accepted"; sid: string }
  | { kind: "refused"; httpStatus: number; code: string; retryAfterMs: number | null }
  | { kind: "not_sent"; why: "deadline" | "no_connection" }
  | { kind: "unknown"; why: "timeout" | "reset" | "server_error" };

/** One message that the provider says it has. */
export interface ListedMessage {
  sid: string;
  body: string;
  status: string;
  error_code: string | null;
  created_at: Date | null;
}

/** A message that a person wrote, as the provider's list tells it: addresses as the provider spells them. */
export interface ListedInbound {
  sid: string;
  from: string;
  to: string;
  body: string;
  sent_at: Date;
}

/** `absent`: the provider knows none by this SID. `later`: it is on its way, and does not let go of it yet. */
export type Erased = "erased" | "absent" | "later";

export interface MessageProvider {
  /** `deadline` is a moment of performance.now(): a call that has not been written by then is not made. */
  send(message: OutgoingMessage, deadline: number): Promise<SendAnswer>;
  /** Every message between the two addresses that the provider knows of, whatever its state. */
  list(from: string, to: string, channel: "whatsapp" | "sms"): Promise<ListedMessage[]>;
  /** How one message stands, in the provider's words; undefined where it knows none by this SID. */
  fetch(sid: string): Promise<{ status: string; error_code: string | null } | undefined>;
  /** What people have written to one of our addresses since then, oldest first. */
  listInbound(to: string, channel: "whatsapp" | "sms", since: Date): Promise<ListedInbound[]>;
  /** Takes a message with its text, addresses and media away from the provider; repeatable. */
  erase(sid: string): Promise<Erased>;
  /** How the channel rates one of our numbers; null where nobody tells. */
  quality?(address: string): Promise<Quality | null>;
  /** Whether the account is who it says it is. */
  verify(): Promise<{ ok: true } | { ok: false; reason: string }>;
}
