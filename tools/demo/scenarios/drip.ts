import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { Failure } from "../../say.ts";
import type { Ask } from "../../client.ts";
import type { Scenario, ScenarioOutcome, ScenarioStage } from "../scenario.ts";
import type { DemoWorkspace } from "../workspace.ts";

/** A sequence that people walk through, and leave for every reason that there is; delays are seconds instead of days. */
export const drip: Scenario = {
  summary: "a sequence of three steps that people join, leave and finish, edited while it runs",
  options: { "delay-seconds": { type: "string", default: "6" } },
  run,
};

const PATIENCE_MS = 60_000;

/** What becomes of whom: so many people each. Everybody else goes to the end. */
const PARTS = {
  reply: 8,
  opt_out: 5,
  conversion: 4,
  goal: 3,
  left_segment: 3,
  cancelled: 2,
  paused: 2,
} as const;
type Part = keyof typeof PARTS;
const FINISHERS = 23;
const PEOPLE = Object.values(PARTS).reduce((sum, n) => sum + n, FINISHERS);
const STEPS = 3;

interface Person {
  id: string;
  phone: string;
}

interface Play {
  workspace: DemoWorkspace;
  ask: Ask;
  campaignId: string;
  steps: { id: number }[];
  delay: string;
  people: Person[];
  of(part: Part): Person[];
}

async function run(on: ScenarioStage): Promise<ScenarioOutcome> {
  const begin = performance.now();
  const seconds = Number(on.values["delay-seconds"]);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new Failure("--delay-seconds is a whole number from 1");
  on.show(`A test workspace; steps ${seconds} s apart that would be days; nobody but the sandbox is reached`);
  const play = await begun(on, `PT${seconds}S`);

  on.show("The first step goes out; some answer, some ask to stop");
  await until(async () => (await sent(on, play)) >= PEOPLE);
  await steer(play);
  on.show("The last step is edited while everybody is on their way to the second");
  const edit = await editLast(play);
  on.show("Somebody new comes to match the segment");
  const late = await newcomer(play);
  await until(async () => (await enrolled(on, play)) === PEOPLE + 1);
  for (const { id } of await enrollmentsOf(play, play.of("paused")))
    await play.ask(`POST /v1/enrollments/${id}/resume`);

  on.show("The others walk on");
  await until(async () => (await onTheirWay(on, play)) === 0);
  on.show("Nobody is on their way any more: it stops looking for newcomers, and completes");
  await play.ask(`PUT /v1/campaigns/${play.campaignId}/sequence`, sequenceOf(edit.sequence.steps, false));
  await until(async () => (await play.ask(`GET /v1/campaigns/${play.campaignId}`)).state === "completed");
  await until(async () => {
    const { pending } = await on.sandbox(`GET /_sandbox/ledger?account_sid=${play.workspace.accountSid}`);
    return pending === 0;
  });
  on.show("Comparing the sandbox's ledger with the tables");
  return judge(on, play, late, edit.effect, Math.round((performance.now() - begin) / 100) / 10);
}

/** False where it did not come to pass in time: the judge says what is missing. */
async function until(done: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(200))
    if (await done()) return true;
  return false;
}

const sequenceOf = (steps: object[], continuous: boolean) => ({
  steps,
  continuous,
  enroll_every_seconds: 5,
  goal: { tag: "comprador" },
});

/** The workspace, its people by what will become of them, and the sequence, started. */
async function begun(on: ScenarioStage, delay: string): Promise<Play> {
  const workspace = await on.workspace("Drip");
  const { ask } = workspace;
  const serial = String(randomInt(10_000, 99_999));
  const numbers = [`+57310${serial}00`, `+57310${serial}01`];
  await workspace.numbers("sms", numbers);
  for (const address of numbers)
    await ask("POST /v1/senders", {
      channel: "sms",
      kind: "short_code",
      address,
      provider_account_id: workspace.accountId,
      warmup_enabled: false,
      gap_min_ms: 0,
      gap_max_ms: 0,
    });
  const people = await imported(on, ask, serial);
  const first: Record<string, number> = {};
  let taken = 0;
  for (const [part, count] of Object.entries(PARTS)) {
    first[part] = taken;
    taken += count;
  }
  const of = (part: Part) => people.slice(first[part] ?? 0, (first[part] ?? 0) + PARTS[part]);
  await on.sandbox("POST /_sandbox/behaviours", [
    { match: { account: workspace.accountSid }, outcome: "delivered" },
    ...of("reply").map(({ phone }) => ({
      match: { to: phone },
      outcome: "delivered",
      reply: { text: "Sí, me interesa", after_ms: 300 },
    })),
    ...of("opt_out").map(({ phone }) => ({
      match: { to: phone },
      outcome: "delivered",
      opt_out: { text: "BAJA" },
    })),
  ]);
  const segment = await ask("POST /v1/segments", { name: "De Cali", filter: { city: "Cali" } });
  const steps = [
    { message: "Hola {name|amigo}, te presentamos {product_name}." },
    { delay, message: "¿Te gustaría conocerlo?" },
    { delay, message: "Última llamada" },
  ];
  const { id } = await ask("POST /v1/campaigns", {
    name: "Bienvenida",
    type: "drip",
    channel: "sms",
    segment_id: segment.id,
    variables: { product_name: "Altos de Los Rosales" },
    sequence: sequenceOf(steps, true),
    start: true,
  });
  const sequence = await ask(`GET /v1/campaigns/${id}/sequence`);
  return { workspace, ask, campaignId: id, steps: sequence.steps, delay, people, of };
}

