import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { judgeCampaign, type SandboxMessage } from "./faults/judge.ts";
import { carryOut, planKills } from "./faults/kills.ts";
import { seededRandom } from "./faults/random.ts";
import { type Ask, client } from "./client.ts";
import { type Rig, startRig } from "./rig.ts";
import { Failure, main, say } from "./say.ts";
import { type Stage, setStage } from "./stage.ts";

const usage = "usage: npm run faults -- [--messages 5000] [--kills 20] [--seed 1] [--json]";
const SENDERS = 16;
const WORKERS = 2;
/** Over how long the messages are spread, and the kills with them. */
const SPREAD_MS = 25_000;
const DEADLINE_MS = 240_000;

/** Waiting times, scaled so that a trial ends within a minute and a half; the rules are those of every day. */
const SCALED = {
  RETRY_BASE_SECONDS: "0.5",
  CALL_TIMEOUT_SECONDS: "1",
  LIST_LAG_SECONDS: "0.5",
  UNCERTAIN_GRACE_SECONDS: "4",
};

/** A few per cent of everything that a provider and a network can do wrong. */
const faultsOf = (seed: number) => ({
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

const behaviourOf = (seed: number) => ({
  match: { all: true },
  mix: {
    seed,
    refused: 0.01,
    undelivered: 0.02,
    failed: 0.01,
    silent: 0.01,
    read: 0.8,
    reply: 0.02,
    opt_out: 0.01,
  },
});

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        messages: { type: "string", default: "5000" },
        kills: { type: "string", default: "20" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
    const numbers = {
      messages: Number(values.messages),
      kills: Number(values.kills),
      seed: Number(values.seed),
    };
    for (const [name, value] of Object.entries(numbers))
      if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
    return { ...numbers, json: values.json };
  } catch (error) {
    throw new Failure(`${(error as Error).message}; ${usage}`);
  }
}

await main(async () => {
  const { messages, kills, seed, json } = readOptions();
  const tell = (line: string) => (json ? undefined : say(line));
  const rig = await startRig({ workers: WORKERS, env: SCALED, sandboxFile: true });
  try {
    const began = performance.now();
    const stage = await setStage(rig.database.db, {
      apiUrl: rig.apiUrl,
      people: messages,
      senders: SENDERS,
      sender: { gap_min_ms: 0, gap_max_ms: Math.round((2 * SPREAD_MS * SENDERS) / Math.max(messages, 1)) },
    });
    await spoilSome(rig, stage);
    const sandbox = client(rig.sandboxUrl);
    await sandbox("POST /_sandbox/faults", faultsOf(seed));
    await sandbox("POST /_sandbox/behaviours", behaviourOf(seed));
    const plan = planKills(seededRandom(seed), kills, SPREAD_MS);
    const campaignId = await startAndKillApi(rig, stage, kills > 0);
    const done = await carryOut(rig, plan, tell);
    if (kills > 0) done.api += 1;
    await completed(rig, campaignId, tell);
    const told = await everythingTold(sandbox);
    const { verdict, findings } = await judgeCampaign(
      rig.database.db,
      { campaignId, listId: stage.listId },
      told.ledger,
      told.messages,
    );
    for (const finding of findings) say(JSON.stringify(finding));
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    const result = { seed, messages, kills: done, ...verdict, seconds };
    process.stdout.write(`${JSON.stringify(result, null, json ? undefined : 2)}\n`);
    const held =
      verdict.twice + verdict.lost + verdict.unexplained + verdict.states_wrong + verdict.uncertain === 0;
    return held ? 0 : 1;
  } finally {
    await rig.close();
  }
});

/** Some of the audience must not get it, each for a reason that can be checked elsewhere. */
async function spoilSome(rig: Rig, stage: Stage): Promise<void> {
  const { db } = rig.database;
  const every = (
    n: number,
  ) => sql`(select id from (select id, row_number() over (order by id) as i from contacts
    where workspace_id = ${stage.workspaceId}) c where i % 100 = ${n})`;
  await sql`update contacts set phone_type = 'landline' where id in ${every(7)}`.execute(db);
  await sql`insert into consents (workspace_id, contact_id, channel, state, purpose, source, method)
    select ${stage.workspaceId}::uuid, id, 'whatsapp', 'opted_out', 'all', 'trial', 'trial' from ${every(13)} c`.execute(
    db,
  );
  await sql`delete from consents where contact_id in ${every(29)}`.execute(db);
}

/** Creates and starts the campaign, and kills the API as its answer arrives: Temporal may not have heard of it yet. */
async function startAndKillApi(rig: Rig, stage: Stage, kill: boolean): Promise<string> {
  const campaign = await stage.ask("POST /v1/campaigns", {
    name: "Faults",
    channel: "whatsapp",
    template_id: stage.templateId,
    list_ids: [stage.listId],
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  if (kill) {
    const api = rig.parts.get("api");
    if (api === undefined) throw new Error("The rig has no API");
    process.kill(api.pid, "SIGKILL");
    await api.ended;
    await api.start();
  }
  return campaign.id;
}

async function completed(rig: Rig, campaignId: string, tell: (line: string) => void): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let round = 0; performance.now() < deadline; round++) {
    const { rows } = await sql<{ state: string; open: number }>`
      select k.state, (select count(*) from messages where campaign_id = k.id and state in ('queued', 'sending', 'uncertain')) as open
      from campaigns k where id = ${campaignId}`.execute(rig.database.db);
    if (rows[0]?.state === "completed") return;
    if (round % 20 === 0) tell(`${rows[0]?.state}: ${rows[0]?.open} open`);
    await sleep(250);
  }
  tell("The campaign has not ended in time; judged as it stands.");
}

/** Waits until the sandbox has told everything it will, then gives its ledger and all its messages. */
async function everythingTold(
  sandbox: Ask,
): Promise<{ ledger: { twice: number }; messages: SandboxMessage[] }> {
  for (let tries = 0; tries < 120; tries++) {
    const ledger = await sandbox("GET /_sandbox/ledger");
    if (ledger["pending"] === 0) break;
    await sleep(250);
  }
  await sleep(1_500);
  const messages: SandboxMessage[] = [];
  for (let cursor: number | null = 0; cursor !== null; ) {
    const page = await sandbox(
      `GET /_sandbox/messages?direction=outbound&body=0&limit=1000&cursor=${cursor}`,
    );
    messages.push(
      ...(page["messages"] as (SandboxMessage & { direction: string })[]).filter(
        (m) => m.direction === "outbound",
      ),
    );
    cursor = page["next_cursor"] as number | null;
  }
  return { ledger: (await sandbox("GET /_sandbox/ledger")) as { twice: number }, messages };
}
