import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { Pool } from "undici";
import { type Rig, startRig } from "../tools/rig.ts";
import { setStage } from "../tools/stage.ts";
import { cpuMsSince } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

const STATUSES = ["sent", "delivered", "read"] as const;
/** How many of a hundred receipts come a second time, and how far receipts stray from their order. */
const DOUBLED_PERCENT = 5;
const STRAY = 5_000;
const IN_FLIGHT = 200;
const STEADY_PER_SECOND = 1_000;
const STEADY_SECONDS = 20;
/** No further round is begun that would not end by then. */
const MOST_MS = 300_000;

interface Accepted {
  id: string;
  sid: string;
}

/**
 * Signed receipts for messages that the provider has accepted, doubled and shuffled, taken by one API process: as fast
 * as it can, then at a steady pace for the time that one takes. No worker runs, so whatever is owed to Temporal waits.
 */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const receipts = context.size(1_000_000);
  const rounds: Record<"rate" | "api" | "postgres" | "p50" | "p99", number[]> = {
    rate: [],
    api: [],
    postgres: [],
    p50: [],
    p99: [],
  };
  const began = performance.now();
  for (let round = 0; round < context.rounds; round++) {
    if (((performance.now() - began) / (round || 1)) * (round + 1) > MOST_MS) break;
    const rig = await startRig({ workers: 0 });
    try {
      const { workspaceId, senderIds } = await setStage(rig.database.db, {
        apiUrl: rig.apiUrl,
        people: 1,
        senders: 16,
      });
      const steady = STEADY_PER_SECOND * STEADY_SECONDS;
      const messages = await acceptedMessages(
        rig,
        workspaceId,
        senderIds,
        Math.ceil((receipts + steady) / STATUSES.length),
      );
      const requests = signed(rig, workspaceId, messages);
      const used = cpuMsSince(rig, ["api", "postgres"]);
      const seconds = await asFastAsItGoes(rig, requests, receipts);
      const { api, postgres } = used();
      rounds.rate.push(receipts / seconds);
      rounds.api.push(api / receipts);
      rounds.postgres.push(postgres / receipts);
      const times = await atASteadyPace(rig, requests, steady);
      rounds.p50.push(times[Math.floor(times.length * 0.5)] ?? 0);
      rounds.p99.push(times[Math.floor(times.length * 0.99)] ?? 0);
      await theRest(rig, requests);
      await everyReceiptCounts(rig, workspaceId, messages.length);
      context.say(
        `${Math.round(receipts / seconds)} receipts/s; at ${STEADY_PER_SECOND}/s p99 ${rounds.p99.at(-1)?.toFixed(1)} ms`,
      );
    } finally {
      await rig.close();
    }
  }
  return [
    figure("flood", "receipts_per_s", "1/s", rounds.rate, 5_000),
    figure("flood", "api_cpu_ms_per_receipt", "ms", rounds.api),
    figure("flood", "pg_cpu_ms_per_receipt", "ms", rounds.postgres),
    figure(`${STEADY_PER_SECOND}/s`, "p50", "ms", rounds.p50),
    figure(`${STEADY_PER_SECOND}/s`, "p99", "ms", rounds.p99, 100),
  ];
}

/** Rows as the delivery leaves them once the provider has answered. */
async function acceptedMessages(
  rig: Rig,
  workspaceId: string,
  senderIds: readonly string[],
  count: number,
): Promise<Accepted[]> {
  const { rows } = await sql<Accepted>`
    with made as (
      insert into messages (workspace_id, contact_id, sender_id, direction, channel, state, attempts, address,
        intended_at, accepted_at)
      select ${workspaceId}::uuid, uuidv7(), (${senderIds as string[]}::uuid[])[1 + i % ${senderIds.length}::int], 'out',
        'whatsapp', 'accepted', 1, '+57' || (3000000000 + i), now(), now()
      from generate_series(1, ${count}::bigint) i
      returning id, workspace_id, sender_id
    )
    insert into attempts (message_id, n, workspace_id, sender_id, epoch, outcome, settled_at, settled_by, provider_sid)
    select id, 1, workspace_id, sender_id, 1, 'accepted', now(), 'answer', 'SM' || replace(uuidv4()::text, '-', '')
    from made
    returning message_id as id, provider_sid as sid`.execute(rig.database.db);
  await sql`analyze messages, attempts`.execute(rig.database.db);
  return rows;
}

