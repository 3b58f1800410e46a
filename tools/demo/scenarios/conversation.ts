import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Scenario, ScenarioOutcome, ScenarioStage } from "../scenario.ts";
import type { DemoWorkspace } from "../workspace.ts";

/** What people write to a business, and what becomes of it: each person once, judged by the sandbox's ledger. */
export const conversation: Scenario = {
  summary: "bursts answered once, drafts, hand-offs with a clock, opt-outs, a rating at the end",
  run,
};

const PATIENCE_MS = 30_000;

const SETTINGS = {
  conversations: {
    mode: "auto" as const,
    burst_ms: 1_500,
    hand_off: { text: { es: "Te comunico con una persona.", pt: "Vou chamar uma pessoa da equipe." } },
    // Minutes of every day, shortened to seconds.
    sla: { first_minutes: 0.05, next_minutes: 0.5 },
    close_after_minutes: 0.15,
    csat: { enabled: true },
  },
};

/** Who writes what, in which pieces, and what has to become of it. */
const PEOPLE = {
  ana: { says: ["Hola", "buenas tardes"], becomes: "answered" },
  bruno: { says: ["¡Horario!"], becomes: "answered" },
  carla: { says: ["quiero hablar con una persona por favor"], becomes: "handed_off" },
  davi: { says: ["Oi", "quero falar com um atendente"], becomes: "handed_off" },
  elena: { says: ["¿Cuánto cuesta el apartamento de dos alcobas?"], becomes: "draft" },
  fabio: { says: ["Respuesta automática: estoy de vacaciones hasta el lunes"], becomes: "left" },
  gloria: { says: ["ya no me escriban más, por favor"], becomes: null },
  hugo: { says: ["solo avisos de mi cita, por favor"], becomes: null },
} as const;
type Person = keyof typeof PEOPLE;

async function run(on: ScenarioStage): Promise<ScenarioOutcome> {
  const begin = performance.now();
  on.show("A test workspace with one number, two keywords and one agent who is there");
  const workspace = await on.workspace("Conversations", { settings: SETTINGS });
  const talk = await openTalk(on, workspace);

  on.show("Eight people write");
  await Promise.all(Object.entries(PEOPLE).map(([name, { says }]) => talk.says(name as Person, says)));
  await until(async () => (await talk.outcomes()).size >= 6);
  on.show("Nobody has answered yet: the first answer becomes overdue");
  await until(async () => (await talk.count("escalated")) >= 2);

  on.show("The agent answers, and sends a draft");
  for (const name of ["carla", "davi"] as const)
    await talk.answer(name, name === "carla" ? "Hola Carla, soy Laura." : "Oi Davi, aqui é a Laura.");
  await talk.sendDraft("elena");
  await talk.says("gloria", ["horario"]);
  on.show("Quiet: what is answered closes by itself, and a rating is asked for");
  await until(async () => (await talk.count("closed")) >= 3 && (await talk.state("carla")) === "closed");
  await until(() => talk.wasAsked("carla"));
  await talk.says("carla", ["5, muchas gracias"]);
  await until(async () => (await talk.count("csat")) >= 1);
  on.show("Bruno writes again: his conversation opens anew");
  await talk.says("bruno", ["horario"]);
  await until(async () => (await talk.state("bruno")) === "pending");
  on.show("Comparing the sandbox's ledger with the tables");
  await until(talk.isSent);
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  return judge(on, workspace, talk, seconds);
}

/** False where it did not come to pass in time: the judge says what is missing. */
async function until(done: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(150))
    if (await done()) return true;
  return false;
}

type Talk = Awaited<ReturnType<typeof openTalk>>;

