import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** A key pair as SendGrid has one for its signed event webhook, and posts signed with it. */
export function mailSigner() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    /** As SendGrid shows it. */
    publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    sign(body: string | Buffer, timestamp = String(Math.floor(Date.now() / 1_000))) {
      return {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-timestamp": timestamp,
        "x-twilio-email-event-webhook-signature": createSign("sha256")
          .update(timestamp)
          .update(body)
          .sign(privateKey, "base64"),
      };
    },
  };
}

/** An e-mail sender of a workspace, on the environment's account. */
export async function mailSender(
  db: Db,
  workspaceId: string,
  address = "ventas@example.com",
): Promise<string> {
  const { id } = await db
    .insertInto("senders")
    .values({ workspace_id: workspaceId, channel: "email", kind: "email", address, max_per_hour: 100_000 })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

export interface SentMail {
  id: string;
  contact_id: string;
  address: string;
}

/** An event of SendGrid for one of these, as it posts it. */
export const mailEvent = (
  workspaceId: string,
  mail: SentMail,
  name: string,
  fields: Record<string, unknown> = {},
) => ({
  email: mail.address,
  timestamp: Math.floor(Date.now() / 1_000) - 5,
  event: name,
  sg_event_id: randomUUID(),
  sg_message_id: `14c5d75ce93.${mail.id}.0`,
  workspace: workspaceId,
  message: mail.id,
  n: "1",
  ...fields,
});

/** People with an e-mail each, as the delivery leaves them once the provider has taken the call. */
export async function sentMails(
  db: Db,
  on: {
    workspaceId: string;
    senderId: string;
    count: number;
    /** Instead of made-up ones: as many as `count`. */
    addresses?: readonly string[];
    campaignId?: string;
    state?: "accepted" | "uncertain";
    domain?: string;
  },
): Promise<SentMail[]> {
  const state = on.state ?? "accepted";
  const { rows } = await sql<SentMail>`
    with people as (
      insert into contacts (workspace_id, email, identity)
      select ${on.workspaceId}::uuid, address, 'mailto:' || address
      from (select coalesce((${(on.addresses ?? null) as string[] | null}::text[])[i],
          'p' || replace(uuidv4()::text, '-', '') || '@' || ${on.domain ?? "gmail.com"}) as address
        from generate_series(1, ${on.count}::int) i) made
      returning id, email
    ), made as (
      insert into messages (workspace_id, contact_id, sender_id, campaign_id, direction, channel, state, attempts,
        address, intended_at, accepted_at)
      select ${on.workspaceId}::uuid, id, ${on.senderId}::uuid, ${on.campaignId ?? null}::uuid, 'out', 'email', ${state}, 1,
        email, now(), now() from people
      returning id, contact_id, address
    ), tried as (
      insert into attempts (message_id, n, workspace_id, sender_id, epoch, outcome, open_at, settled_at, settled_by)
      select id, 1, ${on.workspaceId}::uuid, ${on.senderId}::uuid, 1, ${state},
        case when ${state} <> 'accepted' then now() end, case when ${state} = 'accepted' then now() end, case when ${state} = 'accepted' then 'answer' end from made
    )
    select id, contact_id, address from made order by id`.execute(db);
  return rows;
}
