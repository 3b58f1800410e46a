import { readInboundMail, readMailOptOut } from "../domain/email/inboundMail.ts";
import type { InboundMessage } from "../domain/inboundMessage.ts";
import { type OptOutReading, readOptOut } from "../domain/optOut.ts";
import { parsePhone } from "../domain/phone.ts";
import { placeOfNumber } from "../domain/place.ts";
import { type InboundForm, readInboundForm } from "../domain/twilioWebhook.ts";
import type { Tx } from "./connect.ts";
import { applyInbound, type InboundResult } from "./inbound.ts";
import { markUnapplied, type WebhookEvent } from "./webhookEvents.ts";

/** Undefined where the event says nothing that a person has written. Waits where nobody here was written to. */
export async function applyInboundEvent(
  tx: Tx,
  on: { workspaceId: string; addressKey: Buffer },
  event: WebhookEvent,
): Promise<InboundResult | undefined> {
  const read = event.provider === "sendgrid" ? readMail(event) : readText(event);
  if (read === undefined) return undefined;
  const result = await applyInbound(tx, on, read.message, read.reading);
  if (result.kind === "no_sender") await markUnapplied(tx, [event.id], "unknown_sender");
  return result;
}

interface Read {
  message: InboundMessage;
  reading: OptOutReading;
}

function readMail({ payload }: WebhookEvent): Read | undefined {
  const message = readInboundMail(payload);
  return message === undefined ? undefined : { message, reading: readMailOptOut(message) };
}

function readText({ payload }: WebhookEvent): Read | undefined {
  const form = readInboundForm(payload);
  if (form === undefined) return undefined;
  return { message: { ...placed(form), mail: null }, reading: readOptOut(form.body, form.optOutType) };
}

function placed(form: InboundForm): Omit<InboundMessage, "mail"> {
  const phone = parsePhone(form.from);
  if (!phone.ok) return { ...form, place: { country: null, region: null, numberZones: [], phoneType: null } };
  const place = placeOfNumber(phone.e164);
  return {
    ...form,
    from: phone.canonical,
    place: {
      country: place.country,
      region: place.region ?? null,
      numberZones: [...place.time_zones],
      phoneType: phone.type,
    },
  };
}
