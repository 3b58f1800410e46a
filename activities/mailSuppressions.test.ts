import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acceptTopic } from "../db/emailTopics.ts";
import { addressHash, suppress } from "../db/suppressions.ts";
import { resubscribe } from "../db/unsubscribes.ts";
import type {
  GroupMember,
  ListedAddress,
  SuppressionList,
  SuppressionLists,
} from "../providers/suppressions.ts";
import { mailSender, type SentMail, sentMails } from "../test/mail.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import { syncMailSuppressions } from "./mailSuppressions.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

/** A provider's lists, as it keeps them. */
function standIn() {
  const listed = new Map<SuppressionList, ListedAddress[]>();
  const groups: GroupMember[] = [];
  const written: string[] = [];
  const released: string[] = [];
  const pages: number[] = [];
  let breaks: number | null = null;
  const lists: SuppressionLists = {
    read(list, { from, until, offset, limit }) {
      if (breaks !== null && breaks-- === 0) return Promise.reject(new Error("SendGrid is away"));
      pages.push(offset);
      const within = (listed.get(list) ?? []).filter(
        ({ at }) => at <= until && (from === null || at >= from),
      );
      return Promise.resolve(within.slice(offset, offset + limit));
    },
    readGroups: () => Promise.resolve(groups),
    suppress: (addresses) => Promise.resolve(void written.push(...addresses)),
    release: (list, address) => Promise.resolve(void released.push(`${list} ${address}`)),
    releaseFromGroup: (groupId, address) =>
      Promise.resolve(void released.push(`group ${groupId} ${address}`)),
  };
  return {
    lists,
    groups,
    written,
    released,
    pages,
    put: (list: SuppressionList, address: string, minutesAgo = 10) => {
      const at = new Date(Date.now() - minutesAgo * 60_000);
      listed.set(list, [...(listed.get(list) ?? []), { address, at }]);
    },
    breakAt: (call: number) => (breaks = call),
  };
}