async function imported(on: ScenarioStage, ask: Ask, serial: string): Promise<Person[]> {
  const phones = Array.from({ length: PEOPLE }, (_, i) => `+57300${serial}${String(i).padStart(2, "0")}`);
  const rows = phones.map((phone, i) => `Persona ${i},${phone},Cali,si`);
  const file = new Blob([["nombre,telefono,ciudad,acepta", ...rows].join("\n")], { type: "text/csv" });
  const options = new URLSearchParams({
    file_name: "drip.csv",
    list_name: "Cali",
    default_region: "CO",
    consent: JSON.stringify({ channels: ["sms"], source: "demo", column: "acepta" }),
  });
  const { id } = await ask(`POST /v1/imports?${options.toString()}`, file);
  let state = "";
  await until(async () => {
    ({ state } = await ask(`GET /v1/imports/${id}`));
    return !["uploading", "queued", "running"].includes(state);
  });
  if (state !== "completed") throw new Failure(`The import is ${state}; GET /v1/imports/${id} says why.`);
  const found = await on.db
    .selectFrom("contacts")
    .select(["id", "phone"])
    .where("phone", "in", phones)
    .execute();
  const ids = new Map(found.map((row) => [row.phone, row.id]));
  return phones.map((phone) => ({ phone, id: String(ids.get(phone)) }));
}

/** Those whom a word of somebody else takes out: an event, an attribute, an operator. */
async function steer(play: Play): Promise<void> {
  const { ask, of } = play;
  for (const { id } of of("conversion")) await ask(`POST /v1/contacts/${id}/events`, { name: "conversion" });
  for (const { id } of of("goal")) await ask(`PATCH /v1/contacts/${id}`, { tags: ["comprador"] });
  for (const { id } of of("left_segment")) await ask(`PATCH /v1/contacts/${id}`, { city: "Bogotá" });
  for (const { id } of await enrollmentsOf(play, of("cancelled")))
    await ask(`POST /v1/enrollments/${id}/cancel`);
  for (const { id } of await enrollmentsOf(play, of("paused"))) await ask(`POST /v1/enrollments/${id}/pause`);
}

async function enrollmentsOf(
  { ask, campaignId }: Play,
  people: readonly Person[],
): Promise<{ id: string }[]> {
  const found: { id: string }[] = [];
  for (const { id } of people)
    found.push(...(await ask(`GET /v1/campaigns/${campaignId}/enrollments?contact_id=${id}`)).data);
  return found;
}

interface Edit {
  sequence: { steps: object[] };
  effect: { keep: number; take_new: number; end: number };
}

async function editLast({ ask, campaignId, steps }: Play): Promise<Edit> {
  const edited = steps.map((step, i) =>
    i === STEPS - 1 ? { ...step, message: "Última llamada, {name|amigo}" } : step,
  );
  const path = `/v1/campaigns/${campaignId}/sequence`;
  const foreseen = await ask(`PUT ${path}?dry_run=true`, sequenceOf(edited, true));
  const { sequence } = await ask(`PUT ${path}`, sequenceOf(edited, true));
  return { sequence, effect: foreseen.effect };
}

/** Somebody who comes to be in the segment after the start. */
async function newcomer({ ask, people }: Play): Promise<Person> {
  const phone = `${people[0]?.phone.slice(0, -2)}99`;
  const { id } = await ask("POST /v1/contacts", { name: "Persona nueva", phone, city: "Cali" });
  await ask(`POST /v1/contacts/${id}/consents`, {
    channel: "sms",
    state: "opted_in",
    purpose: "marketing",
    source: "demo",
    method: "demo",
  });
  return { id, phone };
}

const count = async (on: ScenarioStage, query: ReturnType<typeof sql<{ n: number }>>): Promise<number> =>
  (await query.execute(on.db)).rows[0]?.n ?? 0;
const sent = (on: ScenarioStage, { campaignId }: Play) =>
  count(
    on,
    sql`select count(*) as n from messages where campaign_id = ${campaignId} and accepted_at is not null`,
  );
