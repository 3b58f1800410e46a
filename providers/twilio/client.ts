import twilio from "twilio";
import type {
  ListedInbound,
  ListedMessage,
  MessageProvider,
  OutgoingMessage,
  SendAnswer,
} from "../message.ts";
import { type CallContext, inCall, NoAnswerError, NotSentError } from "../http.ts";
import type { TwilioHttpClient } from "./http.ts";
import { qualityOf } from "./quality.ts";
import { eraseMessage } from "./redaction.ts";

export interface TwilioAccount {
  accountSid: string;
  authToken: string;
  /** Instead of Twilio's own addresses: the sandbox. */
  baseUrl: string | null;
}

const LIST_PAGE = 100;
/** Of one sender in one look. */
const MOST_INBOUND = 10_000;

/** Twilio's SDK over our HTTP client. Its errors carry addresses and credentials, so none of them leaves this file. */
export function twilioProvider(account: TwilioAccount, http: TwilioHttpClient): MessageProvider {
  const client = twilioClient(account, http);
  return {
    send: (message, deadline) => send(client, message, deadline),
    list: (from, to, channel) => list(client, from, to, channel),
    fetch: (sid) => fetchState(client, sid),
    listInbound: (to, channel, since) => listInbound(client, to, channel, since),
    erase: (sid) =>
      eraseMessage(client, sid).catch((error: unknown) => {
        throw nameless("erase a message", error);
      }),
    quality: (address) =>
      qualityOf(client, address).catch((error: unknown) => {
        throw nameless("read the rating of a number", error);
      }),
    verify: () => verify(client, account.accountSid),
  };
}

export function twilioClient(account: TwilioAccount, http: TwilioHttpClient): twilio.Twilio {
  const httpClient = http as unknown as NonNullable<twilio.ClientOpts["httpClient"]>;
  const client = new twilio.Twilio(account.accountSid, account.authToken, { httpClient });
  if (account.baseUrl !== null) {
    client.api.baseUrl = account.baseUrl;
    client.content.baseUrl = account.baseUrl;
    client.intelligence.baseUrl = account.baseUrl;
    client.messaging.baseUrl = account.baseUrl;
  }
  return client;
}

/** How Twilio spells an address on a channel. */
export const twilioAddress = (channel: "whatsapp" | "sms", address: string) =>
  channel === "whatsapp" ? `whatsapp:${address}` : address;

async function send(client: twilio.Twilio, message: OutgoingMessage, deadline: number): Promise<SendAnswer> {
  const call: CallContext = { deadline, retryAfterMs: null };
  try {
    const created = await inCall(call, () =>
      client.messages.create({
        from: twilioAddress(message.channel, message.from),
        to: twilioAddress(message.channel, message.to),
        statusCallback: message.statusCallback,
        ...(message.contentSid === null
          ? { body: message.body ?? "" }
          : {
              contentSid: message.contentSid,
              contentVariables: JSON.stringify(message.contentVariables ?? {}),
            }),
        ...(message.media.length > 0 && { mediaUrl: [...message.media] }),
      }),
    );
    return created.sid ? { kind: "accepted", sid: created.sid } : { kind: "unknown", why: "server_error" };
  } catch (error) {
    return answerOf(error, call);
  }
}

/** A 4xx with Twilio's own error body is a definite refusal; what is neither that nor not sent is unknown. */
function answerOf(error: unknown, call: CallContext): SendAnswer {
  if (error instanceof NotSentError) return { kind: "not_sent", why: error.why };
  if (error instanceof NoAnswerError) return { kind: "unknown", why: error.why };
  const { status, code } = (error ?? {}) as { status?: unknown; code?: string | number };
  if (typeof status === "number" && status >= 400 && status < 500) {
    return {
      kind: "refused",
      httpStatus: status,
      code: String(code ?? status),
      retryAfterMs: call.retryAfterMs,
    };
  }
  return { kind: "unknown", why: "server_error" };
}

async function list(
  client: twilio.Twilio,
  from: string,
  to: string,
  channel: "whatsapp" | "sms",
): Promise<ListedMessage[]> {
  // Not by DateSent: it is null while a message is queued, for up to four hours.
  const found = await client.messages
    .list({
      from: twilioAddress(channel, from),
      to: twilioAddress(channel, to),
      pageSize: LIST_PAGE,
      limit: 1000,
    })
    .catch((error: unknown) => {
      throw nameless("list messages", error);
    });
  return found.map((one) => ({
    sid: one.sid,
    body: one.body,
    status: one.status,
    error_code: one.errorCode ? String(one.errorCode) : null,
    created_at: one.dateCreated ?? null,
  }));
}

async function fetchState(
  client: twilio.Twilio,
  sid: string,
): Promise<{ status: string; error_code: string | null } | undefined> {
  try {
    const { status, errorCode } = await client.messages(sid).fetch();
    return { status, error_code: errorCode ? String(errorCode) : null };
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return undefined;
    throw nameless("fetch a message", error);
  }
}

async function listInbound(
  client: twilio.Twilio,
  to: string,
  channel: "whatsapp" | "sms",
  since: Date,
): Promise<ListedInbound[]> {
  // By DateSent here: inbound messages have it from the moment they arrive.
  const found = await client.messages
    .list({ to: twilioAddress(channel, to), dateSentAfter: since, pageSize: 1_000, limit: MOST_INBOUND })
    .catch((error: unknown) => {
      throw nameless("list inbound messages", error);
    });
  const inbound = found.flatMap(({ sid, from, to: ours, body, direction, dateSent }) =>
    direction === "inbound" && dateSent ? [{ sid, from, to: ours, body, sent_at: dateSent }] : [],
  );
  return inbound.sort((a, b) => a.sent_at.getTime() - b.sent_at.getTime());
}

async function verify(
  client: twilio.Twilio,
  accountSid: string,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  try {
    await client.api.v2010.accounts(accountSid).fetch();
    return { ok: true };
  } catch (error) {
    const status = (error as { status?: unknown }).status;
    if (status === 401 || status === 403 || status === 404) {
      return { ok: false, reason: "Twilio does not accept this account SID with this auth token." };
    }
    throw nameless("verify the account", error);
  }
}

/** An error that says what failed and with which status, and nothing of what was asked. */
export function nameless(what: string, error: unknown): Error {
  const { status, code } = (error ?? {}) as { status?: number; code?: string | number };
  const why =
    error instanceof NotSentError || error instanceof NoAnswerError ? error.why : `HTTP ${status ?? "?"}`;
  return new Error(`Twilio could not ${what}: ${why}${code === undefined ? "" : `, code ${code}`}`);
}
