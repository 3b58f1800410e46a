/** What the send path asks of a provider of e-mail, whichever it is: one call takes many people. */

/** One call to be made. Addresses and text stay inside this call: nothing of it may be logged. */
export interface OutgoingMail {
  from: { email: string; name: string | null };
  replyTo: string | null;
  /** With tags such as `-s1-` where it is each person's own, in html and text as well. */
  subject: string;
  html: string;
  text: string;
  attachments: readonly MailAttachment[];
  categories: readonly string[];
  asmGroupId: number | null;
  ipPoolName: string | null;
  /** Whether the provider is to tell of opens and of clicks. */
  tracking: { opens: boolean; clicks: boolean };
  /** Where the call is to be cancellable until its time. */
  batch: { id: string; sendAt: Date } | null;
  people: readonly MailPerson[];
}

export interface MailAttachment {
  file_name: string;
  content_type: string;
  content_base64: string;
  disposition: "attachment" | "inline";
  content_id?: string | undefined;
}

export interface MailPerson {
  email: string;
  /** By tag. */
  values: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  /** Come back with each event: ids only. */
  customArgs: Readonly<Record<string, string>>;
}

/** One fault of a call that was refused: `field` as `personalizations.3.to.0.email`. The message may quote an address. */
export interface MailFault {
  field: string | null;
  message: string;
}

/**
 * What became of a call; it holds for everybody in it.
 * `refused`: the provider has definitely taken nobody. `not_sent`: nothing of it has left this process.
 * `unknown`: anything else; all of it may or may not be on its way.
 */
export type MailAnswer =
  | { kind: "accepted"; id: string | null }
  | { kind: "refused"; httpStatus: number; faults: readonly MailFault[]; retryAfterMs: number | null }
  | { kind: "not_sent"; why: "deadline" | "no_connection" }
  | { kind: "unknown"; why: "timeout" | "reset" | "server_error" };

export interface MailProvider {
  /** `deadline` is a moment of performance.now(): a call that has not been written by then is not made. */
  send(mail: OutgoingMail, deadline: number): Promise<MailAnswer>;
  /** An id by which calls can be cancelled until their time. */
  newBatch(): Promise<string>;
  /** Cancels what was or will be handed in under this id; repeatable. Rejects where the provider did not say that it has. */
  cancelBatch(id: string): Promise<void>;
  /** Whether the key is one. */
  verify(): Promise<{ ok: true } | { ok: false; reason: string }>;
}

/** Which provider a sender of e-mail goes out by: its workspace's account, or the environment's. */
export type MailOf = (workspaceId: string, providerAccountId: string | null) => Promise<MailProvider>;
