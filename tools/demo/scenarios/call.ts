import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { callWorkflowId } from "../../../workflows/handles.ts";
import type { Ask } from "../../client.ts";
import { Failure } from "../../say.ts";
import type { Scenario, ScenarioOutcome, ScenarioStage } from "../scenario.ts";

/** People who call, and the text of what they said: judged by what the sandbox was asked for, and how often. */
export const call: Scenario = {
  summary: "calls greeted, recorded and written down once, also without webhooks and after a failure",
  run,
};

const PATIENCE_MS = 45_000;

/** Who calls how, and what has to become of it. */
const CALLERS = {
  ana: { seconds: 61, ends: "completed", more: {} },
  bruno: { seconds: 59, ends: "none", more: {} },
  carla: { seconds: 600, ends: "completed", more: {} },
  davi: {
    seconds: 75,
    ends: "failed",
    more: { language: "pt", transcript: { outcome: "failed", after_ms: 300, times: 1 } },
  },
  elena: { seconds: 90, ends: "completed", more: { silent: ["status", "recording", "transcription"] } },
} as const;
type Caller = keyof typeof CALLERS;
const NAMES = Object.keys(CALLERS) as Caller[];

interface Called {
  callSid: string;
  verbs: readonly string[];
}

async function run(on: ScenarioStage): Promise<ScenarioOutcome> {
  const begin = performance.now();
  on.show(
    "A test workspace with one number that takes calls, and an agent with a telephone; waits are shortened",
  );
  const line = await openLine(on);

  on.show("Five people call", NAMES.join(", "));
  const calls = new Map<Caller, Called>();
  for (const name of NAMES) {
    // Carla has called before: now her conversation is an agent's, who is put through to.
    if (name === "carla") await line.assign(await line.calls("carla", { hangs_up: true }));
    calls.set(name, await line.calls(name));
  }
  for (const [name, { callSid }] of calls) {
    on.show("Waiting for what was said", `${name}: ${CALLERS[name].ends}`);
    await line.ends(callSid, CALLERS[name].ends);
  }
  const davi = calls.get("davi")?.callSid ?? "";
  on.show("One transcript has failed at the provider: it is tried again by API");
  await line.ask(`POST /v1/calls/${davi}/retry`);
  await line.ends(davi, "completed");
  on.show("Comparing the sandbox's ledger with what is stored");
  return judge(on, line, calls, Math.round((performance.now() - begin) / 100) / 10);
}

type Line = Awaited<ReturnType<typeof openLine>>;

async function openLine(on: ScenarioStage) {
  const service = `GA${randomBytes(16).toString("hex")}`;
  // Seconds in place of minutes: how soon somebody asks where no webhook comes, and how long it may take.
  const voice = { intelligence_service_sid: service, poll_seconds: 0.5, deadline_minutes: 1 };
  const workspace = await on.workspace("Calls", { settings: { voice } });
  const { ask, accountId, accountSid } = workspace;
  const serial = String(randomInt(100_000, 999_999));
  // A mobile number, of which every one exists.
  const own = `+57310${serial}0`;
  const at = (path: string) => `${on.publicUrl}/webhooks/twilio/voice${path}`;
  await on.sandbox("POST /_sandbox/intelligence-services", {
    sid: service,
    account_sid: accountSid,
    webhook_url: at("/transcription"),
  });
  const number = { address: own, account_sid: accountSid, voice_url: at(""), status_url: at("/status") };
  await on.sandbox("POST /_sandbox/numbers", number);
  await ask("POST /v1/senders", { channel: "sms", address: own, provider_account_id: accountId });
  const agent = await ask("POST /v1/members", {
    name: "Laura",
    email: `laura${serial}@example.com`,
    role: "agent",
  });
  await ask(`PUT /v1/members/${agent.id}/call-phone`, { call_phone: "+573009990000" });
  const find = async (callSid: string) => ask(`GET /v1/calls/${callSid}`);
  return {
    ask: ask as Ask,
    accountSid,
    find,
    async calls(name: Caller, more: object = {}): Promise<Called> {
      const { seconds, more: own_ } = CALLERS[name];
      const from = `+5730${serial.replace(/^./, "0")}0${NAMES.indexOf(name)}`;
      const asked = { from, to: own, account_sid: accountSid, duration_s: seconds, ...own_, ...more };
      const { call_sid, verbs } = await on.sandbox("POST /_sandbox/calls", asked);
      return { callSid: call_sid, verbs };
    },
    async assign({ callSid }: Called) {
      const { conversation_id } = await find(callSid);
      await ask(`POST /v1/conversations/${conversation_id}/assign`, { member_id: agent.id });
    },
    async ends(callSid: string, as: string): Promise<void> {
      for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(200))
        if ((await find(callSid)).transcription_status === as) return;
      throw new Failure(`The call ${callSid} did not end as ${as} within ${PATIENCE_MS / 1_000} s.`);
    },
  };
}

