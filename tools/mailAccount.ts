import { randomBytes } from "node:crypto";
import type { Ask } from "./client.ts";

/** A workspace's SendGrid account at the sandbox. */
export interface MailAccount {
  /** Of the provider account; senders of e-mail name it. */
  id: string;
  /** By which the sandbox knows it. */
  name: string;
}

/** IP pools that an account has here. */
export const POOLS = ["ventas-1", "ventas-2", "ventas-3", "ventas-4"] as const;

/** A new account at the sandbox whose signed events come to this system, known to the workspace behind `ask`. */
export async function openMailAccount(on: {
  sandbox: Ask;
  ask: Ask;
  publicUrl: string;
  workspaceId: string;
}): Promise<MailAccount> {
  const name = randomBytes(8).toString("hex");
  const key = `SG.${name}.${randomBytes(16).toString("hex")}`;
  const webhook_url = `${on.publicUrl}/webhooks/sendgrid/events?workspace=${on.workspaceId}`;
  const { accounts } = await on.sandbox("POST /_sandbox/mail/accounts", {
    name,
    keys: [{ key }],
    webhook_url,
    ip_pools: POOLS,
  });
  const own = (accounts as { name: string; public_key: string }[]).find((one) => one.name === name);
  const { id } = await on.ask("POST /v1/provider-accounts", {
    provider: "sendgrid",
    name: "Sandbox",
    api_key: key,
    webhook_public_keys: [own?.public_key],
  });
  return { id, name };
}

/** The footer of marketing has to say where the sender lives. */
export const MAIL_SETTINGS = { email: { physical_address: "Calle 84 # 51B-23, Barranquilla, Colombia" } };

/** What the demo's text is by e-mail. */
export const MAIL_CONTENT = {
  subject: "{name|amigo}, conoce {product_name}",
  preheader: "Nuestro nuevo proyecto en Barranquilla",
  html: [
    "<h1>Hola {name|amigo}</h1>",
    "<p>Soy Valeria Mercado de Artek Mar. ¡Me encantaría presentarte nuestro nuevo proyecto en {product_name}, Barranquilla!</p>",
    '<p><a href="https://artekmar.example.com/proyectos/altos-de-los-rosales">Conoce los detalles</a></p>',
    "{% if city %}<p>¿Estás en {city|tu ciudad}? Te llamamos cuando te quede bien.</p>{% endif %}",
  ].join("\n"),
  from_name: "Valeria de Artek Mar",
  categories: ["lanzamiento"],
};

/** One from-address going out by each pool: the senders of an e-mail campaign, as POST /v1/senders takes them. */
export const mailSenders = (address: string, account: MailAccount | null) =>
  POOLS.map((pool) => ({
    channel: "email",
    address,
    name: "Artek Mar",
    ip_pool_name: pool,
    ...(account !== null && { provider_account_id: account.id }),
  }));
