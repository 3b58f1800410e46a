import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";

/** A workspace made ready for a trial: people who have opted in, senders without limits, an approved template. */
export interface Stage {
  workspaceId: string;
  listId: string;
  templateId: string;
  senderIds: string[];
  /** JSON in and out under the owner's key; throws where the answer is not 2xx. */
  ask(request: string, body?: unknown): Promise<Answer>;
}

// biome-ignore lint/suspicious/noExplicitAny: trials look into answers of every shape.
type Answer = any;

export interface StageOptions {
  apiUrl: string;
  people: number;
  senders: number;
  /** Fields of the senders beside channel and address. */
  sender?: Record<string, unknown>;
  settings?: Record<string, unknown>;
}

const OPEN = { quiet_hours: { enabled: false, laws_off: true }, caps: { per_day: null, per_week: null } };
const UNLIMITED = {
  max_per_hour: 1_000_000,
  max_per_day: 10_000_000,
  gap_min_ms: 0,
  gap_max_ms: 0,
  warmup_enabled: false,
};

/** People are written by SQL, everything else by the API. */
export async function setStage(db: Db, options: StageOptions): Promise<Stage> {
  const { workspace, apiKey } = await createWorkspaceWithOwner(db, {
    name: "Trial",
    test_mode: true,
    default_region: "CO",
    time_zone: "America/Bogota",
    settings: { ...OPEN, ...options.settings },
  });
  const ask = client(options.apiUrl, apiKey);
  const serial = String(Math.floor(Math.random() * 900) + 100);
  const senderIds: string[] = [];
  for (let i = 0; i < options.senders; i++) {
    const sender = await ask("POST /v1/senders", {
      channel: "whatsapp",
      address: `+57310${serial}${String(i).padStart(4, "0")}`,
      ...UNLIMITED,
      ...options.sender,
    });
    senderIds.push(sender.id);
  }
  const template = await approvedTemplate(ask);
  const list = await ask("POST /v1/contact-lists", { name: "Everybody" });
  await insertPeople(db, workspace.id, list.id, options.people);
  return { workspaceId: workspace.id, listId: list.id, templateId: template, senderIds, ask };
}

async function approvedTemplate(ask: Stage["ask"]): Promise<string> {
  const template = await ask("POST /v1/templates", {
    name: "Presentación",
    channel: "whatsapp",
    language: "es",
    body: "Hola {name|amigo}, soy Valeria Mercado de Artek Mar. ¡Me encantaría presentarte {product_name}, en Barranquilla! ¿Te gustaría conocer más detalles?",
  });
  await ask(`POST /v1/templates/${template.id}/submit`);
  for (;;) {
    const now = await ask(`POST /v1/templates/${template.id}/refresh`);
    if (now.approval_status === "approved") return template.id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Colombian mobiles from +573000000000 on, each with a name, a city and an opt-in for WhatsApp. */
async function insertPeople(db: Db, workspaceId: string, listId: string, people: number): Promise<void> {
  await sql`
    with people as (
      insert into contacts (workspace_id, identity, phone, phone_type, name, city, country, number_zones)
      select ${workspaceId}::uuid, 'tel:' || phone, phone, 'mobile', 'Persona ' || i, 'Cali', 'CO', '{America/Bogota}'
      from (select i, '+57' || (3000000000 + i) as phone from generate_series(0, ${people - 1}::bigint) i) numbers
      returning id
    ), members as (
      insert into contact_list_members (workspace_id, list_id, contact_id)
      select ${workspaceId}::uuid, ${listId}::uuid, id from people
    )
    insert into consents (workspace_id, contact_id, channel, state, purpose, source, method)
    select ${workspaceId}::uuid, id, 'whatsapp', 'opted_in', 'marketing', 'trial', 'trial' from people`.execute(
    db,
  );
  await sql`analyze contacts, consents, contact_list_members`.execute(db);
}

function client(url: string, apiKey: string): Stage["ask"] {
  return async (request, body) => {
    const [method = "GET", path = "/"] = request.split(" ");
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${request}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}