/** The workspace's number and agents, with people who write to it. */
async function openTalk(on: ScenarioStage, { id, ask, accountId, numbers }: DemoWorkspace) {
  const serial = String(randomInt(100_000, 999_999));
  const number = `+5731${serial}00`;
  await numbers("whatsapp", [number]);
  await ask("POST /v1/senders", {
    channel: "whatsapp",
    address: number,
    provider_account_id: accountId,
    gap_min_ms: 0,
    gap_max_ms: 0,
  });
  await ask("POST /v1/keyword-answers", {
    keywords: ["horario", "horarios"],
    body: "Lunes a viernes de 9 a 18.",
  });
  const agent = await ask("POST /v1/members", {
    name: "Laura",
    email: `laura${serial}@example.com`,
    role: "agent",
  });
  await ask(`PATCH /v1/members/${agent.id}/availability`, { available: true });

  const names = Object.keys(PEOPLE) as Person[];
  const phoneOf = (name: Person) => `+5730${serial}0${names.indexOf(name)}`;
  const conversationOf = async (name: Person) => {
    const row = await on.db
      .selectFrom("conversations")
      .select(["id", "state"])
      .where("workspace_id", "=", id)
      .where("address", "=", phoneOf(name))
      .executeTakeFirstOrThrow();
    return row;
  };
  return {
    agentId: String(agent.id),
    phoneOf,
    conversationOf,
    async says(name: Person, texts: readonly string[]) {
      for (const body of texts) {
        await on.sandbox("POST /_sandbox/inbound", {
          from: `whatsapp:${phoneOf(name)}`,
          to: `whatsapp:${number}`,
          body,
        });
        if (texts.length > 1) await sleep(300);
      }
    },
    async answer(name: Person, body: string) {
      const { id: conversationId } = await conversationOf(name);
      await ask(`POST /v1/conversations/${conversationId}/messages`, { body });
    },
    async sendDraft(name: Person) {
      const path = `/v1/conversations/${(await conversationOf(name)).id}/drafts`;
      const { data } = await ask(`GET ${path}`);
      await ask(`POST ${path}/${data[0].id}/send`, { body: "Desde 320 millones. ¿Te envío los planos?" });
    },
    state: async (name: Person) => (await conversationOf(name)).state,
    wasAsked: async (name: Person) => {
      const { rows } = await sql<{ asked: boolean }>`select exists (select from messages m
        join conversations c on c.id = m.conversation_id where c.workspace_id = ${id} and c.address = ${phoneOf(name)}
        and c.csat_requested_at is not null and m.accepted_at >= c.csat_requested_at) as asked`.execute(
        on.db,
      );
      return rows[0]?.asked === true;
    },
    /** Nothing waits to go out any more, and the sandbox has told what became of it. */
    async isSent(): Promise<boolean> {
      const { rows } = await sql<{ open: number }>`select count(*) as open from messages
        where workspace_id = ${id} and state in ('queued', 'sending', 'uncertain')`.execute(on.db);
      return rows[0]?.open === 0 && (await on.sandbox("GET /_sandbox/ledger"))["pending"] === 0;
    },
    /** What became of each person's first burst. */
    async outcomes(): Promise<Map<string, string>> {
      const { rows } = await sql<{ address: string; outcome: string }>`
        select distinct on (c.address) c.address, b.outcome from conversation_bursts b
        join conversations c on c.id = b.conversation_id where b.workspace_id = ${id}
        order by c.address, b.last_message_id`.execute(on.db);
      return new Map(rows.map((row) => [row.address, row.outcome]));
    },
    async count(kind: string): Promise<number> {
      const { rows } = await sql<{
        n: number;
      }>`select count(distinct conversation_id) as n from conversation_events
        where workspace_id = ${id} and kind = ${kind}`.execute(on.db);
      return rows[0]?.n ?? 0;
    },
  };
}

interface Figures {
  inbound: number;
  bursts: number;
  answered: number;
  drafts_sent: number;
  handed_off: number;
  escalated: number;
  opted_out: number;
  narrowed: number;
  refused: number;
  closed: number;
  reopened: number;
  rated: number;
  answered_by_person: number;
  accepted: number;
}

