import { createHash } from "node:crypto";
import { sql } from "kysely";
import { canonicalAddress, type MessageChannel } from "../domain/address.ts";
import type { Canary } from "../domain/canary.ts";
import {
  type Forecast,
  type ForecastQueue,
  type ForecastSender,
  forecastSender,
} from "../domain/forecast.ts";
import { BUCKETS_KEPT_MS, climbedBack, type MinuteBucket } from "../domain/pace.ts";
import { type Place, quietUntil } from "../domain/quietHours.ts";
import { type PoolSender, assignSenders as takeTurns } from "../domain/rotation.ts";
import { upcomingBudgets } from "../domain/warmup.ts";
import type { Db } from "./connect.ts";
import { hourlyBudget } from "./emailHealth.ts";
import { NO_CAMPAIGN, PRIORITIES } from "./outbox.ts";
import type { Plan } from "./planPage.ts";
import { findAssignedSenders, healthOf, weighed } from "./rotation.ts";
import { findRooms } from "./warmupRooms.ts";

/** Somebody who would get a message, and when at the earliest. */
export interface ForecastPerson {
  contactId: string;
  address: string;
  dueAt: Date;
  parts: number;
  places: readonly Place[];
}

export interface SenderForecast {
  sender_id: string;
  messages: number;
  first_send_at: Date | null;
  last_send_at: Date | null;
}

export interface CampaignForecast {
  first_send_at: Date | null;
  last_send_at: Date | null;
  /** People whom no sender comes to before the campaign's messages expire. */
  unreached: number;
  by_sender: SenderForecast[];
}

/**
 * When these people would hear, from which sender: with present paces and budgets, what waits for the same senders
 * already, everybody's lawful hours and the campaign's canary. Writes nothing; turns of the rotation are only played.
 */
export async function forecastCampaign(
  db: Db,
  plan: Plan,
  people: readonly ForecastPerson[],
  on: { poolIds: readonly string[]; startsAt: Date },
): Promise<CampaignForecast> {
  const chosen = await chooseSenders(db, plan, people, on.poolIds);
  const senders = await findForecastSenders(db, plan.campaign.workspace_id, [...chosen.keys()]);
  const others = await findQueues(db, plan.campaign, [...chosen.keys()]);
  const play = (heldUntil: (person: ForecastPerson) => number) =>
    [...chosen].map(([id, theirs]) => {
      const own = queuesOf(plan, theirs, heldUntil);
      const sender = senders.get(id);
      // One that does not send at present comes to nobody.
      const forecast: Forecast =
        sender === undefined
          ? { first: null, last: null, sent: 0, late: theirs.length }
          : forecastSender(sender, [...own, ...(others.get(id) ?? [])], {
              now: on.startsAt.getTime(),
              zone: plan.rules.time_zone,
              endsAt: plan.campaign.expires_at?.getTime() ?? Infinity,
            });
      return { sender_id: id, messages: theirs.length, ...forecast };
    });
  return reportOf(withCanary(plan, people, play));
}

type Played = (Forecast & { sender_id: string; messages: number })[];

/** The canary first, by itself; then all, with the rest waiting until the canary is judged. */
function withCanary(
  { campaign }: Plan,
  people: readonly ForecastPerson[],
  play: (heldUntil: (person: ForecastPerson) => number) => Played,
): Played {
  const canary = campaign.canary as Canary | null;
  if (canary === null) return play(() => 0);
  const turn = ({ contactId }: ForecastPerson) =>
    createHash("md5")
      .update(campaign.id + contactId)
      .digest("hex");
  const most = canary.count ?? Math.ceil((people.length * (canary.share ?? 0)) / 100);
  const drawn = people.map((person) => ({ turn: turn(person), id: person.contactId }));
  drawn.sort((a, b) => (a.turn < b.turn ? -1 : 1));
  const first = new Set(drawn.slice(0, most).map(({ id }) => id));
  const hold = (until: number) => (person: ForecastPerson) => (first.has(person.contactId) ? 0 : until);
  const last = Math.max(...play(hold(Infinity)).map((sender) => sender.last ?? -Infinity));
  return play(hold(last + canary.wait_minutes * 60_000));
}