/** A workspace of its own that sends e-mail by an account of its own. */
async function senderOf(
  account: boolean,
): Promise<{ workspaceId: string; senderId: string; mail(): Promise<SentMail> }> {
  const workspaceId = await stage.workspace();
  const senderId = await mailSender(stage.db, workspaceId, `hola@${workspaceId}.example`);
  if (account) {
    const { id } = await stage.db
      .insertInto("provider_accounts")
      .values({
        workspace_id: workspaceId,
        provider: "sendgrid",
        name: "SendGrid",
        account_sid: `SG.${workspaceId}`,
        sealed_credentials: Buffer.from(""),
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await sql`update senders set provider_account_id = ${id} where id = ${senderId}`.execute(stage.db);
  }
  return {
    workspaceId,
    senderId,
    mail: async () => (await sentMails(stage.db, { workspaceId, senderId, count: 1 }))[0] as SentMail,
  };
}

const sync = (of: { workspaceId: string }, lists: SuppressionLists) =>
  syncMailSuppressions({
    ...stage.deps,
    suppressionListsOf: (workspaceId) => Promise.resolve(workspaceId === of.workspaceId ? lists : null),
  });

const suppressionsOf = async (workspaceId: string) => {
  const rows = await stage.db
    .selectFrom("suppressions")
    .select(["address", "reason", "source"])
    .where("workspace_id", "=", workspaceId)
    .where("lifted_at", "is", null)
    .orderBy("address")
    .execute();
  return rows.map(({ address, reason, source }) => [address, reason, source]);
};

test("lists · hold here by what they mean, for those who are known and those who are not, and are read once", async () => {
  const on = await senderOf(true);
  const provider = standIn();
  const one = await on.mail();
  provider.put("bounces", "A@Example.com");
  provider.put("spam_reports", one.address.toUpperCase());
  provider.put("invalid_emails", "c@example.com");
  provider.put("unsubscribes", "d@example.com");
  expect(await sync(on, provider.lists)).toMatchObject({ accounts: 1, read: 4, failed: 0 });
  const expected = [
    ["a@example.com", "bounced", "provider_list"],
    ["c@example.com", "invalid", "provider_list"],
    ["d@example.com", "opted_out", "provider_list"],
    [one.address, "complaint", "provider_list"],
  ];
  expect(await suppressionsOf(on.workspaceId)).toEqual(expected);
  const consents = stage.db.selectFrom("consents").select(["state", "purpose", "source", "method"]);
  expect(await consents.where("contact_id", "=", one.contact_id).execute()).toEqual([
    { state: "opted_out", purpose: "all", source: "provider_list", method: "spam_reports" },
  ]);
  expect(await sync(on, provider.lists)).toMatchObject({ read: 0 });
  expect(await suppressionsOf(on.workspaceId)).toEqual(expected);
});

test("lists · are read page by page, and go on where they were broken off", async () => {
  const on = await senderOf(true);
  const provider = standIn();
  for (let n = 0; n < 1_101; n++) provider.put("bounces", `p${n}@example.com`);
  provider.breakAt(1);
  expect(await sync(on, provider.lists)).toMatchObject({ failed: 1, accounts: 0 });
  expect(await suppressionsOf(on.workspaceId)).toHaveLength(500);
  expect(await sync(on, provider.lists)).toMatchObject({ failed: 0, accounts: 1 });
  expect(provider.pages.slice(0, 3)).toEqual([0, 500, 1_000]);
  expect(await suppressionsOf(on.workspaceId)).toHaveLength(1_101);
});

test("soft bounces · of the list count where no event told of them, each message once", async () => {
  const on = await senderOf(true);
  const provider = standIn();
  const one = await on.mail();
  await sql`update messages set intended_at = now() - interval '1 day' where id = ${one.id}`.execute(
    stage.db,
  );
  for (let n = 0; n < 4; n++) provider.put("blocks", one.address, 30 + n);
  await sync(on, provider.lists);
  expect(await suppressionsOf(on.workspaceId)).toEqual([]);
  for (let n = 0; n < 2; n++) {
    await stage.db
      .insertInto("messages")
      .values({
        workspace_id: on.workspaceId,
        contact_id: one.contact_id,
        sender_id: on.senderId,
        direction: "out",
        channel: "email",
        state: "undelivered",
        address: one.address,
        intended_at: sql`now() - ${2 + n} * interval '1 hour'`,
      })
      .execute();
  }
  await stage.db.deleteFrom("email_suppression_syncs").where("workspace_id", "=", on.workspaceId).execute();
  provider.put("blocks", one.address, 100);
  provider.put("blocks", one.address, 150);
  await sync(on, provider.lists);
  expect(await suppressionsOf(on.workspaceId)).toEqual([[one.address, "bounced", "provider_list"]]);
});

test("groups · decline their topic, or end marketing where they stand for none, until the person comes back", async () => {
  const on = await senderOf(true);
  const provider = standIn();
  const [one, other] = [await on.mail(), await on.mail()];
  const { id } = await stage.db
    .insertInto("email_topics")
    .values({ workspace_id: on.workspaceId, name: "Ofertas", asm_group_id: 5 })
    .returning("id")
    .executeTakeFirstOrThrow();
  const at = new Date(Date.now() - 600_000);
  provider.groups.push({ address: one.address, groupId: 5, at }, { address: other.address, groupId: 6, at });
  await sync(on, provider.lists);
  const declined = stage.db.selectFrom("email_preferences").select("declined");
  expect(await declined.where("contact_id", "=", one.contact_id).execute()).toEqual([{ declined: [id] }]);
  expect(await suppressionsOf(on.workspaceId)).toEqual([[other.address, "unsubscribed", "provider_list"]]);
  expect(provider.released).toEqual([]);
  const { workspaceId } = on;
  await stage.db.transaction().execute(async (tx) => {
    await acceptTopic(tx, { workspaceId, address: one.address, contactIds: [one.contact_id] }, id);
    const left = { workspaceId, address: other.address, contactIds: [other.contact_id] };
    const word = { source: "unsubscribe_link" as const, method: "preference_page", evidence: {}, at: null };
    await resubscribe(tx, stage.deps.addressKey, left, word);
  });
  await sync(on, provider.lists);
  expect(await declined.where("contact_id", "=", one.contact_id).execute()).toEqual([{ declined: [] }]);
  expect(await suppressionsOf(workspaceId)).toEqual([]);
  expect(provider.released).toContain(`group 5 ${one.address}`);
  expect(provider.released).toContain(`group 6 ${other.address}`);
});

test("what is suppressed here · is told there, and what is lifted is forgotten there and does not come back", async () => {
  const on = await senderOf(true);
  const provider = standIn();
  const of = { workspaceId: on.workspaceId, channel: "email" as const, source: "api" };
  const put = (address: string, reason: "bounced" | "unsubscribed" | "blocked") =>
    suppress(stage.db, stage.deps.addressKey, { ...of, address, reason });
  await put("a@example.com", "bounced");
  await put("b@example.com", "blocked");
  await put("c@example.com", "unsubscribed");
  await sql`update suppressions set created_at = now() - interval '1 hour' where workspace_id = ${on.workspaceId}`.execute(
    stage.db,
  );
  provider.put("bounces", "a@example.com", 300);
  provider.put("bounces", "d@example.com", 300);
  expect(await sync(on, provider.lists)).toMatchObject({ written: 2, released: 0 });
  expect(provider.written).toEqual(["a@example.com", "b@example.com"]);
  await sql`update suppressions set lifted_at = now() - interval '5 minutes'
    where workspace_id = ${on.workspaceId} and address in ('a@example.com', 'd@example.com')`.execute(
    stage.db,
  );
  await sql`update email_suppression_syncs set synced_until = now() - interval '400 minutes'
    where workspace_id = ${on.workspaceId}`.execute(stage.db);
  await sync(on, provider.lists);
  expect(provider.released).toContain("bounces a@example.com");
  expect(provider.released).toContain("bounces d@example.com");
  expect((await suppressionsOf(on.workspaceId)).map(([address]) => address)).toEqual([
    "b@example.com",
    "c@example.com",
  ]);
});

test("an account that workspaces share · is read for the people of each, and not written to", async () => {
  const [on] = [await senderOf(false), await senderOf(false)];
  const provider = standIn();
  const one = await on.mail();
  provider.put("bounces", one.address);
  provider.put("bounces", "somebody.elses@example.com");
  const of = { workspaceId: on.workspaceId, channel: "email" as const, source: "api" };
  const reason = "blocked" as const;
  await suppress(stage.db, stage.deps.addressKey, { ...of, address: "mine@example.com", reason });
  await sync(on, provider.lists);
  expect(await suppressionsOf(on.workspaceId)).toEqual([
    ["mine@example.com", "blocked", "api"],
    [one.address, "bounced", "provider_list"],
  ]);
  expect(provider.written).toEqual([]);
  const hash = addressHash(stage.deps.addressKey, "somebody.elses@example.com");
  const stray = stage.db.selectFrom("suppressions").select("id").where("address_hash", "=", hash);
  expect(await stray.execute()).toEqual([]);
});
