import type { MailProvider } from "../../providers/mail.ts";
import type { MessageProvider, SendAnswer } from "../../providers/message.ts";
import type { ActivityDeps } from "../deps.ts";
import { type CallEnd, outcomeOf } from "./answers.ts";
import type { Intended, IntendedCall, IntendedMail } from "./calls.ts";
import { endOfMail } from "./mailAnswers.ts";
import { type MailContents, sendMail } from "./mails.ts";

/** A call that was made, or not: what the provider said, and what becomes of it. */
export interface Ended extends CallEnd {
  kind: SendAnswer["kind"];
  /** Of a refusal. */
  code: string | null;
  /** People that the next call of this content may have. */
  most: [contentId: string, most: number] | null;
}

/** How a channel makes its calls: the only place that tells them apart once they are intended. */
export interface Way {
  /** Before the first call: finds the account's provider. Throws where there is none. */
  open(workspaceId: string, providerAccountId: string | null): Promise<void>;
  make(call: IntendedCall): Promise<Ended>;
  /** The end of a call that was never made. */
  unsent(call: IntendedCall): Ended;
}

const NOT_SENT = { kind: "not_sent", why: "no_connection" } as const;

export const wayOf = (on: { deps: ActivityDeps; contents: MailContents }, by: "message" | "mail"): Way =>
  by === "mail" ? mailWay(on.deps, on.contents) : messageWay(on.deps);

function messageWay(deps: ActivityDeps): Way {
  let provider: MessageProvider | undefined;
  const end = (intended: Intended, answer: SendAnswer): Ended => ({
    kind: answer.kind,
    code: answer.kind === "refused" ? answer.code : null,
    outcomes: [
      {
        message: intended.message,
        ...outcomeOf(intended.message, intended.n, answer, deps.retryMinuteMs),
      },
    ],
    call: null,
    most: null,
  });
  return {
    async open(workspaceId, accountId) {
      provider = await deps.providers.forAccount(workspaceId, accountId);
    },
    async make(call) {
      const intended = call as Intended;
      return end(intended, (await provider?.send(intended.outgoing, intended.deadline)) ?? NOT_SENT);
    },
    unsent: (call) => end(call as Intended, NOT_SENT),
  };
}

function mailWay(deps: ActivityDeps, contents: MailContents): Way {
  let provider: MailProvider | undefined;
  const end = (call: IntendedMail, answer: Awaited<ReturnType<typeof sendMail>>): Ended => {
    const { outcomes, call: row, most } = endOfMail(call, answer, deps.retryMinuteMs);
    return {
      kind: answer.kind,
      code: answer.kind === "refused" ? (row?.errorCode ?? null) : null,
      outcomes,
      call: row,
      most: most === null ? null : [call.contentId, most],
    };
  };
  return {
    async open(workspaceId, accountId) {
      provider = await deps.mailOf(workspaceId, accountId);
    },
    async make(intended) {
      const call = intended as IntendedMail;
      return end(call, provider === undefined ? NOT_SENT : await sendMail(deps, contents, provider, call));
    },
    unsent: (call) => end(call as IntendedMail, NOT_SENT),
  };
}