function reportOf(played: Played): CampaignForecast {
  const firsts = played.flatMap(({ first }) => first ?? []);
  const lasts = played.flatMap(({ last }) => last ?? []);
  const dateOf = (at: number | null) => (at === null ? null : new Date(at));
  return {
    first_send_at: firsts.length === 0 ? null : new Date(Math.min(...firsts)),
    last_send_at: lasts.length === 0 ? null : new Date(Math.max(...lasts)),
    unreached: played.reduce((sum, { late }) => sum + late, 0),
    by_sender: played.map(({ sender_id, messages, first, last }) => ({
      sender_id,
      messages,
      first_send_at: dateOf(first),
      last_send_at: dateOf(last),
    })),
  };
}

/** Who would hear from whom, as planning would choose: the sender they have, else the next in the pool's turn. */
async function chooseSenders(
  db: Db,
  { campaign }: Plan,
  people: readonly ForecastPerson[],
  poolIds: readonly string[],
): Promise<Map<string, ForecastPerson[]>> {
  const channel = campaign.channel as MessageChannel;
  const addresses = people.map((person) => canonicalAddress(channel, person.address) ?? person.address);
  const senders = await findAssignedSenders(db, campaign.workspace_id, channel, addresses);
  const fresh = [...new Set(addresses)].filter((address) => !senders.has(address));
  const pool = await findPoolSenders(db, campaign.workspace_id, poolIds);
  const rooms = await findRooms(db, campaign.workspace_id, poolIds);
  const { sender_ids } = takeTurns(
    pool.map((sender) => ({ ...sender, ...rooms.get(sender.id), ...weighed(channel, sender) })),
    fresh.length,
  );
  for (const [index, id] of sender_ids.entries()) senders.set(fresh[index] as string, id);
  const chosen = new Map<string, ForecastPerson[]>();
  for (const [index, person] of people.entries()) {
    const id = senders.get(addresses[index] as string);
    if (id === undefined) continue;
    const theirs = chosen.get(id);
    if (theirs === undefined) chosen.set(id, [person]);
    else theirs.push(person);
  }
  return chosen;
}

/** A sender's people of this campaign: one queue for those who may be messaged in the same hours. */
function queuesOf(
  { campaign, rules }: Plan,
  people: readonly ForecastPerson[],
  heldUntil: (person: ForecastPerson) => number,
): ForecastQueue[] {
  const channel = campaign.channel as MessageChannel;
  return [...Map.groupBy(people, (person) => JSON.stringify(person.places)).values()].map((alike) => {
    const places = alike[0]?.places ?? [];
    const entries = alike
      .map((person) => ({
        due: Math.max(person.dueAt.getTime(), heldUntil(person)),
        parts: person.parts,
        n: 1,
      }))
      .sort((a, b) => a.due - b.due);
    const queue = { lane: campaign.id, priority: PRIORITIES.bulk, own: true, entries };
    if (campaign.purpose !== "marketing") return queue;
    const openFrom = (at: number) => {
      const quiet = quietUntil(at, places, rules.quiet_hours, channel);
      return quiet === undefined ? at : quiet.until;
    };
    return { ...queue, openFrom };
  });
}

function findPoolSenders(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
): Promise<(PoolSender & { ip_pool_weight: number; health: string | null })[]> {
  return db
    .selectFrom("senders")
    .select(["id", "rotation_enabled", "status", "rotation_priority", "last_used_at"])
    .select(["ip_pool_weight", healthOf("senders.id").as("health")])
    .where("workspace_id", "=", workspaceId)
    .where(sql<boolean>`id = any(${ids as string[]}::uuid[])`)
    .execute();
}

