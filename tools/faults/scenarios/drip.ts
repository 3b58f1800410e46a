import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../../../db/connect.ts";
import type { Ask } from "../../client.ts";
import { Failure } from "../../say.ts";
import { setStage, type Stage } from "../../stage.ts";
import { isAsTold, type SandboxMessage } from "../asTold.ts";
import { everythingTold, providerFaults, untilTold } from "../provider.ts";
import type { Scenario, Trial, TrialOutcome } from "../scenario.ts";

const SENDERS = 16;
const STEPS = 3;
/** Between two steps: days of every day. */
const DELAY = "PT6S";
/** Over how long parts die: the second and third steps fall into it. */
const SPREAD_MS = 25_000;
/** People enrolled by one call of the API, while parts die. */
const PAGE = 50;

/** A sequence of three steps, half of its people enrolled by the API: each step once, or a reason why not. */
export const drip: Scenario = {
  summary: "a drip sequence of three steps, while people answer and opt out",
  size: { messages: 1_500, kills: 15 },
  run,
};

const behaviours = (seed: number) => ({
  match: { all: true },
  mix: {
    seed,
    refused: 0.01,
    undelivered: 0.02,
    failed: 0.01,
    silent: 0.01,
    read: 0.8,
    reply: 0.08,
    opt_out: 0.04,
  },
});

async function run(trial: Trial): Promise<TrialOutcome> {
  const { rig, sandbox, seed, tell } = trial;
  const { db } = rig.database;
  const people = Math.max(2, Math.round(trial.messages / STEPS));
  const stage = await setStage(db, {
    apiUrl: rig.apiUrl,
    people,
    senders: SENDERS,
    sender: { gap_min_ms: 0, gap_max_ms: 0 },
  });
  const templates = await templatesOf(stage);
  await sandbox("POST /_sandbox/numbers", await numbersOf(db, stage.workspaceId, rig.apiUrl));
  await sandbox("POST /_sandbox/faults", providerFaults(seed));
  await sandbox("POST /_sandbox/behaviours", behaviours(seed));
  const everybody = await peopleOf(db, stage.listId);
  const half = Math.ceil(everybody.length / 2);
  tell(`the stage is set: ${everybody.length} people`);

  const { id: campaignId } = await stage.ask("POST /v1/campaigns", {
    name: "Faults",
    type: "drip",
    channel: "whatsapp",
    contact_ids: everybody.slice(0, half),
    // Nobody may be enrolled too late because the others are through.
    sequence: {
      steps: templates.map((template_id, i) => ({ template_id, ...(i > 0 && { delay: DELAY }) })),
      keep_open: true,
    },
    start: true,
  });
  await trial.killNow("api");
  const enrolling = enrollAll(stage.ask, campaignId, everybody.slice(half));
  await trial.killParts(SPREAD_MS);
  await enrolling;
  tell("everybody is enrolled, every part is back");
  let round = 0;
  const ended = await trial.until(async () => {
    const open = await openOf(db, campaignId);
    if (round++ % 20 === 0) tell(`${open.people} on their way, ${open.messages} messages open`);
    if (open.people + open.messages > 0) return false;
    // A refusal that the sandbox tells only now may have brought a message back into the queue.
    await untilTold(sandbox);
    const { people, messages } = await openOf(db, campaignId);
    return people + messages === 0;
  });
  tell(ended ? "nobody is on their way any more" : "some are on their way still; judged as it stands");
  const told = await everythingTold(sandbox);
  return judge(db, { campaignId, listId: stage.listId }, told.ledger, told.messages);
}

/** A text of its own for each step, so that the sandbox's ledger can tell them apart. */
async function templatesOf({ ask }: Stage): Promise<string[]> {
  const ids: string[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const { id } = await ask("POST /v1/templates", {
      name: `Paso ${step}`,
      channel: "whatsapp",
      language: "es",
      body: `Paso ${step}: hola {name|amigo}.`,
      samples: { name: "Andrea" },
    });
    await ask(`POST /v1/templates/${id}/submit`);
    for (let tries = 0; ; tries++) {
      const { approval_status } = await ask(`POST /v1/templates/${id}/refresh`);
      if (approval_status === "approved") break;
      if (tries === 100) throw new Failure("The sandbox did not approve a template within 10 s.");
      await sleep(100);
    }
    ids.push(id);
  }
  return ids;
}

async function numbersOf(db: Db, workspaceId: string, apiUrl: string) {
  const senders = await db
    .selectFrom("senders")
    .select("address")
    .where("workspace_id", "=", workspaceId)
    .execute();
  const inbound_url = `${apiUrl}/webhooks/twilio/inbound`;
  return senders.map(({ address }) => ({ address: `whatsapp:${address}`, inbound_url }));
}

async function peopleOf(db: Db, listId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("contact_list_members")
    .select("contact_id")
    .where("list_id", "=", listId)
    .execute();
  return rows.map((row) => row.contact_id);
}

