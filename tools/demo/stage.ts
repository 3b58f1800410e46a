import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "../../db/connect.ts";
import { Failure } from "../say.ts";
import type { Ask } from "../client.ts";
import { MAIL_CONTENT, MAIL_SETTINGS, mailSenders, openMailAccount } from "../mailAccount.ts";
import { type DemoWorkspace, openWorkspace } from "./workspace.ts";

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

/** The same by e-mail. */
const mailMix = {
  seed: 2026,
  bounce: 0.02,
  blocked: 0.01,
  dropped: 0.005,
  deferred: 0.03,
  silent: 0.005,
  open: 0.55,
  machine_open: 0.25,
  click: 0.15,
  spamreport: 0.0005,
  unsubscribe: 0.01,
  one_click: 0.01,
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

export const DEMO_CHANNELS = ["whatsapp", "sms", "email"] as const;
export type DemoChannel = (typeof DEMO_CHANNELS)[number];

export interface Stage {
  workspaceId: string;
  /** Of the account at the sandbox; for e-mail its name. */
  account: string;
  senderIds: string[];
  /** What the campaign says, as POST /v1/campaigns takes it. */
  message: { template_id: string } | { email: typeof MAIL_CONTENT };
  /** The API under the key of the workspace's owner. */
  ask: Ask;
}

interface StageOn {
  db: Db;
  apiUrl: string;
  publicUrl: string;
  sandbox: Ask;
  region: string;
  channel: DemoChannel;
}

/** A test workspace with an account of its own at the sandbox, senders, and something to say. */
export async function setStage(on: StageOn): Promise<Stage> {
  const workspace = await openWorkspace(on, "Demo campaign", {
    default_region: on.region,
    time_zone: NUMBERS[on.region]?.timeZone ?? DEFAULT_ZONE,
    settings: MAIL_SETTINGS,
  });
  return on.channel === "email" ? mailStage(on, workspace) : phoneStage(on, workspace, on.channel);
}

/** A from-address that goes out by four pools. */
async function mailStage(on: StageOn, { id, ask }: DemoWorkspace): Promise<Stage> {
  const account = await openMailAccount({ ...on, ask, workspaceId: id });
  const rule = { channel: "email", match: { account: account.name }, mix: mailMix };
  await on.sandbox("POST /_sandbox/behaviours", rule);
  const senderIds: string[] = [];
  for (const sender of mailSenders("valeria@artekmar.example.com", account)) {
    const { max_per_hour, max_per_day } = unlimited;
    const limits = { max_per_hour, max_per_day, warmup_enabled: false };
    senderIds.push((await ask("POST /v1/senders", { ...sender, ...limits })).id);
  }
  return { workspaceId: id, account: account.name, senderIds, message: { email: MAIL_CONTENT }, ask };
}

/** 16 numbers and an approved template. */
async function phoneStage(
  on: StageOn,
  workspace: DemoWorkspace,
  channel: "whatsapp" | "sms",
): Promise<Stage> {
  const place = NUMBERS[on.region];
  const { ask } = workspace;
  await on.sandbox("POST /_sandbox/behaviours", { match: { account: workspace.accountSid }, mix });
  const first = (place ?? NUMBERS["CO"])?.first;
  const addresses = Array.from({ length: SENDERS }, (_, i) => `${first}${100 + i}`);
  await workspace.numbers(channel, addresses);
  const senderIds: string[] = [];
  for (const [i, address] of addresses.entries()) {
    const sender = await ask("POST /v1/senders", {
      channel,
      address,
      name: `Ventas ${i + 1}`,
      provider_account_id: workspace.accountId,
      warmup_enabled: false,
      ...unlimited,
    });
    senderIds.push(sender.id);
  }
  const message = { template_id: await approvedTemplate(ask, channel) };
  return { workspaceId: workspace.id, account: workspace.accountSid, senderIds, message, ask };
}

/** The demo's text as a template that can be sent. */
export async function approvedTemplate(ask: Ask, channel: "whatsapp" | "sms"): Promise<string> {
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
