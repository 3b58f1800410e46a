import { ATTEMPT_FIELD, readInboundForm } from "../../domain/twilioWebhook.ts";
import type { ApiDeps, App } from "../deps.ts";
import { stored, twiml } from "./answers.ts";
import type { WebhookIntake } from "./intake.ts";
import { type OwnNumber, signedWebhooks } from "./signed.ts";
import { voiceWebhooks } from "./voice.ts";

const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/**
 * POST /webhooks/twilio/status and /inbound: signed by Twilio over PUBLIC_URL, stored and applied in one transaction,
 * then 200. 403 where the signature is not the account's, 5xx only where the database does not take it.
 */
export function twilioWebhooks(app: App, deps: ApiDeps, intake: WebhookIntake): void {
  const signed = signedWebhooks(deps);
  voiceWebhooks(app, deps, intake, signed);

  app.post("/webhooks/twilio/status", async (c) => {
    const { form, owner } = await signed.form(c, numberWrittenTo);
    const attempt = c.req.query("attempt");
    await intake.take(owner.workspaceId, {
      provider: "twilio",
      kind: "status",
      dedupeKey: `${form["MessageSid"] ?? form["SmsSid"]}:${form["MessageStatus"] ?? form["SmsStatus"]}`,
      payload: attempt === undefined ? form : { ...form, [ATTEMPT_FIELD]: attempt },
    });
    return stored(c);
  });

  app.post("/webhooks/twilio/inbound", async (c) => {
    const { form, owner } = await signed.form(c, numberWrittenTo);
    await intake.take(owner.workspaceId, {
      provider: "twilio",
      kind: "inbound",
      dedupeKey: `inbound:${form["MessageSid"] ?? form["SmsSid"]}`,
      payload: form,
    });
    return twiml(c, EMPTY_TWIML);
  });
}

function numberWrittenTo(form: Record<string, string>): OwnNumber[] {
  const inbound = readInboundForm(form);
  return inbound === undefined ? [] : [{ channel: inbound.channel, address: inbound.to }];
}