type SenderRow = Omit<ForecastSender, "buckets" | "next_send_at" | "warmup_budgets"> & {
  id: string;
  state: string | null;
  ladder: number[] | null;
  day: number | null;
  slowed_at: Date | null;
  next_send_ms: number;
  minutes: number[] | null;
  used: number[] | null;
};

/** Pace and budgets of those of these senders that send at present. */
async function findForecastSenders(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, ForecastSender>> {
  const { rows } = await sql<SenderRow>`
    select s.id, s.kind, s.gap_min_ms, s.gap_max_ms, s.rate_per_second, ${hourlyBudget} as max_per_hour, s.max_per_day,
      s.warmup_day_limit, coalesce(p.rate_factor, 1) as rate_factor, p.slowed_at,
      (extract(epoch from nullif(p.next_send_at, '-infinity')) * 1000)::float8 as next_send_ms, u.minutes, u.used,
      w.state, w.ladder, w.day
    from senders s left join sender_pace p on p.sender_id = s.id left join warmups w on w.sender_id = s.id
    left join email_sender_health h on h.sender_id = s.id
    left join lateral (
      select array_agg((extract(epoch from minute) * 1000)::float8 order by minute) as minutes,
        array_agg(used order by minute) as used
      from sender_minutes
      where sender_id = s.id and minute > now() - ${BUCKETS_KEPT_MS} * interval '1 millisecond'
    ) u on true
    where s.workspace_id = ${workspaceId} and s.id = any(${ids as string[]}::uuid[])
      and s.status = 'active' and s.removed_at is null`.execute(db);
  return new Map(
    rows.map(({ id, slowed_at, next_send_ms, minutes, used, state, ladder, day, ...sender }) => {
      const factor = climbedBack(sender.rate_factor, slowed_at?.getTime() ?? 0, Date.now());
      const buckets: MinuteBucket[] = (minutes ?? []).map((minute, i) => ({ minute, used: used?.[i] ?? 0 }));
      const limit = sender.warmup_day_limit;
      const warmup =
        limit === null || state === null || ladder === null || day === null
          ? {}
          : { warmup_budgets: upcomingBudgets({ ...sender, state, ladder, day, limit }) };
      return [id, { ...sender, ...warmup, rate_factor: factor, buckets, next_send_at: next_send_ms ?? 0 }];
    }),
  );
}

/** What waits for these senders already, of other running campaigns and of none, by the minute it is due. */
async function findQueues(
  db: Db,
  campaign: { id: string; workspace_id: string },
  senderIds: readonly string[],
): Promise<Map<string, ForecastQueue[]>> {
  const { rows } = await sql<{
    sender_id: string;
    lane: string;
    priority: number;
    due: number;
    parts: number;
    n: number;
  }>`
    select m.sender_id, m.lane, m.priority, (extract(epoch from date_trunc('minute', m.due_at)) * 1000)::float8 as due,
      m.parts, count(*) as n
    from messages m left join campaigns k on k.id = m.lane
    where m.workspace_id = ${campaign.workspace_id} and m.sender_id = any(${senderIds as string[]}::uuid[])
      and m.due_at is not null and m.lane <> ${campaign.id} and (m.lane = ${NO_CAMPAIGN} or k.state = 'running')
    group by 1, 2, 3, 4, 5 order by 4`.execute(db);
  const queues = new Map<string, ForecastQueue[]>();
  for (const [sender, waiting] of Map.groupBy(rows, (row) => row.sender_id)) {
    const lanes = Map.groupBy(waiting, (row) => `${row.lane} ${row.priority}`);
    queues.set(
      sender,
      [...lanes.values()].flatMap((entries) => {
        const first = entries[0];
        return first === undefined
          ? []
          : [{ lane: first.lane, priority: first.priority, own: false, entries }];
      }),
    );
  }
  return queues;
}
