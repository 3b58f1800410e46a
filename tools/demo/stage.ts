import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "../../db/connect.ts";
import { Failure } from "../say.ts";
import type { Ask } from "../client.ts";
import { openWorkspace } from "./workspace.ts";

export const SENDERS = 16;
export const OPT_OUT_TEXTS = ["STOP", "BAJA", "SALIR", "Por favor no me escriban más", "PARE"];

/** How people behave, the same at every run: a person's part depends on the seed and their number alone. */
const mix = {
  seed: 2026,
  undelivered: 0.02,
  refused: 0.01,
  silent: 0.005,
  read: 0.75,
  reply: 0.12,
  opt_out: 0.03,
  replies: ["Sí, me interesa. ¿Cuánto cuesta?", "¿Dónde queda?", "Gracias, lo voy a pensar"],
  opt_out_texts: OPT_OUT_TEXTS,
};

const unlimited = { max_per_hour: 100_000, max_per_day: 1_000_000, gap_min_ms: 0, gap_max_ms: 0 };

const TEXT =
  "Hola {name|amigo}, soy Valeria Mercado de Artek Mar. ¡Me encantaría presentarte nuestro nuevo proyecto en {product_name}, Barranquilla! ¿Te gustaría conocer más detalles?";

/** Mobile numbers that can be typed by nobody else in the demo's own provider account. */
const NUMBERS: Record<string, { first: string; timeZone: string }> = {
  CO: { first: "+573105550", timeZone: "America/Bogota" },
  MX: { first: "+525540000", timeZone: "America/Mexico_City" },
};

/** That of a new workspace, for regions without numbers of their own here. */
const DEFAULT_ZONE = "America/Mexico_City";

export type DemoChannel = "whatsapp" | "sms";

export interface Stage {
  workspaceId: string;
  accountSid: string;
  senderIds: string[];
  templateId: string;
  /** The API under the key of the workspace's owner. */
  ask: Ask;
}

/** A test workspace with an account of its own at the sandbox, 16 senders and an approved template. */
export async function setStage(on: {
  db: Db;
  apiUrl: string;
  publicUrl: string;
  sandbox: Ask;
  region: string;
  channel: DemoChannel;
}): Promise<Stage> {
  const place = NUMBERS[on.region];
  const workspace = await openWorkspace(on, "Demo campaign", {
    default_region: on.region,
    time_zone: place?.timeZone ?? DEFAULT_ZONE,
  });
  const { ask } = workspace;
  await on.sandbox("POST /_sandbox/behaviours", { match: { account: workspace.accountSid }, mix });
  const first = (place ?? NUMBERS["CO"])?.first;
  const addresses = Array.from({ length: SENDERS }, (_, i) => `${first}${100 + i}`);
  await workspace.numbers(on.channel, addresses);
  const senderIds: string[] = [];
  for (const [i, address] of addresses.entries()) {
    const sender = await ask("POST /v1/senders", {
      channel: on.channel,
      address,
      name: `Ventas ${i + 1}`,
      provider_account_id: workspace.accountId,
      warmup_enabled: false,
      ...unlimited,
    });
    senderIds.push(sender.id);
  }
  const templateId = await approvedTemplate(ask, on.channel);
  return { workspaceId: workspace.id, accountSid: workspace.accountSid, senderIds, templateId, ask };
}

/** The demo's text as a template that can be sent. */
export async function approvedTemplate(ask: Ask, channel: DemoChannel): Promise<string> {
  const template = await ask("POST /v1/templates", {
    name: "Presentación del proyecto",
    channel,
    language: "es",
    body: TEXT,
    samples: { name: "Andrea", product_name: "Altos de Los Rosales" },
  });
  if (channel === "sms") return template.id;
  await ask(`POST /v1/templates/${template.id}/submit`);
  for (let tries = 0; tries < 100; tries++) {
    const { approval_status } = await ask(`POST /v1/templates/${template.id}/refresh`);
    if (approval_status === "approved") return template.id;
    await sleep(100);
  }
  throw new Failure("The sandbox did not approve the template within 10 s; its page shows what it has.");
}
