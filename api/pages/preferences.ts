import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { inTransaction, inWorkspace, setWorkspace, type Tx } from "../../db/connect.ts";
import { recordMailEvents } from "../../db/emailEvents.ts";
import {
  findSubscriber,
  type Preferences,
  savePreferences,
  standingOf,
  type Subscriber,
} from "../../db/emailPreferences.ts";
import { listTopics, type TopicRow } from "../../db/emailTopics.ts";
import { lockContacts } from "../../db/locks.ts";
import type { Silenced } from "../../db/optOuts.ts";
import { resubscribe, unsubscribe } from "../../db/unsubscribes.ts";
import { emailDomain } from "../../domain/address.ts";
import { LANGUAGES, type Language } from "../../domain/conversationSettings.ts";
import { readUnsubscribeToken, type UnsubscribeLink } from "../../domain/email/unsubscribeToken.ts";
import { DomainError } from "../../domain/errors.ts";
import type { ApiDeps, App, AppEnv } from "../deps.ts";
import { wakeCampaigns } from "../wakeCampaigns.ts";
import { FREQUENCIES, gonePage, PAGE_POLICY, type PreferenceView, preferencePage } from "./preferencePage.ts";

const PATH = "/u/:token";
const MAX_BYTES = 32 * 1024;
type Fields = Record<string, string[]>;
type Done = NonNullable<PreferenceView["done"]>;

/**
 * What the links of an e-mail lead to. POST with `List-Unsubscribe=One-Click` (RFC 8058) is what a mailbox provider does
 * for a person: it ends marketing to them at once. GET shows the preference page and changes nothing, since scanners
 * follow links. Its forms post here too and come back to the page. The token is all that is asked for: no key, no cookie.
 */
export function preferencePages(app: App, deps: ApiDeps): void {
  app.use(PATH, async (c, next) => {
    c.set("pattern", "/u/{token}");
    await next();
    c.header("Content-Security-Policy", PAGE_POLICY);
    c.header("Cache-Control", "no-store");
    c.header("Referrer-Policy", "no-referrer");
    c.header("X-Robots-Tag", "noindex");
  });

  app.get(PATH, async (c) => {
    const link = readUnsubscribeToken(deps.linkKey, c.req.param("token"));
    const view = link && (await inWorkspace(deps.db, link.workspaceId, (tx) => viewOf(tx, deps, c, link)));
    return view === undefined ? gone(c) : c.html(preferencePage(view));
  });

  app.post(PATH, bodyLimit({ maxSize: MAX_BYTES, onError: refuseSize }), async (c) => {
    const link = readUnsubscribeToken(deps.linkKey, c.req.param("token"));
    if (link === undefined) return gone(c);
    const fields = (await c.req.parseBody({ all: true })) as Record<string, unknown>;
    const form: Fields = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        [value].flat().filter((one) => typeof one === "string"),
      ]),
    );
    const oneClick = form["List-Unsubscribe"]?.includes("One-Click") === true;
    const action = oneClick ? "stop" : (form["action"]?.[0] ?? "");
    const done = await inTransaction(deps.db, async (tx) => {
      await setWorkspace(tx, link.workspaceId);
      return act(tx, deps, link, { action, form, method: oneClick ? "one_click" : "preference_page" });
    });
    if (done === undefined) return gone(c);
    deps.kick();
    if (oneClick) return c.text("Unsubscribed", 200);
    const language = LANGUAGES.find((one) => one === form["language"]?.[0]);
    return c.redirect(`${c.req.path}?done=${done}${language === undefined ? "" : `&lang=${language}`}`, 303);
  });
}

const gone = (c: Context<AppEnv>) => c.html(gonePage(languageOf(c, null)), 404);

function refuseSize(): never {
  throw new DomainError("too_large", "The form is larger than it can be.");
}

