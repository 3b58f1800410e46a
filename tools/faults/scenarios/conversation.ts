import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { sql } from "kysely";
import type { Ask } from "../../client.ts";
import { OPEN_HOURS } from "../../demo/workspace.ts";
import type { Rig } from "../../rig.ts";
import { setStage } from "../../stage.ts";
import { everythingTold, providerFaults } from "../provider.ts";
import { seededRandom } from "../random.ts";
import type { Scenario, Trial, TrialOutcome } from "../scenario.ts";

const SENDERS = 4;
/** Over how long people write, and parts die. */
const SPREAD_MS = 25_000;
/** Between two messages of one person, within a burst. */
const PAUSE_MS = 400;
/** The reconciler's five minutes, for a trial: it asks the provider for what webhooks have not brought. */
const RECONCILE_EVERY_MS = 10_000;

/** People who write in bursts, each with one question: every message is kept, every question answered once. */
export const conversation: Scenario = {
  summary: "people who write in bursts of one to three messages, each answered once",
  size: { messages: 400, kills: 15 },
  run,
};

const SETTINGS = {
  ...OPEN_HOURS,
  // Where a kill has torn a burst apart, its first half must not hand the person over before the question comes.
  conversations: {
    burst_ms: 1_500,
    assignment: "none",
    hand_off: { on_request: false, on_negative: false },
  },
};

const WORDS = ["hola", "les escribo por el anuncio", "¿me dan el precio?"];
/** The message of each person that wants an answer. */
const QUESTION = WORDS.length - 1;

async function run(trial: Trial): Promise<TrialOutcome> {
  const { rig, sandbox, seed, tell } = trial;
  const { db } = rig.database;
  const stage = await setStage(db, {
    apiUrl: rig.apiUrl,
    people: Math.max(1, Math.round(trial.messages / 2)),
    senders: SENDERS,
    settings: SETTINGS,
  });
  await stage.ask("POST /v1/keyword-answers", {
    keywords: ["precio"],
    match: "contains",
    body: "Hola {name}: desde 320 millones.",
  });
  const writers = await writersOf(trial, stage.workspaceId);
  await sandbox("POST /_sandbox/numbers", await numbersOf(rig, stage.workspaceId));
  const faults = providerFaults(seed);
  const rates = { ...faults.rates, inbound_lost: 0.02, inbound_doubled: 0.05 };
  await sandbox("POST /_sandbox/faults", { ...faults, rates });
  tell(`the stage is set: ${writers.length} people`);

  const writing = Promise.all(writers.map((writer) => write(sandbox, writer)));
  await trial.killParts(SPREAD_MS);
  await writing;
  tell("everybody has written, every part is back");
  const reconciler = reconciling(rig);
  let round = 0;
  const ended = await trial.until(async () => {
    const open = await openOf(db, sandbox, stage.workspaceId);
    if (round++ % 20 === 0) tell(JSON.stringify(open));
    if (open.missing > 0) await reconciler.trigger();
    return Object.values(open).every((count) => count === 0);
  });
  await reconciler.close();
  tell(ended ? "all is answered" : "not all is answered in time; judged as it stands");
  return judge(trial, stage.workspaceId);
}

interface Writer {
  from: string;
  to: string;
  says: string[];
  atMs: number;
}

/** Who writes when and what, by the seed; the question is the last thing that each says. */
async function writersOf({ rig, seed }: Trial, workspaceId: string): Promise<Writer[]> {
  const random = seededRandom(seed);
  const { db } = rig.database;
  const of = (table: "contacts" | "senders", column: "phone" | "address") =>
    sql<{ address: string }>`select ${sql.ref(column)} as address from ${sql.table(table)}
      where workspace_id = ${workspaceId} order by id`.execute(db);
  const [people, senders] = [(await of("contacts", "phone")).rows, (await of("senders", "address")).rows];
  return people.map(({ address }, index) => ({
    from: `whatsapp:${address}`,
    to: `whatsapp:${senders[index % senders.length]?.address}`,
    says: WORDS.slice(Math.floor(random() * WORDS.length)),
    atMs: random() * SPREAD_MS,
  }));
}

/** The sandbox has one account in a trial; its numbers send what people write to our API. */
async function numbersOf(rig: Rig, workspaceId: string) {
  const senders = await rig.database.db
    .selectFrom("senders")
    .select("address")
    .where("workspace_id", "=", workspaceId)
    .execute();
  const inbound_url = `${rig.apiUrl}/webhooks/twilio/inbound`;
  return senders.map(({ address }) => ({ address: `whatsapp:${address}`, inbound_url }));
}

/** A sandbox that is away has taken nothing, as far as the person knows: they write it again. */
async function write(sandbox: Ask, { from, to, says, atMs }: Writer): Promise<void> {
  await sleep(atMs);
  for (const body of says) {
    const said = () => sandbox("POST /_sandbox/inbound", { from, to, body, wait: false }).then(() => true);
    while (!(await said().catch(() => false))) await sleep(300);
    await sleep(PAUSE_MS);
  }
}

