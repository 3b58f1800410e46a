import { sql } from "kysely";
import type { Rig } from "../../rig.ts";
import { type Stage, setStage } from "../../stage.ts";
import { judgeCampaign } from "../judge.ts";
import { everythingTold, providerFaults } from "../provider.ts";
import type { Scenario, Trial, TrialOutcome } from "../scenario.ts";

const SENDERS = 16;
/** Over how long the kills are spread; the pace alone would be through by half of it, but what dies does not send. */
const SPREAD_MS = 25_000;

/** One campaign to everybody over 16 senders: each person gets it once, or there is a reason why not. */
export const campaign: Scenario = {
  summary: "a campaign over 16 senders",
  size: { messages: 5_000, kills: 20 },
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
    reply: 0.02,
    opt_out: 0.01,
  },
});

async function run(trial: Trial): Promise<TrialOutcome> {
  const { rig, sandbox, seed, messages, tell } = trial;
  const stage = await setStage(rig.database.db, {
    apiUrl: rig.apiUrl,
    people: messages,
    senders: SENDERS,
    sender: { gap_min_ms: 0, gap_max_ms: Math.round((SPREAD_MS * SENDERS) / Math.max(messages, 1)) },
  });
  await spoilSome(rig, stage);
  await sandbox("POST /_sandbox/faults", providerFaults(seed));
  await sandbox("POST /_sandbox/behaviours", behaviours(seed));
  tell("the stage is set");
  const { id: campaignId } = await stage.ask("POST /v1/campaigns", {
    name: "Faults",
    channel: "whatsapp",
    template_id: stage.templateId,
    list_ids: [stage.listId],
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  // As its answer arrives: Temporal may not have heard of the campaign yet.
  await trial.killNow("api");
  // Every other time one of the two workers that may be planning it, too.
  if (seed % 2 === 0) await trial.killNow("worker");
  await trial.until(() => hasSent(rig, campaignId));
  tell("the first message is on its way");
  await trial.killParts(SPREAD_MS);
  tell("every part is back");
  let round = 0;
  const ended = await trial.until(async () => {
    const { state, open } = await progressOf(rig, campaignId);
    if (round++ % 20 === 0) tell(`the campaign is ${state}: ${open}`);
    return state === "completed";
  });
  tell(ended ? "the campaign has ended" : "the campaign has not ended in time; judged as it stands");
  const told = await everythingTold(sandbox);
  tell("the sandbox has told everything");
  const of = { campaignId, listId: stage.listId };
  const { verdict, findings } = await judgeCampaign(rig.database.db, of, told.ledger, told.messages);
  const { accepted, delivered, failed, ...wrong } = verdict;
  return { figures: { accepted, delivered, failed }, wrong, findings };
}

/** Until then the kills wait: on a busy machine they would be over before there is anything to lose. */
async function hasSent(rig: Rig, campaignId: string): Promise<boolean> {
  const { rows } = await sql<{ sent: boolean }>`
    select exists (select from messages where campaign_id = ${campaignId} and attempts > 0) as sent`.execute(
    rig.database.db,
  );
  return rows[0]?.sent === true;
}

/** The campaign's state, and in words what of it is open still. */
async function progressOf(rig: Rig, campaignId: string): Promise<{ state: string; open: string }> {
  const { rows } = await sql<{ state: string; open: string }>`
    select k.state, coalesce((select string_agg(n || ' ' || state, ', ') from (
      select count(*) as n, state from messages
      where campaign_id = k.id and state in ('queued', 'sending', 'uncertain') group by state) open), 'nothing open') as open
    from campaigns k where id = ${campaignId}`.execute(rig.database.db);
  return rows[0] ?? { state: "not there", open: "nothing open" };
}

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
