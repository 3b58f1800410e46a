import { sql } from "kysely";
import type { Rig } from "../rig.ts";
import type { Trial } from "./scenario.ts";

/**
 * Kills parts as soon as the campaign has begun to send, and stays until it has ended or waits for nobody but an operator
 * (or the trial's time is over).
 */
export async function sentUnderKills(trial: Trial, campaignId: string, spreadMs: number): Promise<void> {
  const { rig, tell } = trial;
  await trial.until(() => hasSent(rig, campaignId));
  tell("the first message is on its way");
  await trial.killParts(spreadMs);
  tell("every part is back");
  let round = 0;
  const ended = await trial.until(async () => {
    const { state, open, asks } = await progressOf(rig, campaignId);
    if (round++ % 20 === 0) tell(`the campaign is ${state}: ${open}`);
    return state === "completed" || asks;
  });
  tell(
    ended
      ? "the campaign has ended, or asks an operator"
      : "the campaign has not ended in time; judged as it stands",
  );
}

/** Until then the kills wait: on a busy machine they would be over before there is anything to lose. */
async function hasSent(rig: Rig, campaignId: string): Promise<boolean> {
  const { rows } = await sql<{ sent: boolean }>`
    select exists (select from messages where campaign_id = ${campaignId} and attempts > 0) as sent`.execute(
    rig.database.db,
  );
  return rows[0]?.sent === true;
}

interface Progress {
  state: string;
  /** In words, what of it is open still. */
  open: string;
  /** Nothing is but calls of e-mail in doubt, and an operator has been asked about each. */
  asks: boolean;
}

async function progressOf(rig: Rig, campaignId: string): Promise<Progress> {
  const { rows } = await sql<Progress>`
    select k.state, coalesce((select string_agg(n || ' ' || state, ', ') from (
      select count(*) as n, state from messages
      where campaign_id = k.id and state in ('queued', 'sending', 'uncertain') group by state) open), 'nothing open') as open,
      not exists (select from messages where campaign_id = k.id and state in ('queued', 'sending'))
        and exists (select from email_calls c where c.workspace_id = k.workspace_id and c.settled_at is null)
        and not exists (select from email_calls c where c.workspace_id = k.workspace_id and c.settled_at is null
          and not exists (select from alerts a where a.workspace_id = c.workspace_id
            and a.alert_type = 'uncertain_call' and a.subject_id = c.id and a.resolved_at is null)) as asks
    from campaigns k where id = ${campaignId}`.execute(rig.database.db);
  return rows[0] ?? { state: "not there", open: "nothing open", asks: false };
}
