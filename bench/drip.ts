import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { type DripLook, dripActivities } from "../activities/drips.ts";
import { connectDatabase, type Database, type Db } from "../db/connect.ts";
import { findSequence, insertSequence, updateSequence } from "../db/sequences.ts";
import { SequenceSettings, type Step } from "../domain/dripSequence.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

/** What a due step costs must not depend on how many people are in the sequence. */
const SMALL_SHARE = 10;
const SENDERS = 16;
/** People who are due in one look, and how many such looks are timed. */
const DUE = 500;
const LOOKS = 3;
/** By CPU, which says more than the clock on a machine that has neighbours. */
const FLAT = 1.5;

interface Figures {
  walk: number;
  due: number;
  together: number;
  edit: number;
  cpu: number;
}

/** A sequence's people through enrollment, steps and an edit, by the activity that the workflow calls. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const people = context.size(100_000);
  const rounds = new Map<number, Figures[]>();
  for (let round = 0; round < context.rounds; round++) {
    const { url, pid } = await context.database();
    const database = connectDatabase(url, { role: "campanile_worker", maxConnections: 4, onLost: () => {} });
    for (const size of [people / SMALL_SHARE, people]) {
      const figures = await measure(database, pid, size);
      rounds.set(size, [...(rounds.get(size) ?? []), figures]);
      context.say(`${size} people, round ${round + 1}: ${JSON.stringify(figures)}`);
    }
    await database.close();
  }
  const large = rounds.get(people) ?? [];
  const small = rounds.get(people / SMALL_SHARE) ?? [];
  const flat = large.map((figures, round) => figures.cpu / (small[round]?.cpu ?? Number.NaN));
  return [
    ...[...rounds].flatMap(([size, of]) => [
      figure(
        `${size} people`,
        "a due step, of 500 due",
        "ms",
        of.map((f) => f.due),
      ),
      figure(
        `${size} people`,
        "steps, all due at once",
        "steps/s",
        of.map((f) => f.together),
      ),
      figure(
        `${size} people`,
        "enrolled with the first step",
        "people/s",
        of.map((f) => f.walk),
      ),
      figure(
        `${size} people`,
        "an edit carried to everybody",
        "people/s",
        of.map((f) => f.edit),
      ),
      figure(
        `${size} people`,
        "CPU of program and database, all due",
        "ms/step",
        of.map((f) => f.cpu),
      ),
    ]),
    figure("all", "CPU of a due step among all, against among a tenth", "times", flat, FLAT),
  ];
}

async function measure({ db }: Database, pid: number, size: number): Promise<Figures> {
  const { workspaceId, campaignId } = await stage(db, size);
  const activities = dripActivities({
    db,
    kick: () => {},
    addressKey: Buffer.alloc(32, 7),
    providers: { sandboxed: true, forAccount: () => Promise.reject(new Error("nothing is sent here")) },
  });
  const look = () =>
    new MockActivityEnvironment().run(() =>
      activities.driveDrip({ workspaceId, campaignId }, { count: false }),
    );
  const seconds = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1_000;
  };
  const everything = async () => {
    for (let waits: number | null = 0; waits === 0; ) waits = ((await look()) as DripLook).waitMs;
  };
  const walk = size / (await seconds(everything));
  await delivered(db, campaignId);

  const times: number[] = [];
  for (let i = 0; i < LOOKS; i++) {
    await sql`update enrollments set due_at = now() where id in (
      select id from enrollments where campaign_id = ${campaignId} and state = 'active' and next_step = 2
      order by contact_id limit ${DUE})`.execute(db);
    times.push((await seconds(look)) * 1_000);
  }
  const due = (times.toSorted((a, b) => a - b)[(LOOKS - 1) / 2] ?? Number.NaN) / DUE;
  await delivered(db, campaignId);

  await sql`update enrollments set due_at = now() where campaign_id = ${campaignId} and state = 'active'`.execute(
    db,
  );
  const before = cpuMsOf([process.pid, pid]);
  const together = await seconds(everything);
  const cpu = (cpuMsOf([process.pid, pid]) - before) / size;

  await edit(db, workspaceId, campaignId);
  const adopting = await seconds(everything);
  const open = await people(db, campaignId);
  return { walk, due, together: size / together, edit: open / adopting, cpu };
}

async function people(db: Db, campaignId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from enrollments where campaign_id = ${campaignId} and ended_at is null`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Nothing waits in the outbox: the next step may be taken. */
async function delivered(db: Db, campaignId: string): Promise<void> {
  await sql`update messages set state = 'delivered', due_at = null, intended_at = now() - interval '30 hours', attempts = 1
    where campaign_id = ${campaignId} and due_at is not null`.execute(db);
  await sql`update enrollments set last_step_at = last_step_at - interval '30 hours' where campaign_id = ${campaignId}
    and ended_at is null`.execute(db);
  for (const table of ["messages", "enrollments", "contacts", "sender_assignments"])
    await sql`vacuum analyze ${sql.table(table)}`.execute(db).catch(() => undefined);
}

