import type { Tx } from "../../db/connect.ts";
import { insertCalls, newCallIds, type NewCall } from "../../db/emailCalls.ts";
import { type FencedSender, type QueuedMessage, writeIntents } from "../../db/outbox.ts";
import type { ActivityDeps } from "../deps.ts";
import { type IntendedCall, mailGroups, MOST_IN_CALL, outgoingOf } from "./calls.ts";
import { spread } from "./pacing.ts";

/** Messages that are called for together: one, or people who get the same e-mail. */
interface Group {
  messages: QueuedMessage[];
  offsetMs: number;
  contentId: string | null;
  /** Of a call for many; null until it has one. */
  callId: string | null;
}

/** What one sender is about to send. */
export interface Plan {
  epoch: number;
  sender: FencedSender;
  groups: Group[];
  /** Until the sender may go on. */
  nextSendInMs: number;
}

/**
 * Messages with the moment of each, as calls; what the pace does not allow yet stays behind.
 * @param most people that a call of this content may have, where a larger one has been refused
 */
export function planOf(
  sender: FencedSender,
  messages: readonly QueuedMessage[],
  on: { epoch: number; most: ReadonlyMap<string, number> | undefined; minuteMs: number },
): Plan {
  const { offsets, nextSendInMs } = spread(sender, messages, on.minuteMs);
  const going = messages.slice(0, offsets.length);
  const offsetOf = new Map(going.map((message, index) => [message, offsets[index] ?? 0]));
  const groups =
    sender.channel === "email"
      ? mailGroups(going, (contentId) => on.most?.get(contentId) ?? MOST_IN_CALL)
      : going.map((message) => ({ contentId: null, messages: [message] }));
  return {
    epoch: on.epoch,
    sender,
    groups: groups.map((group) => ({
      ...group,
      offsetMs: offsetOf.get(group.messages[0] as QueuedMessage) ?? 0,
      callId: null,
    })),
    nextSendInMs,
  };
}

/** Writes the attempts and their calls; gives the attempt number of each message that may go. */
export async function writePlans(tx: Tx, going: readonly Plan[]): Promise<Map<string, number>> {
  const first = going[0];
  if (first === undefined) return new Map();
  const { workspace_id } = first.sender;
  const mails = going.flatMap(({ groups }) => groups.filter((group) => group.contentId !== null));
  const ids = mails.length === 0 ? [] : await newCallIds(tx, mails.length);
  for (const [index, group] of mails.entries()) group.callId = ids[index] ?? null;
  const numbers = await writeIntents(
    tx,
    workspace_id,
    going.map(({ sender, epoch, groups, nextSendInMs }) => ({
      senderId: sender.id,
      epoch,
      nextSendInMs,
      messageIds: groups.flatMap((group) => group.messages.map((message) => message.id)),
      ...(mails.length > 0 && {
        callIds: groups.flatMap((group) => group.messages.map(() => group.callId as string)),
      }),
    })),
  );
  await insertCalls(tx, workspace_id, mailCalls(going, numbers));
  return numbers;
}

/** The calls that have somebody in them still. */
function mailCalls(going: readonly Plan[], numbers: ReadonlyMap<string, number>): NewCall[] {
  return going.flatMap(({ sender, groups }) =>
    groups.flatMap(({ callId, contentId, messages }) => {
      const rows = messages.filter((message) => numbers.has(message.id)).length;
      if (callId === null || contentId === null || rows === 0) return [];
      return [{ id: callId, senderId: sender.id, contentId, rows }];
    }),
  );
}

/** The calls of a plan, without those who were withdrawn since it was read: they have no attempt, so there must be no call. */
export const callsOf = (
  deps: Pick<ActivityDeps, "publicUrl">,
  { sender, groups }: Plan,
  on: { numbers: ReadonlyMap<string, number>; deadline: number },
): IntendedCall[] => groups.flatMap((group) => callOf(deps, sender, group, on));

function callOf(
  deps: Pick<ActivityDeps, "publicUrl">,
  sender: FencedSender,
  group: Group,
  { numbers, deadline }: { numbers: ReadonlyMap<string, number>; deadline: number },
): IntendedCall[] {
  const { offsetMs, contentId, callId } = group;
  const rows = group.messages.flatMap((message) => {
    const n = numbers.get(message.id);
    return n === undefined ? [] : [{ message, n }];
  });
  const [first] = rows;
  if (first === undefined) return [];
  if (contentId !== null && callId !== null)
    return [{ kind: "mail", id: callId, contentId, sender, rows, offsetMs, deadline }];
  const { message, n } = first;
  // Those of e-mail have a content.
  const outgoing = outgoingOf(deps, sender, message as Parameters<typeof outgoingOf>[2], n);
  return [{ kind: "message", ...first, outgoing, offsetMs, deadline }];
}
