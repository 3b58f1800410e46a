import { sql } from "kysely";
import { MAIL_CONTENT } from "../../mailAccount.ts";
import { type MailStage, setMailStage } from "../../mailStage.ts";
import type { Rig } from "../../rig.ts";
import { CLAIMS, judgeCampaign } from "../judge.ts";
import { sentUnderKills } from "../progress.ts";
import { mailToldOf, providerFaults } from "../provider.ts";
import type { Trial, TrialOutcome } from "../scenario.ts";

const SPREAD_MS = 25_000;
const POOLS = 4;
const RATE_WINDOW_S = 2;
/** The least that a workspace can set: 36 s after a call without answer and events an operator is asked. */
const DOUBT_HOURS = 0.01;

const behaviours = (seed: number) => ({
  channel: "email",
  match: { all: true },
  mix: {
    seed,
    refused: 0.01,
    bounce: 0.02,
    blocked: 0.01,
    dropped: 0.01,
    deferred: 0.05,
    silent: 0.01,
    open: 0.6,
    machine_open: 0.2,
    click: 0.1,
    spamreport: 0.005,
    unsubscribe: 0.01,
    one_click: 0.01,
  },
});

/**
 * One campaign of e-mail by four pools. A call without an answer of which no event came either is in doubt for good: its
 * rows are counted as uncertain, and as `uncertain_unfounded` where the sandbox has told an event of it.
 */
export async function runMail(trial: Trial): Promise<TrialOutcome> {
  const { rig, sandbox, seed, messages, tell } = trial;
  const stage = await setMailStage(rig.database.db, {
    apiUrl: rig.apiUrl,
    sandbox,
    people: messages,
    sender: { rate_per_second: Math.max(1, (messages * 1_000) / SPREAD_MS / POOLS) },
    email: { doubt_hours: DOUBT_HOURS },
  });
  await spoilSome(rig, stage);
  // SendGrid's own window is a minute, for which the sender would stand still.
  await sandbox("POST /_sandbox/faults", { ...providerFaults(seed), retry_after_s: RATE_WINDOW_S });
  await sandbox("POST /_sandbox/behaviours", behaviours(seed));
  tell("the stage is set");
  const { id: campaignId } = await stage.ask("POST /v1/campaigns", {
    name: "Faults",
    channel: "email",
    email: MAIL_CONTENT,
    list_ids: [stage.listId],
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  // As its answer arrives: Temporal may not have heard of the campaign yet.
  await trial.killNow("api");
  if (seed % 2 === 0) await trial.killNow("worker");
  await sentUnderKills(trial, campaignId, SPREAD_MS);
  const told = await mailToldOf(sandbox);
  tell("the sandbox has told everything");
  const { verdict, findings } = await judgeCampaign(
    rig.database.db,
    { campaignId, listId: stage.listId },
    told.ledger,
    told.messages,
    { ...TERMS, mayBeUncertain: (row) => row.attempts.every(({ n }) => !told.proven.has(`${row.id}.${n}`)) },
  );
  const { accepted, delivered, failed, uncertain, unknowable, ...wrong } = verdict;
  return {
    figures: { accepted, delivered, failed, uncertain },
    wrong: { ...wrong, uncertain_unfounded: uncertain - unknowable },
    findings,
  };
}

const TERMS = {
  sids: sql<
    string[]
  >`coalesce((select array_agg(m.id || '.' || a.n order by a.n) filter (where a.outcome = 'accepted')
    from attempts a where a.message_id = m.id), '{}')`,
  claims: {
    ...CLAIMS,
    suppressed: sql<boolean>`exists (select from suppressions s where s.workspace_id = m.workspace_id and s.address = c.email and s.lifted_at is null)`,
    no_address: sql<boolean>`c.email is null`,
  },
};

/** Some of the audience must not get it, each for a reason that can be checked elsewhere. */
async function spoilSome(rig: Rig, { workspaceId }: MailStage): Promise<void> {
  const { db } = rig.database;
  const every = (
    n: number,
  ) => sql`(select id from (select id, row_number() over (order by id) as i from contacts
    where workspace_id = ${workspaceId}) c where i % 100 = ${n})`;
  await sql`update contacts set email = null where id in ${every(7)}`.execute(db);
  await sql`insert into consents (workspace_id, contact_id, channel, state, purpose, source, method)
    select ${workspaceId}::uuid, id, 'email', 'opted_out', 'all', 'trial', 'trial' from ${every(13)} c`.execute(
    db,
  );
  await sql`delete from consents where contact_id in ${every(29)}`.execute(db);
}
