import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/**
 * People of whom it is known who will buy. Each may have a time in which they look for something; it makes them read,
 * answer, ask for prices and, if it is not over, buy. Beside it some people are talkative and some are polite, customers
 * write about what they have, some hide that they read, and replies are misunderstood. Whose means are better buys more
 * easily, and more is known of them. Nothing here knows the formulas of the score: what it sees are the rows.
 */
export interface SimulatedPerson {
  id: string;
  /** What is to be foretold. */
  buys: boolean;
}

const DAY = 86_400_000;
const DAYS = 120;
const WEEK = 7;
/** So often a reply is taken for one of another intent. */
const MISREAD = 0.2;

type Random = () => number;

/** mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: Random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const chance = (logit: number) => 1 / (1 + Math.exp(-logit));
const pick = <T>(random: Random, weighted: readonly (readonly [T, number])[]): T => {
  let rest = random() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
  const found = weighted.find(([, weight]) => (rest -= weight) < 0) ?? weighted.at(-1);
  return (found as readonly [T, number])[0];
};

const SEEKING = [
  ["interested", 3],
  ["pricing", 3],
  ["question", 2],
  ["booking", 1],
  ["confirmation", 1],
  ["other", 2],
] as const;
const POLITE = [
  ["thanks", 3],
  ["not_interested", 2.5],
  ["greeting", 1],
  ["question", 1],
  ["complaint", 0.5],
  ["interested", 0.5],
  ["other", 2],
] as const;
/** What customers write about what they have bought already. */
const SERVICE = [
  ["question", 3],
  ["complaint", 2],
  ["thanks", 2],
  ["confirmation", 1],
  ["human_request", 1],
] as const;
const ANY = [...SEEKING, ...POLITE].map(([intent]) => [intent, 1] as const);

interface Row {
  person: string;
  at: Date;
}
interface Outgoing extends Row {
  read: Date | null;
  replied: Date | null;
}
interface Said extends Row {
  intent: string;
  sentiment: string;
}
interface Profile extends Row {
  name: string | null;
  email: string | null;
  city: string | null;
  consent: boolean;
}

export interface Simulation {
  people: SimulatedPerson[];
  profiles: Profile[];
  outgoing: Outgoing[];
  said: Said[];
}

/** The past of so many people up to `now`, and who of them will buy in the month behind it. */
export function simulate(count: number, now: Date, random: Random): Simulation {
  const all: Simulation = { people: [], profiles: [], outgoing: [], said: [] };
  for (let i = 0; i < count; i++) live(all, now, random);
  return all;
}

function live(all: Simulation, now: Date, random: Random): void {
  const person = randomUUID();
  const means = normal(random);
  const talkative = random();
  const customer = random() < 0.2;
  const reads = random() < 0.15 ? 0 : 0.3 + 0.6 * random();
  // Days before now.
  const began = random() < 0.3 ? DAYS * random() : -1;
  const ended = began - 25 * -Math.log(1 - random());
  const seeks = (day: number) => day <= began && day > ended;
  const daysAgo = (day: number) => new Date(now.getTime() - day * DAY);
  const say = (day: number, otherwise: readonly (readonly [string, number])[]) => {
    const seeking = seeks(day);
    const intent = random() < MISREAD ? pick(random, ANY) : pick(random, seeking ? SEEKING : otherwise);
    const [good, bad] = seeking ? [0.35, 0.1] : [0.2, 0.2];
    const mood = random();
    const sentiment = mood < good ? "positive" : mood < good + bad ? "negative" : "neutral";
    all.said.push({ person, at: daysAgo(day), intent, sentiment });
  };
  for (let day = DAYS - random() * WEEK; day > 0; day -= WEEK) {
    if (random() < 0.07) continue;
    const seeking = seeks(day);
    const answers = random() < (seeking ? 0.3 + 0.3 * talkative : 0.02 + 0.12 * talkative);
    const lag = Math.exp(normal(random)) * (seeking ? 30 : 240);
    const back = day - lag / 1440;
    const replied = answers && back > 0 ? daysAgo(back) : null;
    const read =
      random() < reads + (seeking ? 0.1 : 0) && reads > 0 ? daysAgo(Math.max(0, day - 0.05)) : null;
    all.outgoing.push({ person, at: daysAgo(day), read, replied });
    if (replied === null) continue;
    for (let more = back; more > 0 && more > back - 0.5; more -= 0.05 + random()) say(more, POLITE);
  }
  for (let day = DAYS; day > 0; day--)
    if (random() < (seeks(day - 0.5) ? 0.15 : customer ? 0.03 : 0.004)) say(day - random(), SERVICE);
  const known = (usual: number) => random() < chance(usual + 0.7 * means);
  all.profiles.push({
    person,
    at: daysAgo(DAYS),
    name: known(1.7) ? "Persona" : null,
    email: known(-0.5) ? `${person}@example.com` : null,
    city: known(0) ? "Cali" : null,
    consent: known(0.9),
  });
  // One in four of those who are looking, one in thirty of those who were two weeks ago, one in five hundred others.
  const will = seeks(0) ? -1.1 : seeks(14) ? -3.4 : -6.2;
  all.people.push({ id: person, buys: random() < chance(will + 0.7 * means) });
}

