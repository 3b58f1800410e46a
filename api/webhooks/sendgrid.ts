import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { findSendgridKeys, hasWorkspace } from "../../db/webhookOwners.ts";
import { type KeptMailEvent, keptOf } from "../../domain/email/mailEvent.ts";
import { DomainError } from "../../domain/errors.ts";
import { signingKey } from "../../providers/sendgrid/webhook.ts";
import type { ApiDeps, App, AppEnv } from "../deps.ts";
import { stored } from "./answers.ts";
import type { WebhookIntake } from "./intake.ts";
import { givenWorkspace } from "./signed.ts";

/** SendGrid posts at most 768 KB at once. */
const MAX_BYTES = 1024 * 1024;
/** How long a workspace and its keys are remembered; a new one is known within this time. */
const KEPT_MS = 15_000;
const MOST_KEPT = 10_000;

/**
 * POST /webhooks/sendgrid/events: what became of e-mails, by the thousand. Signed over the very bytes by the key of the
 * workspace in the URL, or by one of the environment's; then each event says itself whose it is. All of a post is
 * committed before it is answered. 403 where no key here has signed it, 5xx only where the database does not take it.
 */
export function sendgridWebhooks(app: App, deps: ApiDeps, intake: WebhookIntake): void {
  const keysOf = remembering((id) => findSendgridKeys(deps.db, deps.sealingKey, id));
  const isHere = remembering((id) => hasWorkspace(deps.db, id));
  const path = "/webhooks/sendgrid/events";
  app.use(path, bodyLimit({ maxSize: MAX_BYTES, onError: refuseSize }));
  app.post(path, async (c) => {
    c.set("pattern", path);
    const body = Buffer.from(await c.req.arrayBuffer());
    const workspaceId = givenWorkspace(c);
    const own = await signedBy(c, body, deps.sendgridKeys, () =>
      workspaceId === null ? Promise.resolve([]) : keysOf(workspaceId),
    );
    const taken: Promise<void>[] = [];
    for (const [owner, events] of Map.groupBy(ownedEvents(readPost(body), workspaceId, own), ownerOf)) {
      // Another installation on the same account has workspaces of its own.
      if (!(await isHere(owner))) continue;
      for (const { payload } of events)
        taken.push(
          intake.take(owner, {
            provider: "sendgrid",
            kind: "mail",
            dedupeKey: payload["sg_event_id"] ?? "",
            payload,
          }),
        );
    }
    await Promise.all(taken);
    return stored(c);
  });
}

interface OwnedEvent {
  owner: string;
  payload: KeptMailEvent;
}

const ownerOf = ({ owner }: OwnedEvent) => owner;

/**
 * What is kept of each event, with whose it is: the workspace's whose own account has signed, else the one that it
 * names. Without an owner it was sent past this program, by somebody on the same account.
 */
function ownedEvents(events: readonly unknown[], workspaceId: string | null, own: boolean): OwnedEvent[] {
  const owned: OwnedEvent[] = [];
  for (const event of events) {
    const payload = keptOf(event);
    const claimed = payload?.["workspace"];
    const owner = own ? workspaceId : (claimed ?? workspaceId);
    if (payload !== undefined && owner !== null && (claimed ?? owner) === owner)
      owned.push({ owner, payload });
  }
  return owned;
}

/** Whether a key of the workspace's own account has signed, and not one of the environment's. */
async function signedBy(
  c: Context<AppEnv>,
  body: Buffer,
  environment: readonly string[],
  own: () => Promise<string[]>,
): Promise<boolean> {
  const given = {
    signature: c.req.header("x-twilio-email-event-webhook-signature") ?? "",
    timestamp: c.req.header("x-twilio-email-event-webhook-timestamp") ?? "",
  };
  const now = new Date();
  if (signingKey(environment, given, body, now) !== undefined) return false;
  if (signingKey(await own(), given, body, now) !== undefined) return true;
  throw new DomainError("forbidden", "The signature is not that of a SendGrid account known here.", {
    fix: "Set SENDGRID_WEBHOOK_PUBLIC_KEY to the verification key of SendGrid's signed event webhook.",
  });
}

function readPost(body: Buffer): unknown[] {
  try {
    const events: unknown = JSON.parse(body.toString("utf8"));
    if (Array.isArray(events)) return events;
  } catch {
    // Answered below, like JSON that is no list.
  }
  throw new DomainError("validation", "The body is no list of events.", {
    field: "body",
    fix: "Post events as SendGrid's event webhook does: a JSON array.",
  });
}

function refuseSize(): never {
  throw new DomainError("too_large", "An event webhook of SendGrid is never this large.");
}

/** One look-up of a workspace for many posts. */
function remembering<T>(ask: (workspaceId: string) => Promise<T>): (workspaceId: string) => Promise<T> {
  const kept = new Map<string, { answer: Promise<T>; until: number }>();
  return (workspaceId) => {
    const known = kept.get(workspaceId);
    if (known !== undefined && known.until > performance.now()) return known.answer;
    const answer = ask(workspaceId);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(workspaceId, { answer, until: performance.now() + KEPT_MS });
    answer.catch(() => kept.delete(workspaceId));
    return answer;
  };
}
