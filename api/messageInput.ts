import type { Tx } from "../db/connect.ts";
import { contactsNamedBy, findContact, insertContact } from "../db/contacts.ts";
import { insertFallback } from "../db/fallbacks.ts";
import type { SingleMessage } from "../db/singleMessages.ts";
import { findTemplate, findTemplateEmail } from "../db/templates.ts";
import type { findWorkspace } from "../db/workspaces.ts";
import { DomainError } from "../domain/errors.ts";
import { settingsOf } from "../domain/settings.ts";
import { parseTemplate } from "../domain/template.ts";
import { contactFieldsOf, usableEmail, usablePhone } from "./contactInput.ts";
import { writeEmail } from "./emailWords.ts";
import type { NewMessage } from "./messageSchemas.ts";

type Workspace = NonNullable<Awaited<ReturnType<typeof findWorkspace>>>;

/** Refuses a request with both of two ways to say a thing, or with neither. */
export function exactlyOne(body: object, one: string, other: string, prefix = ""): void {
  const has = (field: string) => (body as Record<string, unknown>)[field] !== undefined;
  if (has(one) !== has(other)) return;
  throw new DomainError("validation", `A message takes either ${one} or ${other}.`, {
    field: prefix + one,
    fix: `Give exactly one of ${one} and ${other}.`,
  });
}

/** @throws DomainError `validation` for what contradicts itself; nothing is looked up here. */
export function checkMessage(body: NewMessage): void {
  exactlyOne(body, "to", "contact_id");
  const [own, other] = body.channel === "email" ? (["email", "body"] as const) : (["body", "email"] as const);
  if (body[other] !== undefined) {
    throw new DomainError("validation", `A message of channel ${body.channel} has no ${other}.`, {
      field: other,
      fix: `Say it in ${own}.`,
    });
  }
  exactlyOne(body, own, "template_id");
  if (body.expires_at !== undefined && body.expires_in_seconds !== undefined) {
    throw new DomainError("validation", "A message expires either at a time or after a while.", {
      field: "expires_at",
      fix: "Give at most one of expires_at and expires_in_seconds.",
    });
  }
  if (body.fallback === undefined) return;
  if (body.channel === "email") {
    throw new DomainError("validation", "An e-mail has no fallback.", {
      field: "fallback",
      fix: "Send the other message by itself, when no event says that this one was delivered.",
    });
  }
  exactlyOne(body.fallback, "body", "template_id", "fallback.");
  if (body.fallback.channel === body.channel) {
    throw new DomainError("validation", "A fallback goes out on another channel.", {
      field: "fallback.channel",
      fix: `Use ${body.channel === "sms" ? "whatsapp" : "sms"} here.`,
    });
  }
}

/**
 * The id of the person a message is for: found by number, or new.
 * @throws DomainError `validation` for a number that is none, or an id that is not here.
 */
export async function recipientOf(
  tx: Tx,
  workspace: Pick<Workspace, "id" | "default_region">,
  body: Pick<NewMessage, "channel" | "to" | "contact_id">,
): Promise<string> {
  if (body.contact_id !== undefined) {
    if (await findContact(tx, workspace.id, body.contact_id)) return body.contact_id;
    throw new DomainError("validation", "There is no such contact.", {
      field: "contact_id",
      fix: "Use the id of a contact that GET /v1/contacts lists, or give `to`.",
    });
  }
  const key =
    body.channel === "email"
      ? { email: usableEmail(body.to ?? "", "to") }
      : { phone: usablePhone(body.to ?? "", workspace.default_region, "to").canonical };
  const find = async () => (await contactsNamedBy(tx, workspace.id, key))[0];
  const known = await find();
  if (known !== undefined) return known;
  const added = await insertContact(tx, workspace.id, contactFieldsOf(key, workspace.default_region));
  const id = added?.id ?? (await find());
  if (id === undefined) throw new Error("A contact that exists could not be found");
  return id;
}

/**
 * What a message says: a text of its own that parses, or a template of its channel.
 * @throws DomainError `validation`.
 */
export async function wordsOf(
  tx: Tx,
  workspaceId: string,
  said: Pick<NewMessage, "channel" | "body" | "template_id"> & { email?: NewMessage["email"] },
  prefix = "",
): Promise<Pick<SingleMessage, "body" | "template" | "mail">> {
  if (said.email !== undefined) {
    const email = await writeEmail(tx, workspaceId, said.email);
    return { body: null, template: null, mail: { email, language: null } };
  }
  if (said.template_id === undefined) {
    parseTemplate(said.body ?? "", `${prefix}body`);
    return { body: said.body ?? "", template: null };
  }
  const template = await findTemplate(tx, workspaceId, said.template_id);
  const mail = said.channel === "email" ? await findTemplateEmail(tx, workspaceId, said.template_id) : null;
  if (template?.channel === said.channel && mail !== undefined) return { body: null, template, mail };
  throw new DomainError("validation", `There is no such template for ${said.channel}.`, {
    field: `${prefix}template_id`,
    fix: "Use an id that GET /v1/templates lists, of the message's channel.",
  });
}

/** @throws DomainError `validation` for a time that is over. */
export function expiryOf(workspace: Workspace, body: NewMessage, now: Date): Date {
  if (body.expires_in_seconds !== undefined) return new Date(now.getTime() + body.expires_in_seconds * 1_000);
  if (body.expires_at === undefined) {
    const days = settingsOf(workspace.settings).expires_after_days;
    return new Date(now.getTime() + days * 24 * 3_600_000);
  }
  if (body.expires_at > now) return body.expires_at;
  throw new DomainError("validation", "This time is over.", {
    field: "expires_at",
    fix: "Give a time to come, or expires_in_seconds.",
  });
}

/**
 * Keeps what is to go out where the queued message does not arrive.
 * @throws DomainError `validation` for words that are none.
 */
export async function addFallback(
  tx: Tx,
  workspaceId: string,
  body: NewMessage,
  on: { messageId: string; dueAt: Date | null; now: Date },
): Promise<void> {
  const { fallback, variables } = body;
  if (fallback === undefined) return;
  const words = await wordsOf(tx, workspaceId, fallback, "fallback.");
  const { after_minutes } = fallback;
  const from = on.dueAt ?? on.now;
  await insertFallback(tx, {
    message_id: on.messageId,
    workspace_id: workspaceId,
    channel: fallback.channel,
    template_id: words.template?.id ?? null,
    body: words.body,
    variables: JSON.stringify(variables),
    due_at: after_minutes === undefined ? null : new Date(from.getTime() + after_minutes * 60_000),
  });
}