function reconciling(rig: Rig) {
  let connection: Connection | undefined;
  let next = 0;
  return {
    async trigger() {
      if (performance.now() < next) return;
      next = performance.now() + RECONCILE_EVERY_MS;
      connection ??= await Connection.connect({ address: rig.temporalAddress });
      await new Client({ connection }).schedule.getHandle("campanile:reconcile").trigger();
    },
    close: async () => connection?.close(),
  };
}

interface Inbound {
  sid: string;
  from: string;
  body: string;
}

/** All that people have written, as the provider has it. */
async function writtenTo(sandbox: Ask): Promise<Inbound[]> {
  const all: Inbound[] = [];
  for (let cursor: number | null = 0; cursor !== null; ) {
    const page = await sandbox(`GET /_sandbox/messages?direction=inbound&limit=1000&cursor=${cursor}`);
    all.push(...(page["messages"] as Inbound[]));
    cursor = page["next_cursor"] as number | null;
  }
  return all;
}

async function unknownOf(db: Rig["database"]["db"], sids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ sid: string }>`select sid from unnest(${sids as string[]}::text[]) sid
    where not exists (select from messages where provider_sid = sid and direction = 'in')`.execute(db);
  return rows.map((row) => row.sid);
}

/** What is still to come: messages that are not known here, bursts that are not handled, answers on their way. */
async function openOf(db: Rig["database"]["db"], sandbox: Ask, workspaceId: string) {
  const sids = (await writtenTo(sandbox)).map((one) => one.sid);
  const { rows } = await sql<{ bursts: number; answers: number }>`select
    (select count(*) from conversations where workspace_id = ${workspaceId} and burst_due_at is not null) as bursts,
    (select count(*) from messages where workspace_id = ${workspaceId} and direction = 'out'
      and state in ('queued', 'sending', 'uncertain')) as answers`.execute(db);
  const [open] = rows;
  return {
    missing: (await unknownOf(db, sids)).length,
    bursts: open?.bursts ?? 0,
    answers: open?.answers ?? 0,
  };
}

/** What became of each burst of a person, and of the answer to it. */
async function becameOf(db: Rig["database"]["db"], person: string): Promise<string[]> {
  const { rows } = await sql<{ outcome: string; reason: string | null; state: string | null }>`
    select b.outcome, b.reason, m.state from conversation_bursts b join conversations c on c.id = b.conversation_id
    left join messages m on m.id = b.answer_id where c.address = ${person.replace("whatsapp:", "")}
    order by b.last_message_id`.execute(db);
  return rows.map(({ outcome, reason, state }) => [outcome, reason, state].filter(Boolean).join(" "));
}

/**
 * The sandbox says what was written and which answers it took; a person who asked once, as it has it, must have been
 * answered once. Who has asked again (the sandbox died before it could say that it had heard) may be answered for each.
 */
async function judge({ rig, sandbox }: Trial, workspaceId: string): Promise<TrialOutcome> {
  const { db } = rig.database;
  const { messages } = await everythingTold(sandbox);
  const written = await writtenTo(sandbox);
  const lostSids = await unknownOf(
    db,
    written.map((one) => one.sid),
  );
  const questions = Map.groupBy(
    written.filter((one) => one.body === WORDS[QUESTION]),
    (one) => one.from,
  );
  const answers = Map.groupBy(messages, (one) => one.to);
  const findings: object[] = [];
  let [twice, unanswered] = [0, 0];
  for (const [person, asked] of questions) {
    const told = answers.get(person)?.length ?? 0;
    if (told === 0) unanswered += 1;
    if (told > asked.length) twice += told - asked.length;
    if (told === 0 || told > asked.length)
      findings.push({
        asked: asked.map((one) => one.sid),
        answers: told,
        became: await becameOf(db, person),
      });
  }
  const { rows } = await sql<{ bursts: number; answered: number; unhandled: number; unasked: number }>`select
    (select count(*) from conversation_bursts where workspace_id = ${workspaceId}) as bursts,
    (select count(*) from conversation_bursts where workspace_id = ${workspaceId} and outcome = 'answered') as answered,
    (select count(*) from conversations c where workspace_id = ${workspaceId} and handled_message_id is distinct from
      (select id from messages where conversation_id = c.id and direction = 'in' order by id desc limit 1)) as unhandled,
    (select count(*) from messages where workspace_id = ${workspaceId} and direction = 'out' and answers_id is null)
      as unasked`.execute(db);
  const row = rows[0] ?? { bursts: 0, answered: 0, unhandled: 0, unasked: 0 };
  findings.push(...lostSids.map((sid) => ({ what: "lost", sid })));
  return {
    figures: {
      inbound: written.length,
      people: questions.size,
      bursts: row.bursts,
      answered: row.answered,
      accepted: messages.length,
    },
    wrong: {
      twice,
      lost: lostSids.length,
      unanswered,
      unhandled: row.unhandled,
      unasked: row.unasked,
    },
    findings,
  };
}
