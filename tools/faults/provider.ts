import { setTimeout as sleep } from "node:timers/promises";
import type { Ask } from "../client.ts";
import { attemptOf, mailState, sandboxMailCalls, sandboxMails } from "../sandboxMail.ts";
import type { SandboxMessage } from "./asTold.ts";

/** A few per cent of everything that a provider and a network can do wrong, as POST /_sandbox/faults takes it. */
export const providerFaults = (seed: number) => ({
  seed,
  latency: { min_ms: 20, max_ms: 80 },
  rates: {
    http_429: 0.01,
    http_500: 0.01,
    http_503: 0.01,
    http_500_after_accept: 0.01,
    drop_before: 0.01,
    drop_after_accept: 0.01,
    hang: 0.005,
    hang_after_accept: 0.005,
    receipts_lost: 0.03,
    receipts_doubled: 0.03,
    receipts_delayed: 0.03,
    receipts_disordered: 0.03,
  },
  hang_ms: 5_000,
});

const PENDING_MS = 30_000;

/** Waits until the sandbox has told everything it will, or will not come to it. */
export async function untilTold(sandbox: Ask): Promise<void> {
  const deadline = performance.now() + PENDING_MS;
  while ((await sandbox("GET /_sandbox/ledger"))["pending"] > 0 && performance.now() < deadline)
    await sleep(250);
}

/** Waits for that, then gives its ledger and all its outgoing messages. */
export async function everythingTold(
  sandbox: Ask,
): Promise<{ ledger: { twice: number }; messages: SandboxMessage[] }> {
  await untilTold(sandbox);
  const messages: SandboxMessage[] = [];
  for (let cursor: number | null = 0; cursor !== null; ) {
    const page = await sandbox(
      `GET /_sandbox/messages?direction=outbound&body=0&limit=1000&cursor=${cursor}`,
    );
    messages.push(
      ...(page["messages"] as (SandboxMessage & { direction: string })[]).filter(
        (message) => message.direction === "outbound",
      ),
    );
    cursor = page["next_cursor"] as number | null;
  }
  return { ledger: await sandbox("GET /_sandbox/ledger"), messages };
}

/** The same for e-mail; a mail's id is that of the attempt that it was sent for. */
export async function mailToldOf(sandbox: Ask): Promise<{
  ledger: { twice: number };
  messages: SandboxMessage[];
  /** Attempts of whose call an event was told and acknowledged: what became of it can be known. */
  proven: Set<string>;
}> {
  const deadline = performance.now() + PENDING_MS;
  while ((await sandbox("GET /_sandbox/mail/ledger"))["pending"] > 0 && performance.now() < deadline)
    await sleep(250);
  const [mails, calls] = await Promise.all([sandboxMails(sandbox), sandboxMailCalls(sandbox)]);
  const proving = new Set(calls.filter(({ told }) => told > 0).map(({ call }) => call));
  return {
    ledger: await sandbox("GET /_sandbox/mail/ledger"),
    messages: mails.map((mail) => ({
      sid: attemptOf(mail),
      to: mail.to,
      told: mailState(mail.told),
      status: mailState(mail.events),
    })),
    proven: new Set(mails.filter(({ call }) => proving.has(call)).map(attemptOf)),
  };
}
