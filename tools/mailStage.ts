import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { type Ask, client } from "./client.ts";
import { OPEN_HOURS } from "./demo/workspace.ts";
import { MAIL_SETTINGS, type MailAccount, mailSenders, openMailAccount } from "./mailAccount.ts";

/** A workspace made ready for a trial of e-mail: people who have opted in, one from-address in four pools without limits. */
export interface MailStage {
  workspaceId: string;
  listId: string;
  senderIds: string[];
  account: MailAccount;
  ask: Ask;
}

export interface MailStageOptions {
  apiUrl: string;
  sandbox: Ask;
  people: number;
  /** Fields of the senders beside channel, address and pool. */
  sender?: Record<string, unknown>;
  email?: Record<string, unknown>;
}

const UNLIMITED = { max_per_hour: 1_000_000, max_per_day: 10_000_000, warmup_enabled: false };

/** People are written by SQL, everything else by the API. */
export async function setMailStage(db: Db, options: MailStageOptions): Promise<MailStage> {
  const { workspace, apiKey } = await createWorkspaceWithOwner(db, {
    name: "Trial",
    test_mode: true,
    default_region: "CO",
    time_zone: "America/Bogota",
    settings: { ...OPEN_HOURS, email: { ...MAIL_SETTINGS.email, ...options.email } },
  });
  const { apiUrl: publicUrl, sandbox } = options;
  const ask = client(publicUrl, apiKey);
  const account = await openMailAccount({ sandbox, ask, publicUrl, workspaceId: workspace.id });
  const senderIds: string[] = [];
  for (const sender of mailSenders("valeria@artekmar.example.com", account)) {
    const { id } = await ask("POST /v1/senders", { ...sender, ...UNLIMITED, ...options.sender });
    senderIds.push(id);
  }
  const list = await ask("POST /v1/contact-lists", { name: "Everybody" });
  await insertReaders(db, workspace.id, list.id, options.people);
  return { workspaceId: workspace.id, listId: list.id, senderIds, account, ask };
}

/** People with an address of their own, a name, a city and an opt-in for e-mail. */
async function insertReaders(db: Db, workspaceId: string, listId: string, people: number): Promise<void> {
  await sql`
    with people as (
      insert into contacts (workspace_id, identity, email, name, city, country)
      select ${workspaceId}::uuid, 'mailto:' || email, email, 'Persona ' || i, 'Cali', 'CO'
      from (select i, 'persona.' || i || '@correo' || i % 20 || '.example.com' as email
        from generate_series(0, ${people - 1}::bigint) i) addresses
      returning id
    ), members as (
      insert into contact_list_members (workspace_id, list_id, contact_id)
      select ${workspaceId}::uuid, ${listId}::uuid, id from people
    )
    insert into consents (workspace_id, contact_id, channel, state, purpose, source, method)
    select ${workspaceId}::uuid, id, 'email', 'opted_in', 'marketing', 'trial', 'trial' from people`.execute(
    db,
  );
  await sql`analyze contacts, consents, contact_list_members`.execute(db);
}