async function readFigures(on: ScenarioStage, workspaceId: string): Promise<Figures> {
  const of = sql`workspace_id = ${workspaceId}`;
  const bursts = (outcome: string) =>
    sql`(select count(*) from conversation_bursts where ${of} and outcome = ${outcome})`;
  const said = (kind: string) =>
    sql`(select count(distinct conversation_id) from conversation_events where ${of} and kind = ${kind})`;
  const words = (purpose: string) => sql`(select count(distinct contact_id) from consents
    where ${of} and state = 'opted_out' and purpose = ${purpose} and source = 'inbound_message')`;
  const { rows } = await sql<Figures>`select
    (select count(*) from messages where ${of} and direction = 'in') as inbound,
    (select count(*) from conversation_bursts where ${of}) as bursts,
    ${bursts("answered")} as answered, ${bursts("handed_off")} as handed_off, ${bursts("refused")} as refused,
    (select count(*) from conversation_drafts where ${of} and state = 'sent') as drafts_sent,
    ${said("escalated")} as escalated, ${said("closed")} as closed, ${said("csat")} as rated,
    ${words("all")} as opted_out, ${words("marketing")} as narrowed,
    (select count(*) from conversations where ${of} and reopened_count > 0) as reopened,
    (select count(*) from response_times where ${of} and author_kind <> 'machine') as answered_by_person,
    (select count(*) from messages where ${of} and direction = 'out' and accepted_at is not null) as accepted`.execute(
    on.db,
  );
  return rows[0] as Figures;
}

async function judge(
  on: ScenarioStage,
  workspace: DemoWorkspace,
  talk: Talk,
  seconds: number,
): Promise<ScenarioOutcome> {
  const figures = await readFigures(on, workspace.id);
  const ledger = await on.sandbox(`GET /_sandbox/messages?account_sid=${workspace.accountSid}&limit=10000`);
  const sent = (ledger.messages as { direction: string; to: string; body: string }[]).filter((one) =>
    one.direction.startsWith("outbound"),
  );
  const twice = sent.length - new Set(sent.map((one) => `${one.to} ${one.body}`)).size;
  const toGloria = sent.filter((one) => one.to === `whatsapp:${talk.phoneOf("gloria")}`).length;
  const outcomes = await talk.outcomes();

  const missing: string[] = [];
  const wants = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted) missing.push(`${what}: ${String(found)}, not ${String(wanted)}`);
  };
  for (const [name, { becomes }] of Object.entries(PEOPLE)) {
    if (becomes !== null)
      wants(`What ${name} wrote became`, outcomes.get(talk.phoneOf(name as Person)), becomes);
  }
  // Bruno asks for the hours twice, and is told twice: nothing else may go out more than once.
  wants("Texts that went twice to somebody", twice, 1);
  wants("Messages to somebody who had opted out", toGloria, 0);
  wants("Accepted by the ledger, by the tables", sent.length, figures.accepted);
  wants("Bursts answered", figures.answered, 3);
  wants("Hand-offs", figures.handed_off, 2);
  wants("Late answers told of", figures.escalated, 2);
  wants("Drafts sent", figures.drafts_sent, 1);
  wants("Opt-outs", figures.opted_out, 1);
  wants("Opt-outs of marketing alone", figures.narrowed, 1);
  wants("Answers that the rules forbade", figures.refused, 1);
  wants("Ratings", figures.rated, 1);
  wants("Conversations opened anew", figures.reopened, 1);
  const carla = await talk.conversationOf("carla");
  const bruno = await talk.conversationOf("bruno");
  return {
    result: { ...figures, twice: twice - 1, seconds },
    text: textOf(figures, seconds),
    missing,
    workflows: [
      { id: `conversation:${carla.id}`, what: "handed over, overdue, answered, closed, rated" },
      { id: `conversation:${bruno.id}`, what: "answered by keyword, closed, open again" },
    ],
  };
}

function textOf(f: Figures, seconds: number): string {
  const rows: [string, string][] = [
    ["inbound", `${f.inbound} messages in ${f.bursts} bursts`],
    [
      "answered",
      `${f.answered} by the machine, ${f.answered_by_person} by a person, ${f.drafts_sent} of them a draft`,
    ],
    [
      "handed off",
      `${f.handed_off}; ${f.escalated} not answered in time (3 s here, 15 min by default) and told of`,
    ],
    ["opted out", `${f.opted_out}; ${f.narrowed} of marketing alone; ${f.refused} answer refused since`],
    [
      "closed",
      `${f.closed} after 9 s of quiet (3 days by default), ${f.rated} rated, ${f.reopened} open again`,
    ],
    ["accepted", `${f.accepted} by the sandbox's ledger and the tables, none twice`],
    ["took", `${seconds} s`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}`).join("\n");
}
