import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../say.ts";
import type { Ask } from "../client.ts";
import type { DemoChannel, Stage } from "./stage.ts";

const POLL_MS = 400;
/** Longer than the first wait before a retry, which is 2 minutes. */
const STALLED_MS = 150_000;

export interface Preflight {
  audience: number;
  would_send: number;
  skipped: Record<string, number>;
  held: Record<string, number>;
  senders: number;
  warnings: string[];
}

interface CampaignNow {
  state: string;
  state_reason: string | null;
  progress: { audience: number; by_state: Record<string, number>; replied: number; per_minute: number };
}

/** A draft for everybody on the list, with what its preflight says. */
export async function draftCampaign(
  { ask, message, senderIds }: Stage,
  channel: DemoChannel,
  listId: string,
): Promise<{ id: string; preflight: Preflight }> {
  const { id } = await ask("POST /v1/campaigns", {
    name: "Altos de Los Rosales",
    channel,
    ...message,
    list_ids: [listId],
    sender_ids: senderIds,
    variables: { product_name: "Altos de Los Rosales" },
  });
  return { id, preflight: await ask(`POST /v1/campaigns/${id}/preflight`) };
}

/** Starts the draft and stays until it has ended. */
export async function runCampaign(
  ask: Ask,
  id: string,
  show: (figures: string) => void,
): Promise<CampaignNow> {
  await ask(`POST /v1/campaigns/${id}/start`, {});
  const stalled = stallWatch();
  for (;;) {
    const now: CampaignNow = await ask(`GET /v1/campaigns/${id}`);
    const figures = figuresOf(now);
    show(figures);
    if (["completed", "cancelled", "failed", "paused"].includes(now.state)) return now;
    if (stalled(figures))
      throw new Failure(`The campaign does not move; Temporal UI says why: campaign:${id}`);
    await sleep(POLL_MS);
  }
}

/** Waits until the sandbox has told all: receipts, replies, opt-outs. */
export async function awaitReceipts(
  sandbox: Ask,
  { channel, account }: { channel: DemoChannel; account: string },
  show: (figures: string) => void,
) {
  const ledger = channel === "email" ? `mail/ledger?account=${account}` : `ledger?account_sid=${account}`;
  const stalled = stallWatch();
  for (;;) {
    const { pending } = await sandbox(`GET /_sandbox/${ledger}`);
    if (pending === 0) return;
    show(`${pending} receipts and replies to come`);
    if (stalled(String(pending)))
      throw new Failure("The sandbox cannot deliver its receipts; its log says why.");
    await sleep(POLL_MS);
  }
}

/** Says whether what it is shown has stayed the same for too long. */
function stallWatch(): (seen: string) => boolean {
  let last = "";
  let since = performance.now();
  return (seen) => {
    if (seen !== last) since = performance.now();
    last = seen;
    return performance.now() - since > STALLED_MS;
  };
}

function figuresOf({ progress: { audience, by_state, replied } }: CampaignNow): string {
  const { queued = 0, accepted = 0, sent = 0, delivered = 0, read = 0 } = by_state;
  return `${audience - queued}/${audience} done · ${accepted + sent + delivered + read} accepted · ${delivered + read} delivered · ${read} read · ${replied} replied`;
}
