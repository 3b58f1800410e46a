import { noteBatch } from "../../db/emailCalls.ts";
import { findContent, type MailContent } from "../../db/emailContents.ts";
import { withLinks } from "../../domain/email/fill.ts";
import { unsubscribeToken } from "../../domain/email/unsubscribeToken.ts";
import type { MailAnswer, MailPerson, MailProvider, OutgoingMail } from "../../providers/mail.ts";
import type { ActivityDeps } from "../deps.ts";
import type { IntendedMail, Written } from "./calls.ts";

type Deps = Pick<ActivityDeps, "db" | "linkKey" | "publicUrl">;

const KEPT = 64;

/** Contents never change, so the ones in use are read once. */
export class MailContents {
  readonly #db: ActivityDeps["db"];
  readonly #kept = new Map<string, Promise<MailContent | undefined>>();

  constructor(db: ActivityDeps["db"]) {
    this.#db = db;
  }

  find(id: string): Promise<MailContent | undefined> {
    const known = this.#kept.get(id) ?? findContent(this.#db, id);
    this.#kept.delete(id);
    this.#kept.set(id, known);
    known.catch(() => this.#kept.delete(id));
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return known;
  }
}

/**
 * Makes a call: everybody in it with their own values and links. Where its content asks for calls that can be made
 * again, it gets a batch first, which is committed before the call.
 */
export async function sendMail(
  deps: Deps,
  contents: MailContents,
  provider: MailProvider,
  call: IntendedMail,
): Promise<MailAnswer> {
  const notNow = { kind: "not_sent", why: "no_connection" } as const;
  const content = await contents.find(call.contentId).catch(() => null);
  if (content === null) return notNow;
  // Its words have gone with the person whom they were written to.
  if (content === undefined) return { kind: "refused", httpStatus: 410, faults: [], retryAfterMs: null };
  const minutes = content.envelope.repeatable_minutes;
  if (minutes === undefined) return provider.send(outgoingMail(deps, content, call, null), call.deadline);
  const batch = await makeBatch(deps, provider, call, minutes).catch(() => undefined);
  if (batch === undefined) return notNow;
  return provider.send(outgoingMail(deps, content, call, batch), call.deadline);
}

async function makeBatch({ db }: Deps, provider: MailProvider, call: IntendedMail, minutes: number) {
  const batch = { id: await provider.newBatch(), sendAt: new Date(Date.now() + minutes * 60_000) };
  await noteBatch(db, call.id, batch);
  return batch;
}

function outgoingMail(
  deps: Deps,
  { compiled, envelope, attachments }: MailContent,
  { sender, rows }: IntendedMail,
  batch: OutgoingMail["batch"],
): OutgoingMail {
  return {
    from: { email: sender.address, name: envelope.from_name ?? sender.name },
    replyTo: envelope.reply_to ?? sender.reply_to,
    subject: compiled.subject,
    html: compiled.html,
    text: compiled.text,
    attachments,
    categories: envelope.categories ?? [],
    asmGroupId: envelope.asm_group_id ?? sender.asm_group_id,
    ipPoolName: sender.ip_pool_name,
    batch,
    people: rows.map((row) => personOf(deps, compiled, sender.workspace_id, row)),
  };
}

/** Nothing of the person but the address and what they read: the rest are ids. */
function personOf(
  { linkKey, publicUrl }: Deps,
  compiled: MailContent["compiled"],
  workspaceId: string,
  { message, n }: Written,
): MailPerson {
  const url = `${publicUrl}/u/${unsubscribeToken(linkKey, { workspaceId, messageId: message.id })}`;
  const links = { unsubscribe_url: url, preferences_url: url };
  return {
    email: message.address,
    values: withLinks(compiled, message.content_variables ?? {}, links),
    // RFC 8058: a mail program's own button. What nobody has subscribed to has none.
    headers:
      message.purpose === "marketing"
        ? { "List-Unsubscribe": `<${url}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
        : {},
    customArgs: { workspace: workspaceId, message: message.id, n: String(n) },
  };
}
