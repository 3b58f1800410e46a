import { sql } from "kysely";
import type { Rig } from "../../rig.ts";
import { Failure } from "../../say.ts";
import { type Stage, setStage } from "../../stage.ts";
import { judgeCampaign } from "../judge.ts";
import { everythingTold, providerFaults } from "../provider.ts";
import { sentUnderKills } from "../progress.ts";
import type { Scenario, Trial, TrialOutcome } from "../scenario.ts";
import { runMail } from "./campaignMail.ts";

const SENDERS = 16;
/** Over how long the kills are spread; the pace alone would be through by half of it, but what dies does not send. */
const SPREAD_MS = 25_000;

/** One campaign to everybody over 16 senders: each person gets it once, or there is a reason why not. */
export const campaign: Scenario = {
  summary: "a campaign over 16 senders",
  size: { messages: 5_000, kills: 20 },
  options: { channel: { type: "string", default: "whatsapp" } },
  run(trial) {
    const channel = String(trial.values["channel"]);
    if (channel === "email") return runMail(trial);
    if (channel !== "whatsapp") throw new Failure(`--channel: ${channel}; whatsapp or email`);
    return runMessages(trial);
  },
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

async function runMessages(trial: Trial): Promise<TrialOutcome> {
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
  await sentUnderKills(trial, campaignId, SPREAD_MS);
  const told = await everythingTold(sandbox);
  tell("the sandbox has told everything");
  const of = { campaignId, listId: stage.listId };
  const { verdict, findings } = await judgeCampaign(rig.database.db, of, told.ledger, told.messages);
  const { accepted, delivered, failed, unknowable: _, ...wrong } = verdict;
  return { figures: { accepted, delivered, failed }, wrong, findings };
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