/** Does what the person wants, under their locks; undefined where the link names nobody any more. */
async function act(
  tx: Tx,
  deps: ApiDeps,
  link: UnsubscribeLink,
  on: { action: string; form: Fields; method: string },
): Promise<Done | undefined> {
  const subscriber = await findSubscriber(tx, link);
  if (subscriber === undefined) return undefined;
  await lockContacts(tx, subscriber.contactIds);
  const word = {
    source: "unsubscribe_link" as const,
    method: on.method,
    evidence: { message_id: link.messageId },
    at: null,
  };
  if (on.action === "stop") {
    const stopped = await unsubscribe(tx, deps.addressKey, subscriber, word);
    if (stopped.fresh) await noteUnsubscription(tx, subscriber, on.method);
    return told(tx, stopped, "stopped");
  }
  if (on.action === "resume") {
    await resubscribe(tx, deps.addressKey, subscriber, word);
    return "resumed";
  }
  if (on.action === "save")
    return told(tx, await savePreferences(tx, subscriber, choicesOf(on.form, subscriber)), "saved");
  throw new DomainError("validation", "This form asks for nothing that can be done here.", {
    field: "action",
  });
}

async function told(tx: Tx, cancelled: Pick<Silenced, "campaigns">, done: Done): Promise<Done> {
  await wakeCampaigns(tx, cancelled);
  return done;
}

/** For the figures of its campaign, sender and receiving domain, like an event of the provider. */
function noteUnsubscription(tx: Tx, { workspaceId, message, address }: Subscriber, reason: string) {
  const event = {
    kind: "unsubscribed" as const,
    messageId: message.id,
    n: 1,
    at: new Date(),
    machine: false,
    reason,
    link: null,
    client: null,
    domain: emailDomain(address),
    groupId: null,
  };
  return recordMailEvents(tx, workspaceId, [{ ...event, message }]);
}

/** Topics that the page did not show are left as they were. */
function choicesOf(form: Fields, { declined }: Subscriber): Preferences {
  const shown = form["shown"]?.filter((id) => UUID.test(id)) ?? [];
  const taken = form["topic"] ?? [];
  const wanted = Number(form["max_per_week"]?.[0] || Number.NaN);
  return {
    declined: [...declined.filter((id) => !shown.includes(id)), ...shown.filter((id) => !taken.includes(id))],
    maxPerWeek: FREQUENCIES.find((times) => times === wanted) ?? null,
    language: LANGUAGES.find((one) => one === form["language"]?.[0]) ?? null,
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DONE: readonly Done[] = ["saved", "stopped", "resumed"];

async function viewOf(
  tx: Tx,
  deps: ApiDeps,
  c: Context<AppEnv>,
  link: UnsubscribeLink,
): Promise<PreferenceView | undefined> {
  const subscriber = await findSubscriber(tx, link);
  if (subscriber === undefined) return undefined;
  const language = languageOf(c, subscriber.language);
  const topics = await listTopics(tx, link.workspaceId);
  return {
    language,
    path: c.req.path,
    workspaceName: subscriber.workspaceName,
    standing: await standingOf(tx, deps.addressKey, subscriber),
    topics: topics.map((topic) => ({
      ...inLanguage(topic, language),
      id: topic.id,
      taken: !subscriber.declined.includes(topic.id),
    })),
    maxPerWeek: subscriber.maxPerWeek,
    done: DONE.find((one) => one === c.req.query("done")) ?? null,
  };
}

function inLanguage({ name, description, translations }: TopicRow, language: Language) {
  const own = translations[language];
  return { name: own?.name ?? name, description: own?.description ?? description };
}

/** What was asked for, else the person's own, else the browser's. */
function languageOf(c: Context<AppEnv>, own: string | null): Language {
  const accepted = (c.req.header("accept-language") ?? "").split(",").map((one) => one.trim());
  const wanted = [c.req.query("lang"), own, ...accepted].map((one) => one?.slice(0, 2).toLowerCase());
  for (const tag of wanted) {
    const known = LANGUAGES.find((one) => one === tag);
    if (known !== undefined) return known;
  }
  return "es";
}
