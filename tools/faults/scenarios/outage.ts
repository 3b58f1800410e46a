import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import pg from "pg";
import type { Rig } from "../../rig.ts";
import { root } from "../../home.ts";
import { type Stage, setStage } from "../../stage.ts";
import { clearDisk, fillDisk } from "../disk.ts";
import { judgeCampaign } from "../judge.ts";
import { everythingTold, providerFaults } from "../provider.ts";
import type { Scenario, Trial, TrialOutcome } from "../scenario.ts";

const SENDERS = 8;
/** How long the pace alone takes for each of the two campaigns: together longer than all that goes wrong. */
const SPREAD_MS = 35_000;
const TEMPORAL_AWAY_MS = 20_000;
const TROUBLE_MS = 6_000;
const CLOCK_OFF_MS = 10 * 60_000;
const DISK_MB = 700;
/** People who opt out while Temporal is away. */
const OPT_OUTS = 10;

/** What holds a whole installation up for a while, one after the other; it goes on by itself. */
export const outage: Scenario = {
  summary: "Temporal away, the database restarted, read-only and full, the workers' clocks off",
  size: { messages: 1_000, kills: 1 },
  rig: {
    postgresDiskMb: DISK_MB,
    postgresSettings: ["max_wal_size=128MB", "shared_buffers=64MB"],
    // One is ten minutes ahead, the other as much behind: what decides are the database's clock and their own stopwatches.
    workerEnv: (worker) => ({
      CLOCK_SHIFT_MS: String(worker === 1 ? CLOCK_OFF_MS : -CLOCK_OFF_MS),
      NODE_OPTIONS: `--import ${join(root, "tools", "faults", "shiftClock.ts")}`,
    }),
  },
  run,
};

async function run(trial: Trial): Promise<TrialOutcome> {
  const { rig, sandbox, seed, messages, tell } = trial;
  const stage = await setStage(rig.database.db, {
    apiUrl: rig.apiUrl,
    people: messages,
    senders: SENDERS,
    sender: { gap_min_ms: 0, gap_max_ms: Math.round((2 * SPREAD_MS * SENDERS) / Math.max(messages, 1)) },
  });
  await sandbox("POST /_sandbox/accounts", {
    sid: rig.account.accountSid,
    token: rig.account.authToken,
    inbound_url: `${rig.apiUrl}/webhooks/twilio/inbound`,
  });
  await sandbox("POST /_sandbox/faults", providerFaults(seed));
  await sandbox("POST /_sandbox/behaviours", {
    match: { all: true },
    mix: { seed, read: 0.8, silent: 0.01 },
  });
  const first = await start(stage, "Antes");
  await trial.until(async () => (await countAccepted(rig)) > 0);

  const away = partOf(rig, "temporal");
  tell("Temporal goes away");
  process.kill(away.pid, "SIGKILL");
  await away.ended;
  const second = await start(stage, "Durante");
  const optedOut = await optOutSome(trial, stage, first);
  await sleep(TEMPORAL_AWAY_MS);
  await away.start();
  tell("Temporal is back");

  await troubleDatabase(trial);
  const ended = await trial.until(async () => (await countRunning(rig)) === 0);
  tell(ended ? "both campaigns have ended" : "a campaign has not ended in time; judged as it stands");
  const told = await everythingTold(sandbox);

  const { db } = rig.database;
  const judged = (campaignId: string) =>
    judgeCampaign(db, { campaignId, listId: stage.listId }, told.ledger, told.messages);
  const verdicts = [await judged(first), await judged(second)];
  const sum = (of: "lost" | "unexplained" | "states_wrong" | "uncertain") =>
    verdicts.reduce((all, { verdict }) => all + verdict[of], 0);
  return {
    figures: {
      accepted: told.messages.length,
      opted_out: optedOut.size,
      disk_full: rig.disk === null ? 0 : 1,
    },
    wrong: {
      twice: told.ledger.twice,
      lost: sum("lost"),
      unexplained: sum("unexplained"),
      states_wrong: sum("states_wrong"),
      uncertain: sum("uncertain"),
      // Their webhooks are answered whether Temporal is there or not.
      opt_outs_refused: OPT_OUTS - optedOut.size,
      sent_after_opt_out: sentAfter(optedOut, told.messages),
    },
    findings: verdicts.flatMap(({ findings }) => findings),
  };
}