/** Until the API has said yes to each page: one that was away may have enrolled them all the same. */
async function enrollAll(ask: Ask, campaignId: string, contactIds: readonly string[]): Promise<void> {
  for (let at = 0; at < contactIds.length; at += PAGE) {
    const page = { contact_ids: contactIds.slice(at, at + PAGE) };
    const taken = () => ask(`POST /v1/campaigns/${campaignId}/enrollments`, page).then(() => true);
    while (!(await taken().catch(() => false))) await sleep(300);
    await sleep(200);
  }
}

async function openOf(db: Db, campaignId: string): Promise<{ people: number; messages: number }> {
  const { rows } = await sql<{ people: number; messages: number }>`
    select (select count(*) from enrollments where campaign_id = ${campaignId} and ended_at is null) as people,
      (select count(*) from messages where campaign_id = ${campaignId}
        and state in ('queued', 'sending', 'uncertain')) as messages`.execute(db);
  return rows[0] ?? { people: 0, messages: 0 };
}

/** One person: their place, what was written for each step, and what speaks for the reason they left. */
interface Row {
  contact_id: string;
  enrollments: number;
  state: string | null;
  reason: string | null;
  /** Steps that have a message row, in order. */
  steps: number[];
  messages: { step: number; state: string; reason: string | null; sids: string[]; late: boolean }[];
  wrote: boolean;
  opted_out: boolean;
  /** A step was first called for before the one that comes first; a late refusal may repeat one after the next. */
  disordered: boolean;
}

/** The sandbox is the judge of what was taken and how often; reasons are asked of other tables than the program asked. */
async function judge(
  db: Db,
  of: { campaignId: string; listId: string },
  ledger: { twice: number },
  messages: readonly SandboxMessage[],
): Promise<TrialOutcome> {
  const bySid = new Map(messages.map((message) => [message.sid, message]));
  const figures = { accepted: messages.length, enrolled: 0, completed: 0, replied: 0, opted_out: 0 };
  const wrong = {
    twice: ledger.twice,
    lost: 0,
    unexplained: 0,
    states_wrong: 0,
    after_the_end: 0,
    disordered: 0,
  };
  const findings: object[] = [];
  for (const row of await rowsOf(db, of)) {
    const count = (what: keyof typeof wrong, more: object = {}) => {
      wrong[what] += 1;
      findings.push({
        what,
        contact_id: row.contact_id,
        state: row.state,
        reason: row.reason,
        steps: row.steps,
        ...more,
      });
    };
    figures.enrolled += row.enrollments;
    if (row.state === "completed") figures.completed += 1;
    if (row.reason === "reply") figures.replied += 1;
    if (row.reason === "opt_out") figures.opted_out += 1;
    if (row.enrollments !== 1) count("lost");
    if (row.state === "completed" && row.steps.length !== STEPS) count("lost");
    if (row.disordered) count("disordered");
    const reasons: Record<string, boolean> = { reply: row.wrote, opt_out: row.opted_out, suppressed: true };
    if (row.state !== "completed" && reasons[row.reason ?? ""] !== true) count("unexplained");
    for (const { step, state, sids, late } of row.messages) {
      const seen = sids.flatMap((sid) => bySid.get(sid) ?? []);
      if (sids.length > seen.length) count("lost", { step, state });
      if (late) count("after_the_end", { step, state });
      if (seen.length > 0 && !isAsTold(state, seen)) count("states_wrong", { step, state });
    }
  }
  return { figures, wrong, findings };
}

async function rowsOf(db: Db, of: { campaignId: string; listId: string }): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select l.contact_id, coalesce(e.n, 0) as enrollments, e.state, e.reason, m.steps, m.messages,
      exists (select from messages where contact_id = l.contact_id and direction = 'in') as wrote,
      exists (select from consents where contact_id = l.contact_id and state = 'opted_out') as opted_out,
      coalesce(m.disordered, false) as disordered
    from contact_list_members l
    left join lateral (select count(*) as n, max(state) as state, max(reason) as reason, max(ended_at) as ended_at
      from enrollments where campaign_id = ${of.campaignId} and contact_id = l.contact_id) e on true
    left join lateral (
      select coalesce(array_agg(step order by step), '{}') as steps,
        bool_or(first_intended_at < before) as disordered,
        coalesce(jsonb_agg(jsonb_build_object('step', step, 'state', state, 'reason', reason, 'sids', sids,
          'late', e.state <> 'completed' and first_intended_at > e.ended_at)), '[]') as messages
      from (
        select x.step, x.state, x.reason, a.first_intended_at,
          lag(a.first_intended_at) over (order by x.step) as before, coalesce(a.sids, '{}') as sids
        from messages x left join lateral (select array_agg(provider_sid) filter (where provider_sid is not null) as sids,
          min(intended_at) as first_intended_at from attempts where message_id = x.id) a on true
        where x.campaign_id = ${of.campaignId} and x.contact_id = l.contact_id
      ) own
    ) m on true
    where l.list_id = ${of.listId}`.execute(db);
  return rows;
}