interface LedgerRow {
  call_sid: string;
  recordings: { recording_sid: string; channels: number; transcripts: { ends: string }[] }[];
}

async function judge(
  on: ScenarioStage,
  line: Line,
  calls: Map<Caller, Called>,
  seconds: number,
): Promise<ScenarioOutcome> {
  const ledger = await on.sandbox(`GET /_sandbox/calls?account_sid=${line.accountSid}`);
  const rows = new Map((ledger.calls as LedgerRow[]).map((row) => [row.call_sid, row.recordings[0]]));
  const sidOf = (name: Caller) => calls.get(name)?.callSid ?? "";
  const askedFor = (name: Caller) => rows.get(sidOf(name))?.transcripts.map(({ ends }) => ends) ?? [];
  const texts = await Promise.all(NAMES.map((name) => line.ask(`GET /v1/transcripts/${sidOf(name)}`)));
  const written = texts.filter((text) => text.transcript_text !== null && text.sentences.length > 0);
  const { data: found } = await line.ask("GET /v1/transcripts?q=precio");
  const { data: achado } = await line.ask(`GET /v1/transcripts?q=${encodeURIComponent("preços")}`);
  const speakers = new Set(
    texts[NAMES.indexOf("carla")]?.sentences.map(({ speaker }: { speaker: string }) => speaker),
  );
  const result = {
    calls: calls.size,
    recorded: [...rows.values()].filter((recording) => recording !== undefined).length,
    transcribed: written.length,
    sentences: written.reduce((sum, text) => sum + text.sentences.length, 0),
    too_short: texts.filter((text) => text.reason === "too_short").length,
    failed_then_retried: askedFor("davi").join() === "failed,completed" ? 1 : 0,
    without_webhooks: askedFor("elena").length,
    forwarded: speakers.has("agent") && speakers.has("person") ? 1 : 0,
    found_by_word: found.length + achado.length,
    twice: ledger.twice as number,
    lost: NAMES.filter((name) => askedFor(name).length > 0).length - written.length,
    seconds,
  };
  const expected = {
    calls: 5,
    recorded: 5,
    transcribed: 4,
    too_short: 1,
    failed_then_retried: 1,
    without_webhooks: 1,
    forwarded: 1,
    found_by_word: 4,
    twice: 0,
    lost: 0,
  };
  const missing = Object.entries(expected).flatMap(([name, count]) =>
    result[name as keyof typeof expected] === count
      ? []
      : [`${name} is ${result[name as keyof typeof expected]}, not ${count}`],
  );
  const carla = texts[NAMES.indexOf("carla")];
  return {
    result,
    text: textOf(result, carla),
    missing,
    workflows: [
      { id: callWorkflowId(sidOf("davi")), what: "failed at the provider, tried again" },
      { id: callWorkflowId(sidOf("elena")), what: "no webhook ever came: it asked by itself" },
      { id: callWorkflowId(sidOf("bruno")), what: "59 seconds: kept without a text" },
    ],
  };
}

function textOf(
  result: Record<string, number>,
  carla: { summary: string; intent: string; action_items: string[] },
) {
  const lines = Object.entries(result).map(([name, count]) => `  ${name.padEnd(20)} ${count}`);
  return [
    "Calls",
    "",
    ...lines,
    "",
    "Ten minutes with an agent, in short",
    "",
    ...carla.summary.split("\n").map((line) => `  ${line}`),
    `  intent: ${carla.intent}`,
    ...carla.action_items.map((item) => `  to do: ${item}`),
  ].join("\n");
}