/** By API alone; an answer means that it is taken. */
async function start(stage: Stage, name: string): Promise<string> {
  const { id } = await stage.ask("POST /v1/campaigns", {
    name,
    channel: "whatsapp",
    template_id: stage.templateId,
    list_ids: [stage.listId],
    variables: { product_name: name },
    start: true,
  });
  return id;
}

/** People who wait for their message say STOP: phone → when the webhook had been answered. */
async function optOutSome(
  { rig, sandbox }: Trial,
  stage: Stage,
  campaignId: string,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ phone: string; sender: string }>`
    select c.phone, s.address as sender from messages m join contacts c on c.id = m.contact_id join senders s on s.id = m.sender_id
    where m.campaign_id = ${campaignId} and m.workspace_id = ${stage.workspaceId} and m.due_at is not null
    order by m.id desc limit ${OPT_OUTS}`.execute(rig.database.db);
  const done = new Map<string, number>();
  for (const { phone, sender } of rows) {
    const spelt = (address: string) => `whatsapp:${address}`;
    const answer = await sandbox("POST /_sandbox/inbound", {
      from: spelt(phone),
      to: spelt(sender),
      body: "BAJA",
    });
    if (answer.acknowledged === true) done.set(spelt(phone), Date.now());
  }
  return done;
}

/** A call that was under way when the person wrote may still have been accepted within its time. */
const IN_FLIGHT_MS = 3_000;

function sentAfter(
  optedOut: ReadonlyMap<string, number>,
  messages: readonly { to: string; accepted_at_ms?: number }[],
): number {
  return messages.filter(({ to, accepted_at_ms = 0 }) => {
    const at = optedOut.get(to);
    return at !== undefined && accepted_at_ms > at + IN_FLIGHT_MS;
  }).length;
}

/** Its connections end, it restarts, it takes no writes for a while as after a failover, its disk is full for a while. */
async function troubleDatabase({ rig, tell }: Trial): Promise<void> {
  for (let i = 0; i < 3; i++) {
    tell("every connection to the database ends");
    await asSuperuser(rig, TERMINATE);
    await sleep(1_000);
  }
  const postgres = partOf(rig, "postgres");
  tell("the database restarts");
  process.kill(postgres.pid, "SIGINT");
  await postgres.ended;
  await sleep(TROUBLE_MS);
  await postgres.start();

  tell("the database takes no writes");
  await asSuperuser(rig, "alter system set default_transaction_read_only = on", RELOAD, TERMINATE);
  await sleep(TROUBLE_MS);
  await asSuperuser(
    rig,
    "set default_transaction_read_only = off",
    "alter system reset default_transaction_read_only",
    RELOAD,
    TERMINATE,
  );
  if (rig.disk === null) return tell("the disk cannot be filled here: mounting one takes root on Linux");

  tell("the database's disk is full");
  await fillDisk(rig.disk);
  await sleep(TROUBLE_MS);
  await clearDisk(rig.disk);
  tell("there is room again");
  // PostgreSQL ends itself where it cannot write its log of changes; whoever keeps it starts it again.
  const ended = await Promise.race([postgres.ended, sleep(1_000)]);
  if (ended !== undefined) await postgres.start();
}

const RELOAD = "select pg_reload_conf()";
const TERMINATE =
  "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";

async function asSuperuser(rig: Rig, ...statements: string[]): Promise<void> {
  const connection = new pg.Client({ connectionString: rig.databaseUrl });
  await connection.connect();
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}

async function countAccepted(rig: Rig): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from messages where accepted_at is not null`.execute(rig.database.db);
  return rows[0]?.n ?? 0;
}

async function countRunning(rig: Rig): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from campaigns where state <> 'completed'`.execute(rig.database.db);
  return rows[0]?.n ?? 0;
}

function partOf(rig: Rig, name: string) {
  const part = rig.parts.get(name);
  if (part === undefined) throw new Error(`The rig has no ${name}`);
  return part;
}
