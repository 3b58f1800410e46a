import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { type Ask, client } from "./client.ts";
import { approvedTemplate } from "./demo/stage.ts";
import { OPEN_HOURS } from "./demo/workspace.ts";

/** A workspace made ready for a trial: people who have opted in, senders without limits, an approved template. */
export interface Stage {
  workspaceId: string;
  listId: string;
  templateId: string;
  senderIds: string[];
  /** The key of the workspace's owner, and the API under it. */
  apiKey: string;
  ask: Ask;
}

export interface StageOptions {
  apiUrl: string;
  people: number;
  senders: number;
  /** Fields of the senders beside channel and address. */
  sender?: Record<string, unknown>;
  settings?: Record<string, unknown>;
}

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
    settings: { ...OPEN_HOURS, ...options.settings },
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
  const template = await approvedTemplate(ask, "whatsapp");
  const list = await ask("POST /v1/contact-lists", { name: "Everybody" });
  await insertPeople(db, workspace.id, list.id, options.people);
  return { workspaceId: workspace.id, listId: list.id, templateId: template, senderIds, apiKey, ask };
}

/** Colombian mobiles from +573000000000 on, each with a name, a city and an opt-in for WhatsApp. */
export async function insertPeople(
  db: Db,
  workspaceId: string,
  listId: string,
  people: number,
): Promise<void> {
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
