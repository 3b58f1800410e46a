import sendGridHelpers from "@sendgrid/helpers";
import sendGrid from "@sendgrid/mail";
import { type CallContext, inCall, NoAnswerError, NotSentError, type ProviderHttp } from "../http.ts";
import type { MailAnswer, MailProvider, OutgoingMail } from "../mail.ts";
import { type MailSend, mailRequest } from "./request.ts";
import {
  RefusedError,
  type SendGridAccount,
  type SendGridCall,
  sendGridCall,
  UnclearError,
} from "./transport.ts";

/** Its types leave out that a request may be written as the API has it, and that a mail takes people made beforehand. */
interface Mail {
  setSubstitutionWrappers(wrappers: [string, string]): void;
  addPersonalization(person: Personalization): void;
}
interface Personalization {
  setTo(to: MailSend["personalizations"][number]["to"]): void;
  setSubstitutions(values: Record<string, string>): void;
  setHeaders(headers: Record<string, string>): void;
  setCustomArgs(values: Record<string, string>): void;
}
const { Mail, Personalization } = sendGridHelpers.classes as unknown as {
  Mail: new (request: MailSend) => Mail;
  Personalization: new () => Personalization;
};

type MailService = typeof sendGrid;
/** The library exports one instance; its class hangs on it, unseen by its types. */
const { MailService } = sendGrid as unknown as { MailService: new () => MailService };

/** SendGrid's library over our HTTP client. */
export function sendGridProvider(account: SendGridAccount, http: ProviderHttp): MailProvider {
  const call = sendGridCall(account, http);
  const mail = new MailService();
  mail.setClient({ request: call } as unknown as Parameters<MailService["setClient"]>[0]);
  return {
    send: (outgoing, deadline) => send(mail, outgoing, deadline),
    newBatch: () => newBatch(call),
    cancelBatch: (id) => cancelBatch(call, id),
    verify: () => verify(call),
  };
}

async function send(mail: MailService, outgoing: OutgoingMail, deadline: number): Promise<MailAnswer> {
  const checked = mailRequest(outgoing);
  if (!checked.ok) return { kind: "refused", httpStatus: 400, faults: checked.faults, retryAfterMs: null };
  const context: CallContext = { deadline, retryAfterMs: null };
  try {
    const [{ statusCode, headers }] = await inCall(context, () =>
      mail.send(mailOf(checked.request) as unknown as Parameters<MailService["send"]>[0]),
    );
    if (statusCode !== 202) return { kind: "unknown", why: "server_error" };
    const id = (headers as Record<string, unknown>)["x-message-id"];
    return { kind: "accepted", id: typeof id === "string" ? id : null };
  } catch (error) {
    return answerOf(error);
  }
}

/**
 * A request as the library's own objects. It would make the same of the request itself, but copy everybody in it twice
 * first, a sixth of what sending costs a worker.
 */
function mailOf({ personalizations, ...rest }: MailSend): Mail {
  const mail = new Mail({ ...rest, personalizations: [] });
  // Tags are written as they stand in the text.
  mail.setSubstitutionWrappers(["", ""]);
  for (const { to, substitutions, headers, custom_args } of personalizations) {
    const person = new Personalization();
    person.setTo(to);
    person.setSubstitutions(substitutions);
    person.setHeaders(headers);
    person.setCustomArgs(custom_args);
    mail.addPersonalization(person);
  }
  return mail;
}

/** A 4xx is a definite refusal, but a 408 may come from a proxy for a request that arrived. */
function answerOf(error: unknown): MailAnswer {
  if (error instanceof NotSentError) return { kind: "not_sent", why: error.why };
  if (error instanceof NoAnswerError) return { kind: "unknown", why: error.why };
  if (error instanceof RefusedError && error.status !== 408)
    return {
      kind: "refused",
      httpStatus: error.status,
      faults: error.faults,
      retryAfterMs: error.retryAfterMs,
    };
  if (error instanceof RefusedError || error instanceof UnclearError)
    return { kind: "unknown", why: "server_error" };
  throw error;
}

async function newBatch(call: SendGridCall): Promise<string> {
  const [{ body }] = await call({ method: "POST", url: "/v3/mail/batch" });
  const { batch_id: id } = (body ?? {}) as { batch_id?: unknown };
  if (typeof id !== "string") throw new Error("SendGrid gave no batch id");
  return id;
}

/** Source: https://www.twilio.com/docs/sendgrid/api-reference/cancel-scheduled-sends */
async function cancelBatch(call: SendGridCall, id: string): Promise<void> {
  try {
    await call({
      method: "POST",
      url: "/v3/user/scheduled_sends",
      body: { batch_id: id, status: "cancel" },
    });
  } catch (error) {
    // It has a status already: it was cancelled by an earlier try whose answer was lost.
    if (!(error instanceof RefusedError && error.status === 400 && (await isCancelled(call, id))))
      throw error;
  }
}

async function isCancelled(call: SendGridCall, id: string): Promise<boolean> {
  const [{ body }] = await call({ url: `/v3/user/scheduled_sends/${encodeURIComponent(id)}` });
  return Array.isArray(body) && body.some((one: { status?: unknown }) => one.status === "cancel");
}

async function verify(call: SendGridCall): Promise<{ ok: true } | { ok: false; reason: string }> {
  try {
    const [{ body }] = await call({ url: "/v3/scopes" });
    const { scopes } = (body ?? {}) as { scopes?: unknown };
    if (Array.isArray(scopes) && !scopes.includes("mail.send"))
      return { ok: false, reason: "This API key may not send mail." };
    return { ok: true };
  } catch (error) {
    if (error instanceof RefusedError && (error.status === 401 || error.status === 403))
      return { ok: false, reason: "SendGrid does not accept this API key." };
    throw error;
  }
}