const STEPS: Step[] = [
  { id: 1, delay_hours: 0, message: "Hola {name|amigo}, te presentamos {product_name}." },
  {
    id: 2,
    delay: "P1D",
    window: { from: "00:00", to: "24:00" },
    message: "¿Te gustaría conocerlo, {name|amigo}?",
  },
  { id: 3, delay_hours: 72, message: "Última llamada" },
  { id: 4, delay_hours: 72, message: "Hasta pronto" },
];

async function edit(db: Db, workspaceId: string, campaignId: string): Promise<void> {
  const before = await findSequence(db, workspaceId, campaignId);
  if (before === undefined) throw new Error("There is no such sequence");
  const steps = STEPS.map((step) => (step.id === 3 ? { ...step, delay_hours: 96 } : step));
  await db.transaction().execute((tx) =>
    updateSequence(tx, before, {
      steps,
      settings: before.settings,
      lastStepId: 4,
      createdBy: null,
      stepsChanged: true,
    }),
  );
}

/** A workspace with senders and people on a list, and a running sequence for them. */
async function stage(db: Db, size: number): Promise<{ workspaceId: string; campaignId: string }> {
  const settings = JSON.stringify({
    quiet_hours: { laws_off: true, enabled: false },
    caps: { per_day: null, per_week: null },
    require_opt_in: false,
  });
  const { id: workspace_id } = await db
    .insertInto("workspaces")
    .values({ name: `Bench ${size}`, test_mode: true, settings })
    .returning("id")
    .executeTakeFirstOrThrow();
  await sql`insert into senders (workspace_id, channel, kind, address)
    select ${workspace_id}, 'sms', 'short_code', '+57310' || ${size}::text || lpad(i::text, 4, '0')
    from generate_series(1, ${SENDERS}::int) i`.execute(db);
  const { id: listId } = await db
    .insertInto("contact_lists")
    .values({ workspace_id, name: "Everybody" })
    .returning("id")
    .executeTakeFirstOrThrow();
  await sql`
    with people as (
      insert into contacts (workspace_id, identity, phone, phone_type, name, country, number_zones)
      select ${workspace_id}, 'tel:' || phone, phone, 'mobile', 'Persona ' || i, 'CO', '{America/Bogota}'
      from (select i, '+57' || (3000000000 + i) as phone from generate_series(1, ${size}::int) i) numbers returning id
    )
    insert into contact_list_members (workspace_id, list_id, contact_id)
    select ${workspace_id}, ${listId}, id from people`.execute(db);
  await sql`analyze contacts, contact_list_members`.execute(db);
  const campaign = await db
    .insertInto("campaigns")
    .values({
      workspace_id,
      name: "Bench",
      type: "drip",
      channel: "sms",
      state: "running",
      audience: JSON.stringify({ list_ids: [listId] }),
      variables: JSON.stringify({ product_name: "Altos de Los Rosales" }),
    })
    .returning(["id", "workspace_id"])
    .executeTakeFirstOrThrow();
  await db.transaction().execute((tx) =>
    insertSequence(tx, campaign, {
      steps: STEPS,
      lastStepId: 4,
      settings: SequenceSettings.parse({}),
      createdBy: null,
    }),
  );
  return { workspaceId: workspace_id, campaignId: campaign.id };
}