/** Writes it down as it would stand had it happened. */
export async function insertSimulation(db: Db, workspaceId: string, all: Simulation): Promise<void> {
  await sql`
    insert into contacts (id, workspace_id, identity, phone, phone_type, name, email, city, country)
    select u.id, ${workspaceId}::uuid, 'tel:' || u.id, '+573001234567', 'mobile', u.name, u.email, u.city, 'CO'
    from unnest(${all.profiles.map((one) => one.person)}::uuid[], ${all.profiles.map((one) => one.name)}::text[],
      ${all.profiles.map((one) => one.email)}::text[], ${all.profiles.map((one) => one.city)}::text[])
      u (id, name, email, city)`.execute(db);
  const agreed = all.profiles.filter((one) => one.consent);
  await sql`
    insert into consents (workspace_id, contact_id, channel, state, source, method, at)
    select ${workspaceId}::uuid, u.id, 'whatsapp', 'opted_in', 'simulation', 'simulation', u.at
    from unnest(${agreed.map((one) => one.person)}::uuid[], ${agreed.map((one) => one.at)}::timestamptz[]) u (id, at)`.execute(
    db,
  );
  await sql`
    insert into messages (workspace_id, contact_id, direction, channel, state, created_at, delivered_at, read_at, replied_at)
    select ${workspaceId}::uuid, u.id, 'out', 'whatsapp', 'delivered', u.at, u.at, u.read, u.replied
    from unnest(${all.outgoing.map((one) => one.person)}::uuid[], ${all.outgoing.map((one) => one.at)}::timestamptz[],
      ${all.outgoing.map((one) => one.read)}::timestamptz[], ${all.outgoing.map((one) => one.replied)}::timestamptz[])
      u (id, at, read, replied)`.execute(db);
  await sql`
    with said as materialized (
      select u.* from unnest(${all.said.map((one) => one.person)}::uuid[], ${all.said.map((one) => one.at)}::timestamptz[],
        ${all.said.map((one) => one.intent)}::text[], ${all.said.map((one) => one.sentiment)}::text[])
        u (id, at, intent, sentiment)
    ), sender as (
      insert into senders (workspace_id, channel, address) values (${workspaceId}::uuid, 'whatsapp', ${workspaceId})
      returning id
    ), threads as (
      insert into conversations (workspace_id, channel, contact_id, sender_id, address, last_inbound_at)
      select ${workspaceId}::uuid, 'whatsapp', said.id, sender.id, said.id::text, max(said.at) from said, sender
      group by said.id, sender.id
      returning id, contact_id
    ), words as (
      insert into messages (workspace_id, contact_id, conversation_id, direction, channel, state, created_at)
      select ${workspaceId}::uuid, said.id, t.id, 'in', 'whatsapp', 'received', said.at
      from said join threads t on t.contact_id = said.id
    )
    insert into conversation_bursts (last_message_id, workspace_id, conversation_id, messages, started_at, ended_at, outcome,
      intent, sentiment, confidence)
    select uuidv7(), ${workspaceId}::uuid, t.id, 1, said.at, said.at, 'left', said.intent, said.sentiment, 80
    from said join threads t on t.contact_id = said.id`.execute(db);
  await sql`analyze contacts, consents, messages`.execute(db);
}
