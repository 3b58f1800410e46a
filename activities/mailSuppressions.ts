import { inTransaction, type Tx } from "../db/connect.ts";
import {
  advanceStretch,
  beginStretch,
  endStretch,
  findChangedSuppressions,
  findKnownAddresses,
  findMailAccounts,
  findReturned,
  type MailAccountUse,
  noteSoftBounce,
  type SyncKey,
  wasLiftedSince,
} from "../db/emailSuppressionSync.ts";
import { declineTopic, findTopicOfGroup } from "../db/emailTopics.ts";
import { lockContacts } from "../db/locks.ts";
import { suppressAddress } from "../db/optOuts.ts";
import { addressHash, type Cancelled, suppress } from "../db/suppressions.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { recordOptOut, type Recipient, unsubscribe } from "../db/unsubscribes.ts";
import { canonicalEmail } from "../domain/address.ts";
import { type MailSuppression, SOFT_BOUNCE_DAYS, SOFT_BOUNCES } from "../domain/email/refusals.ts";
import {
  type GroupMember,
  type ListedAddress,
  SUPPRESSION_LISTS,
  type SuppressionList,
  type SuppressionLists,
} from "../providers/suppressions.ts";
import { wakeCampaign } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

export interface MailSuppressionReport {
  accounts: number;
  /** Entries of the provider's lists that were looked at. */
  read: number;
  /** Suppressions that were told the provider, and those that it was told to forget. */
  written: number;
  released: number;
  /** Accounts that could not be asked: the next time goes on with them. */
  failed: number;
}

const PAGE = 500;
const MEANS: Readonly<Record<Exclude<SuppressionList, "blocks">, MailSuppression>> = {
  bounces: "bounced",
  spam_reports: "complaint",
  invalid_emails: "invalid",
  unsubscribes: "opted_out",
};
/** The lists that a reason here may stand for there. */
const STANDS_ON: Readonly<Record<string, readonly SuppressionList[]>> = {
  bounced: ["bounces", "blocks", "unsubscribes"],
  complaint: ["spam_reports", "unsubscribes"],
  invalid: ["invalid_emails", "unsubscribes"],
};

type Deps = Pick<ActivityDeps, "db" | "kick" | "log" | "addressKey" | "suppressionListsOf">;

/**
 * Brings the suppressions of every workspace that sends e-mail and the lists of its provider together, both ways: what
 * came on a list since the last time holds here, what is suppressed or lifted here is told there. Goes on where it was
 * broken off; repeatable.
 *
 * An account that several workspaces share is read for the people whom each knows, and never written to: what one of
 * them suppresses is not the others' affair.
 */
export async function syncMailSuppressions(deps: Deps): Promise<MailSuppressionReport> {
  const report = { accounts: 0, read: 0, written: 0, released: 0, failed: 0 };
  for (const use of await findMailAccounts(deps.db)) {
    try {
      const lists = await deps.suppressionListsOf(use.workspace_id, use.provider_account_id);
      if (lists === null) continue;
      for (const list of SUPPRESSION_LISTS) report.read += await readList(deps, use, lists, list);
      report.read += await readGroups(deps, use, lists, report);
      if (use.alone) await writeList(deps, use, lists, report);
      report.accounts += 1;
    } catch (error) {
      // One account that is shut must not keep the others from being read.
      report.failed += 1;
      const { name, message } = error as Error;
      deps.log.warn(
        { workspace_id: use.workspace_id, why: `${name}: ${message}` },
        "suppression lists were not read",
      );
    }
  }
  deps.kick();
  return report;
}

const keyOf = (use: MailAccountUse, list: string): SyncKey => ({
  workspaceId: use.workspace_id,
  providerAccountId: use.provider_account_id,
  list,
});

async function readList(
  deps: Deps,
  use: MailAccountUse,
  lists: SuppressionLists,
  list: SuppressionList,
): Promise<number> {
  const key = keyOf(use, list);
  const { from, until, offset } = await beginStretch(deps.db, key);
  for (let read = offset; ; ) {
    const page = await lists.read(list, { from, until, offset: read, limit: PAGE });
    await takePage(deps, key, page, use, (tx, entry, recipient) => heed(tx, deps, list, entry, recipient));
    read += page.length;
    if (page.length < PAGE) {
      await endStretch(deps.db, key);
      return read - offset;
    }
  }
}

/**
 * Those who left a group since the last time; the list has no pages, so it is all of it each time. Who left it before
 * and has come back here since is taken off it there.
 */
