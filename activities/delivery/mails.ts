import { noteBatch } from "../../db/emailCalls.ts";
import { findContent, type MailContent } from "../../db/emailContents.ts";
import { findFile } from "../../db/emailFiles.ts";
import type { Attachment } from "../../domain/email/attachments.ts";
import { answerHeaders } from "../../domain/email/answerMail.ts";
import { withLinks } from "../../domain/email/fill.ts";
import { replyAddress } from "../../domain/email/replyAddress.ts";
import { unsubscribeToken } from "../../domain/email/unsubscribeToken.ts";
import type {
  MailAnswer,
  MailAttachment,
  MailPerson,
  MailProvider,
  OutgoingMail,
} from "../../providers/mail.ts";
import type { ActivityDeps } from "../deps.ts";
import { ByteCache } from "./byteCache.ts";
import type { IntendedMail, Written } from "./calls.ts";

type Deps = Pick<ActivityDeps, "db" | "linkKey" | "replyKey" | "publicUrl">;

/** Bytes of words and of files that a process keeps at hand. */
const WORDS_KEPT = 32 * 1024 * 1024;
const FILES_KEPT = 64 * 1024 * 1024;

/** A content with its files as they go into a call. */
interface WholeContent extends Omit<MailContent, "attachments"> {
  attachments: MailAttachment[];
}

/** Contents and files never change, so the ones in use are read once; contents of several languages share a file. */
export class MailContents {
  readonly #db: ActivityDeps["db"];
  readonly #words = new ByteCache<MailContent | undefined>(WORDS_KEPT);
  readonly #files = new ByteCache<string | undefined>(FILES_KEPT);

  constructor(db: ActivityDeps["db"]) {
    this.#db = db;
  }

  /** Undefined where its words or one of its files are gone. */
  async find(workspaceId: string, id: string): Promise<WholeContent | undefined> {
    const content = await this.#words.get(id, async () => {
      const value = await findContent(this.#db, id);
      return {
        value,
        bytes: value === undefined ? 0 : value.compiled.html.length + value.compiled.text.length,
      };
    });
    if (content === undefined) return undefined;
    const attachments = await Promise.all(content.attachments.map((one) => this.#attached(workspaceId, one)));
    const whole = attachments.filter((one) => one !== undefined);
    return whole.length < attachments.length ? undefined : { ...content, attachments: whole };
  }

  async #attached(
    workspaceId: string,
    { sha256, size: _, ...named }: Attachment,
  ): Promise<MailAttachment | undefined> {
    const content_base64 = await this.#files.get(`${workspaceId} ${sha256}`, async () => {
      const value = (await findFile(this.#db, workspaceId, sha256))?.bytes.toString("base64");
      return { value, bytes: value?.length ?? 0 };
    });
    return content_base64 === undefined ? undefined : { ...named, content_base64 };
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
  const content = await contents.find(call.sender.workspace_id, call.contentId).catch(() => null);
  if (content === null) return notNow;
  // Its words have gone with the person whom they were written to, or a file of it.
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
  { compiled, envelope, attachments }: WholeContent,
  { sender, rows }: IntendedMail,
  batch: OutgoingMail["batch"],
): OutgoingMail {
  return {
    from: { email: sender.address, name: envelope.from_name ?? sender.name },
    replyTo: replyToOf(deps, envelope, sender),
    subject: compiled.subject,
    html: compiled.html,
    text: compiled.text,
    attachments,
    categories: envelope.categories ?? [],
    // Who has left a group of newsletters is still answered.
    asmGroupId: envelope.answer === undefined ? (envelope.asm_group_id ?? sender.asm_group_id) : null,
    ipPoolName: sender.ip_pool_name,
    tracking: trackingOf(envelope),
    batch,
    people: rows.map((row) => personOf(deps, { compiled, envelope }, sender.workspace_id, row)),
  };
}

/** What somebody says to one person is a letter: nobody looks over their shoulder, and its links are as they were written. */
function trackingOf({ answer, tracking }: MailContent["envelope"]): OutgoingMail["tracking"] {
  const looks = answer === undefined;
  return { opens: looks && (tracking?.opens ?? true), clicks: looks && (tracking?.clicks ?? true) };
}

/** In a conversation an address that leads back to it. */
function replyToOf(
  { replyKey }: Deps,
  { answer, reply_to }: MailContent["envelope"],
  sender: IntendedMail["sender"],
): string | null {
  if (answer === undefined) return reply_to ?? sender.reply_to;
  const domain = answer.domain ?? (sender.reply_to ?? sender.address).split("@").at(-1) ?? "";
  return replyAddress(
    replyKey,
    { workspaceId: sender.workspace_id, conversationId: answer.conversation_id },
    domain,
  );
}

/** Nothing of the person but the address and what they read: the rest are ids. */
function personOf(
  { linkKey, publicUrl }: Deps,
  { compiled, envelope }: Pick<MailContent, "compiled" | "envelope">,
  workspaceId: string,
  { message, n }: Written,
): MailPerson {
  const url = `${publicUrl}/u/${unsubscribeToken(linkKey, { workspaceId, messageId: message.id })}`;
  const links = { unsubscribe_url: url, preferences_url: url };
  return {
    email: message.address,
    values: withLinks(compiled, message.content_variables ?? {}, links),
    // RFC 8058: a mail program's own button. What nobody has subscribed to has none.
    headers: {
      ...(message.purpose === "marketing" && {
        "List-Unsubscribe": `<${url}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      }),
      ...(envelope.answer !== undefined && answerHeaders(envelope.answer)),
    },
    customArgs: { workspace: workspaceId, message: message.id, n: String(n) },
  };
}
