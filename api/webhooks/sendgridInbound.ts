import { hasWorkspace } from "../../db/webhookOwners.ts";
import { inboundIdOf, keptInbound } from "../../domain/email/inboundMail.ts";
import { readInboundToken } from "../../domain/email/inboundToken.ts";
import { DomainError } from "../../domain/errors.ts";
import type { ApiDeps, App } from "../deps.ts";
import { stored } from "./answers.ts";
import { receiveMail } from "./inboundForm.ts";
import type { WebhookIntake } from "./intake.ts";

/**
 * POST /webhooks/sendgrid/inbound/{token}: a mail that somebody wrote, by SendGrid's Inbound Parse, which signs nothing:
 * the token says whose it is. Stored and applied in one transaction before it is answered. 403 where the token is none
 * of ours, 5xx only where the database does not take it.
 */
export function sendgridInbound(app: App, deps: ApiDeps, intake: WebhookIntake): void {
  const path = "/webhooks/sendgrid/inbound/:token";
  app.post(path, async (c) => {
    c.set("pattern", path);
    const workspaceId = readInboundToken(deps.inboundKey, c.req.param("token"));
    if (workspaceId === undefined || !(await hasWorkspace(deps.db, workspaceId))) {
      throw new DomainError("forbidden", "This is no address that mail is posted to.", {
        fix: "Set the URL of GET /v1/email/inbound as the destination of SendGrid's Inbound Parse.",
      });
    }
    const payload = keptInbound({ workspaceId, replyKey: deps.replyKey }, await receiveMail(c.req.raw));
    await intake.take(workspaceId, {
      provider: "sendgrid",
      kind: "inbound",
      dedupeKey: `inbound:${inboundIdOf(payload)}`,
      payload,
    });
    return stored(c);
  });
}