async function readGroups(
  deps: Deps,
  use: MailAccountUse,
  lists: SuppressionLists,
  report: MailSuppressionReport,
): Promise<number> {
  const key = keyOf(use, "groups");
  const { from, until } = await beginStretch(deps.db, key);
  const all = await lists.readGroups();
  const members = all.filter(({ at }) => at <= until && (from === null || at > from));
  const before = from === null || !use.alone ? [] : all.filter(({ at }) => at <= from);
  for (const { groupId, address } of await findReturned(deps.db, use.workspace_id, deps.addressKey, before)) {
    await lists.releaseFromGroup(groupId, address);
    report.released += 1;
  }
  for (let done = 0; done < members.length; done += PAGE)
    await takePage(deps, key, members.slice(done, done + PAGE), use, (tx, entry, recipient) =>
      leaveGroup(tx, deps, entry, recipient),
    );
  await endStretch(deps.db, key);
  return members.length;
}

/** One page in one transaction, with how far the list has been read. */
async function takePage<Entry extends ListedAddress>(
  deps: Deps,
  key: SyncKey,
  page: readonly Entry[],
  use: MailAccountUse,
  take: (tx: Tx, entry: Entry, recipient: Recipient) => Promise<Cancelled["campaigns"]>,
): Promise<void> {
  const { workspaceId } = key;
  const entries = page.map((entry) => ({ entry, address: canonicalEmail(entry.address) }));
  await inTransaction(deps.db, async (tx) => {
    const known = await findKnownAddresses(
      tx,
      workspaceId,
      entries.map(({ address }) => address),
    );
    await lockContacts(tx, [...known.values()].flat());
    let news = 0;
    for (const { entry, address } of entries) {
      const contactIds = known.get(address) ?? [];
      if (contactIds.length === 0 && !use.alone) continue;
      if (await wasLiftedSince(tx, workspaceId, addressHash(deps.addressKey, address), entry.at)) continue;
      const campaigns = await take(tx, entry, { workspaceId, address, contactIds });
      news += 1;
      await oweWake(
        tx,
        campaigns.map((one) => wakeCampaign(one)),
      );
    }
    await advanceStretch(tx, key, page.length, news);
  });
}

async function heed(
  tx: Tx,
  deps: Deps,
  list: SuppressionList,
  { at }: ListedAddress,
  recipient: Recipient,
): Promise<Cancelled["campaigns"]> {
  const { workspaceId, address, contactIds } = recipient;
  if (list === "blocks") {
    const soft = await noteSoftBounce(tx, { workspaceId, contactIds, at, days: SOFT_BOUNCE_DAYS });
    if (soft < SOFT_BOUNCES) return [];
  }
  const reason = list === "blocks" ? "bounced" : MEANS[list];
  if (reason === "complaint" || reason === "opted_out") {
    const word = { source: "provider_list" as const, method: list, evidence: { list }, at };
    await recordOptOut(tx, recipient, { ...word, purpose: "all" });
  }
  const of = { workspaceId, channel: "email" as const, address, reason, source: "provider_list" };
  // Somebody nobody here writes to yet: the address holds for whoever comes with it.
  if (contactIds.length === 0) await suppress(tx, deps.addressKey, of);
  const campaigns: Cancelled["campaigns"] = [];
  for (const contactId of contactIds)
    campaigns.push(...(await suppressAddress(tx, deps.addressKey, { ...of, contactId })).campaigns);
  return campaigns;
}

/** As the event would have: a topic, or marketing as a whole. */
async function leaveGroup(
  tx: Tx,
  deps: Deps,
  { groupId, at }: GroupMember,
  recipient: Recipient,
): Promise<Cancelled["campaigns"]> {
  const topic = await findTopicOfGroup(tx, recipient.workspaceId, groupId);
  if (topic !== undefined) return (await declineTopic(tx, recipient, topic.id)).campaigns;
  const word = { source: "provider_list" as const, method: "group", evidence: { group_id: groupId }, at };
  return (await unsubscribe(tx, deps.addressKey, recipient, word)).campaigns;
}

async function writeList(
  deps: Deps,
  use: MailAccountUse,
  lists: SuppressionLists,
  report: MailSuppressionReport,
): Promise<void> {
  const key = keyOf(use, "written");
  const stretch = await beginStretch(deps.db, key);
  for (let { offset } = stretch; ; ) {
    const changed = await findChangedSuppressions(deps.db, use.workspace_id, { ...stretch, offset }, PAGE);
    const holding = changed.filter(({ lifted }) => !lifted).map(({ address }) => address);
    if (holding.length > 0) await lists.suppress(holding);
    for (const { address, reason } of changed.filter(({ lifted }) => lifted)) {
      if (holding.includes(address)) continue;
      for (const list of STANDS_ON[reason] ?? (["unsubscribes"] as const)) await lists.release(list, address);
      report.released += 1;
    }
    report.written += holding.length;
    offset += changed.length;
    await inTransaction(deps.db, (tx) => advanceStretch(tx, key, changed.length, holding.length));
    if (changed.length < PAGE) break;
  }
  await endStretch(deps.db, key);
}