const enrolled = (on: ScenarioStage, { campaignId }: Play) =>
  count(on, sql`select count(*) as n from enrollments where campaign_id = ${campaignId}`);
const onTheirWay = (on: ScenarioStage, { campaignId }: Play) =>
  count(
    on,
    sql`select count(*) as n from enrollments where campaign_id = ${campaignId} and ended_at is null`,
  );

interface Figures {
  enrolled: number;
  completed: number;
  cancelled: number;
  accepted: number;
  /** Accepted by the provider after the person had left. */
  after_the_end: number;
  stopped: Record<string, number>;
  steps_sent: number[];
}

async function readFigures(on: ScenarioStage, { campaignId, ask }: Play): Promise<Figures> {
  const { rows } = await sql<Omit<Figures, "stopped" | "steps_sent">>`
    select count(*) as enrolled, count(*) filter (where state = 'completed') as completed,
      count(*) filter (where state = 'cancelled') as cancelled,
      (select count(*) from messages where campaign_id = ${campaignId} and accepted_at is not null) as accepted,
      (select count(*) from messages m join enrollments e on e.id = m.enrollment_id
        where m.campaign_id = ${campaignId} and e.state <> 'completed' and m.intended_at > e.ended_at) as after_the_end
    from enrollments where campaign_id = ${campaignId}`.execute(on.db);
  const { rows: reasons } = await sql<{ reason: string; n: number }>`
    select reason, count(*) as n from enrollments where campaign_id = ${campaignId} and state = 'stopped'
    group by reason order by reason`.execute(on.db);
  const { steps } = await ask(`GET /v1/campaigns/${campaignId}/sequence/funnel`);
  return {
    ...(rows[0] as Omit<Figures, "stopped" | "steps_sent">),
    stopped: Object.fromEntries(reasons.map(({ reason, n }) => [reason, n])),
    steps_sent: steps.map((step: { sent: number }) => step.sent),
  };
}

async function judge(
  on: ScenarioStage,
  play: Play,
  late: Person,
  edit: Edit["effect"],
  seconds: number,
): Promise<ScenarioOutcome> {
  const figures = await readFigures(on, play);
  const page = await on.sandbox(
    `GET /_sandbox/messages?account_sid=${play.workspace.accountSid}&limit=10000`,
  );
  const out = (page.messages as { direction: string; to: string; body: string }[]).filter((one) =>
    one.direction.startsWith("outbound"),
  );
  const twice = out.length - new Set(out.map(({ to, body }) => `${to} ${body}`)).size;
  const toNewcomer = out.filter(({ to }) => to === late.phone).length;

  const missing: string[] = [];
  const wants = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted) missing.push(`${what}: ${String(found)}, not ${String(wanted)}`);
  };
  wants("People enrolled", figures.enrolled, PEOPLE + 1);
  for (const reason of ["reply", "opt_out", "conversion", "goal", "left_segment"] as const)
    wants(`Stopped by ${reason}`, figures.stopped[reason] ?? 0, PARTS[reason]);
  wants("Cancelled", figures.cancelled, PARTS.cancelled);
  wants("People who came to the end", figures.completed, FINISHERS + PARTS.paused + 1);
  wants("Steps to the newcomer", toNewcomer, STEPS);
  wants("Steps that went twice", twice, 0);
  wants("Steps after the end", figures.after_the_end, 0);
  wants("Accepted by the ledger, by the tables", out.length, figures.accepted);
  wants("People past the edit", edit.keep, 0);
  wants(
    "Last steps as they were before the edit",
    out.filter(({ body }) => body === "Última llamada").length,
    0,
  );
  return {
    result: {
      delay: play.delay,
      ...figures,
      paused_and_resumed: PARTS.paused,
      newcomers: toNewcomer === STEPS ? 1 : 0,
      edit,
      twice,
      seconds,
    },
    text: textOf(figures, edit, play.delay, seconds),
    missing,
    workflows: [
      { id: `drip:${play.campaignId}`, what: "where its people are, what it waits for, who left and why" },
    ],
  };
}

function textOf(figures: Figures, edit: Edit["effect"], delay: string, seconds: number): string {
  const rows: [string, string | number][] = [
    ["enrolled", figures.enrolled],
    ["of them later, as they came to match", 1],
    ...figures.steps_sent.map((n, i): [string, number] => [`step ${i + 1} sent`, n]),
    ...Object.entries(figures.stopped).map(([reason, n]): [string, number] => [`stopped: ${reason}`, n]),
    ["cancelled by hand", figures.cancelled],
    ["paused and resumed", PARTS.paused],
    ["came to the end", figures.completed],
    ["the edit: past it, take the new", `${edit.keep}, ${edit.take_new}`],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return [
    `Steps ${delay} apart instead of days, in ${seconds} s`,
    ...rows.map(([what, n]) => `  ${what.padEnd(width)}  ${n}`),
  ].join("\n");
}