interface SignedRequest {
  path: string;
  body: string;
  signature: string;
}

/** Receipt after receipt, each somewhere near its place, some of them twice. */
function* signed(rig: Rig, workspaceId: string, messages: readonly Accepted[]): Generator<SignedRequest> {
  const held: SignedRequest[] = [];
  const random = numbers(1);
  for (const { id, sid } of messages) {
    for (const status of STATUSES) {
      const form: [string, string][] = [
        ["AccountSid", rig.account.accountSid],
        ["ApiVersion", "2010-04-01"],
        ["ChannelPrefix", "whatsapp"],
        ["From", "whatsapp:+573105550100"],
        ["MessageSid", sid],
        ["MessageStatus", status],
        ["SmsSid", sid],
        ["SmsStatus", status],
        ["To", "whatsapp:+573000000001"],
      ];
      const path = `/webhooks/twilio/status?workspace=${workspaceId}&attempt=${id}.1`;
      const request = {
        path,
        body: new URLSearchParams(form).toString(),
        signature: createHmac("sha1", rig.account.authToken)
          .update(rig.apiUrl + path + form.map((pair) => pair.join("")).join(""))
          .digest("base64"),
      };
      held.push(request);
      if (random() * 100 < DOUBLED_PERCENT) held.push(request);
    }
    while (held.length > STRAY) yield taken(held, Math.floor(random() * held.length));
  }
  while (held.length > 0) yield taken(held, Math.floor(random() * held.length));
}

function taken<T>(held: T[], at: number): T {
  const one = held[at] as T;
  held[at] = held.at(-1) as T;
  held.pop();
  return one;
}

/** Numbers from 0 to 1, the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x8000_0000;
  };
}

async function post(pool: Pool, { path, body, signature }: SignedRequest): Promise<void> {
  const { statusCode, body: answer } = await pool.request({
    path,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature },
    body,
  });
  await answer.dump();
  if (statusCode !== 200) throw new Error(`A receipt was answered with ${statusCode}`);
}

async function asFastAsItGoes(rig: Rig, requests: Generator<SignedRequest>, count: number): Promise<number> {
  const pool = new Pool(rig.apiUrl, { connections: IN_FLIGHT });
  let left = count;
  const began = performance.now();
  const lane = async () => {
    while (left-- > 0) {
      const next = requests.next();
      if (next.done) throw new Error("There were not enough receipts");
      await post(pool, next.value);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const seconds = (performance.now() - began) / 1_000;
  await pool.close();
  return seconds;
}

/** Milliseconds of each, from the moment at which it was due, in ascending order. */
async function atASteadyPace(rig: Rig, requests: Generator<SignedRequest>, count: number): Promise<number[]> {
  const pool = new Pool(rig.apiUrl, { connections: IN_FLIGHT });
  const times: number[] = [];
  const posted: Promise<void>[] = [];
  const began = performance.now();
  const timed = async (due: number, request: SignedRequest) => {
    await post(pool, request);
    times.push(performance.now() - due);
  };
  while (posted.length < count) {
    const due = Math.min(count, ((performance.now() - began) * STEADY_PER_SECOND) / 1_000);
    while (posted.length < due) {
      const next = requests.next();
      if (next.done) throw new Error("There were not enough receipts");
      posted.push(timed(began + (posted.length * 1_000) / STEADY_PER_SECOND, next.value));
    }
    await sleep(1);
  }
  await Promise.all(posted);
  await pool.close();
  return times.toSorted((a, b) => a - b);
}

async function theRest(rig: Rig, requests: Generator<SignedRequest>): Promise<void> {
  const pool = new Pool(rig.apiUrl, { connections: IN_FLIGHT });
  const posted: Promise<void>[] = [];
  for (const request of requests) posted.push(post(pool, request));
  await Promise.all(posted);
  await pool.close();
}

/** Whatever the order was, the last word of each message is that it was read. */
async function everyReceiptCounts(rig: Rig, workspaceId: string, messages: number): Promise<void> {
  const { rows } = await sql<{ read: number }>`
    select count(*) as read from messages where workspace_id = ${workspaceId} and state = 'read'`.execute(
    rig.database.db,
  );
  if (rows[0]?.read !== messages) throw new Error(`${rows[0]?.read} of ${messages} messages are read`);
}
