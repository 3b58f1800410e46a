import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { client } from "../tools/client.ts";
import { MAIL_CONTENT } from "../tools/mailAccount.ts";
import { type MailStage, setMailStage } from "../tools/mailStage.ts";
import { type Rig, startRig } from "../tools/rig.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";
import { bench as benchEvents } from "./mailEvents.ts";

const LATENCY_MS = 50;
const CASE = "end-to-end";

/**
 * `end-to-end`: a planned campaign of e-mail sent through the whole system, each part a process of its own. `events`:
 * what comes back, taken by one API process.
 */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const recipients = context.size(200_000);
  const rounds: Record<"rate" | "program" | "postgres", number[]> = { rate: [], program: [], postgres: [] };
  for (let round = 0; round < context.rounds; round++) {
    const { seconds, program, postgres } = await oneRound(recipients);
    rounds.rate.push(recipients / seconds);
    rounds.program.push((program * 1_000) / recipients);
    rounds.postgres.push((postgres * 1_000) / recipients);
    context.say(`${recipients} recipients in ${seconds.toFixed(1)} s`);
  }
  return [
    figure(CASE, "recipients_per_s", "1/s", rounds.rate, 20_000),
    figure(CASE, "cpu_us_per_recipient", "µs", rounds.program),
    figure(CASE, "pg_cpu_us_per_recipient", "µs", rounds.postgres),
    ...(await benchEvents(context)),
  ];
}

async function oneRound(recipients: number): Promise<{ seconds: number; program: number; postgres: number }> {
  // The rig's three seconds would vacuum the outbox twenty times as often as PostgreSQL does by itself (a minute).
  const rig = await startRig({ workers: 1, postgresSettings: ["autovacuum_naptime=15s"] });
  try {
    const sandbox = client(rig.sandboxUrl);
    const stage = await setMailStage(rig.database.db, { apiUrl: rig.apiUrl, sandbox, people: recipients });
    await sandbox("POST /_sandbox/faults", { latency: { fixed_ms: LATENCY_MS } });
    await sandbox("POST /_sandbox/behaviours", { channel: "email", match: { all: true }, outcome: "silent" });
    const campaignId = await planned(rig, stage);
    const cpu = () => ({
      program: cpuMsOf(pidsOf(rig, "worker")),
      postgres: cpuMsOf(pidsOf(rig, "postgres")),
    });
    const before = cpu();
    await stage.ask("POST /v1/workspace/resume-sending");
    const seconds = await allAccepted(rig, campaignId, recipients);
    const after = cpu();
    const { accepted, twice } = await sandbox("GET /_sandbox/mail/ledger");
    if (accepted !== recipients || twice !== 0)
      throw new Error(`The sandbox has taken ${accepted} of ${recipients}, ${twice} of them twice`);
    return {
      seconds,
      program: after.program - before.program,
      postgres: after.postgres - before.postgres,
    };
  } finally {
    await rig.close();
  }
}

const pidsOf = (rig: Rig, prefix: string) =>
  [...rig.parts].filter(([name]) => name.startsWith(prefix)).map(([, part]) => part.pid);

/** The campaign with a row for everybody, held back by the stop switch. */
async function planned(rig: Rig, { ask, listId, senderIds }: MailStage): Promise<string> {
  await ask("POST /v1/workspace/stop-sending");
  const { id } = await ask("POST /v1/campaigns", {
    name: "Bench",
    channel: "email",
    email: MAIL_CONTENT,
    list_ids: [listId],
    sender_ids: senderIds,
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  while ((await ask(`GET /v1/campaigns/${id}`)).planned_at === null) await sleep(200);
  // What planning has left to the database (statistics, dirty pages) is not what is measured.
  await sql`analyze messages`.execute(rig.database.db);
  await sleep(2_000);
  return id;
}

/**
 * Waits for the end by the calls, of which there are few: asking the messages each second was an eighth of what the
 * database did. Seconds from the first intent to the last answer.
 */
async function allAccepted(rig: Rig, campaignId: string, recipients: number): Promise<number> {
  for (let tries = 0; tries < 600; tries++) {
    await sleep(1_000);
    const { rows: calls } = await sql<{ accepted: number }>`
      select coalesce(sum(rows) filter (where outcome = 'accepted'), 0)::int as accepted from email_calls`.execute(
      rig.database.db,
    );
    if ((calls[0]?.accepted ?? 0) < recipients) continue;
    const { rows } = await sql<{ done: number; seconds: number }>`
      select count(*) filter (where state = 'accepted')::int as done,
        extract(epoch from max(accepted_at) - min(intended_at))::float8 as seconds
      from messages where campaign_id = ${campaignId}`.execute(rig.database.db);
    const [row] = rows;
    if (row !== undefined && row.done >= recipients) return row.seconds;
  }
  throw new Error("The campaign has not been sent within 10 minutes");
}
