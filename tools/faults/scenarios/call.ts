import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Ask } from "../../client.ts";
import type { Rig } from "../../rig.ts";
import { type Stage, setStage } from "../../stage.ts";
import { providerFaults } from "../provider.ts";
import { seededRandom } from "../random.ts";
import type { Scenario, Trial, TrialOutcome } from "../scenario.ts";

const SPREAD_MS = 25_000;
const SERVICE = `GA${"7".repeat(32)}`;
/** Seconds of recordings: the first is not worth a text. */
const LENGTHS = [59, 61, 600];
const LONGER_THAN = 60;
/** Share of recordings whose first transcript fails at the provider. */
const FAILS = 0.15;

/** People who call while parts die: each recording worth it has one transcript, and its text is here. */
export const call: Scenario = {
  summary: "calls of which each recording of more than a minute is written down once",
  size: { messages: 60, kills: 12 },
  rig: { env: { TWILIO_INTELLIGENCE_SERVICE_SID: SERVICE } },
  run,
};

const SETTINGS = { voice: { poll_seconds: 0.5, deadline_minutes: 5 } };

async function run(trial: Trial): Promise<TrialOutcome> {
  const { rig, sandbox, seed, tell } = trial;
  const stage = await setStage(rig.database.db, {
    apiUrl: rig.apiUrl,
    people: 1,
    senders: 1,
    settings: SETTINGS,
  });
  const own = await takeCalls(rig, sandbox, stage);
  await sandbox("POST /_sandbox/faults", providerFaults(seed));
  tell("the stage is set");
  const calling = Promise.all(callersOf(trial, own).map((caller) => callIn(sandbox, caller)));
  await trial.killParts(SPREAD_MS);
  await calling;
  tell("everybody has called, every part is back");
  let retried = 0;
  let round = 0;
  const ended = await trial.until(async () => {
    retried += await retryFailed(rig, stage);
    const open = await openOf(rig, sandbox);
    if (round++ % 20 === 0) tell(`${open} calls are open`);
    return open === 0;
  });
  tell(ended ? "all is written down" : "not all is written down in time; judged as it stands");
  return judge(rig, sandbox, retried);
}

/** A number that takes calls, and a service that writes them down, on the account of the environment. */
async function takeCalls(rig: Rig, sandbox: Ask, stage: Stage): Promise<string> {
  const own = "+576015550000";
  await stage.ask("POST /v1/senders", { channel: "sms", address: own });
  const at = (path: string) => `${rig.apiUrl}/webhooks/twilio/voice${path}`;
  await sandbox("POST /_sandbox/intelligence-services", { sid: SERVICE, webhook_url: at("/transcription") });
  await sandbox("POST /_sandbox/numbers", { address: own, voice_url: at(""), status_url: at("/status") });
  return own;
}

interface Caller {
  atMs: number;
  asked: Record<string, unknown>;
}

/** Who calls when, for how long, and what becomes of the first transcript: all by the seed. */
function callersOf({ messages, seed }: Trial, to: string): Caller[] {
  const random = seededRandom(seed);
  return Array.from({ length: messages }, (_, n) => ({
    atMs: random() * SPREAD_MS,
    asked: {
      from: `+57300${String(n).padStart(7, "0")}`,
      to,
      duration_s: LENGTHS[Math.floor(random() * LENGTHS.length)],
      talk_ms: Math.round(random() * 1_000),
      transcript: {
        outcome: random() < FAILS ? "failed" : "completed",
        after_ms: Math.round(random() * 2_000),
        times: 1,
      },
      silent: random() < 0.2 ? ["status", "recording", "transcription"] : [],
    },
  }));
}

/** Whom nobody answers calls again, as people do. */
async function callIn(sandbox: Ask, { atMs, asked }: Caller): Promise<void> {
  await sleep(atMs);
  const answered = () =>
    sandbox("POST /_sandbox/calls", asked).then(
      ({ status }) => status === "in-progress",
      () => false,
    );
  while (!(await answered())) await sleep(1_500);
}

/** What failed at the provider is tried again by API; one that was tried again meanwhile is none of ours. */
async function retryFailed(rig: Rig, stage: Stage): Promise<number> {
  const { rows } = await sql<{
    call_sid: string;
  }>`select call_sid from calls where transcription = 'failed'`.execute(rig.database.db);
  let retried = 0;
  for (const { call_sid } of rows) {
    await stage.ask(`POST /v1/calls/${call_sid}/retry`);
    retried += 1;
  }
  return retried;
}

interface SandboxCall {
  call_sid: string;
  recordings: { recording_sid: string; duration: number; transcripts: { sid: string; ends: string }[] }[];
}

const recordingsOf = async (sandbox: Ask) => {
  const { calls } = (await sandbox("GET /_sandbox/calls")) as { calls: SandboxCall[] };
  return calls.flatMap((one) =>
    one.recordings.map((recording) => ({ ...recording, call_sid: one.call_sid })),
  );
};

interface Stored {
  call_sid: string;
  transcription: string;
  reason: string | null;
  recording_sid: string | null;
  provider_sid: string | null;
  sentences: number;
}

async function storedOf(rig: Rig): Promise<Stored[]> {
  const { rows } = await sql<Stored>`
    select c.call_sid, c.transcription, c.transcription_reason as reason, r.recording_sid, t.provider_sid,
      (select count(*) from transcript_sentences s where s.transcript_id = t.id) as sentences
    from calls c left join recordings r on r.call_id = c.id left join transcripts t on t.recording_id = r.id`.execute(
    rig.database.db,
  );
  return rows;
}

/** Recordings that the provider has made and that have not come to their end here. */
async function openOf(rig: Rig, sandbox: Ask): Promise<number> {
  const stored = new Map((await storedOf(rig)).map((row) => [row.recording_sid, row]));
  const made = await recordingsOf(sandbox);
  const { rows } = await sql<{ open: number }>`select count(*) as open from calls
    where transcription in ('waiting', 'requested', 'in_progress', 'failed')`.execute(rig.database.db);
  const unknown = made.filter((recording) => !stored.has(recording.recording_sid)).length;
  return unknown + (rows[0]?.open ?? 0);
}

/** The sandbox says what was recorded, and how often a transcript of it was asked for. */
async function judge(rig: Rig, sandbox: Ask, retried: number): Promise<TrialOutcome> {
  const stored = new Map((await storedOf(rig)).map((row) => [row.recording_sid, row]));
  const made = await recordingsOf(sandbox);
  const wrong = { twice: 0, lost: 0, unexplained: 0 };
  const findings: object[] = [];
  const figures = { recordings: made.length, transcribed: 0, too_short: 0, failed_then_retried: retried };
  for (const recording of made) {
    const row = stored.get(recording.recording_sid);
    const worth = recording.duration > LONGER_THAN;
    const good = recording.transcripts.filter(({ ends }) => ends === "completed");
    // A transcript that failed at the provider allows for another.
    const twice = good.length > 1 || recording.transcripts.length - good.length > 1;
    const text = row?.transcription === "completed" && row.sentences > 0 && row.provider_sid === good[0]?.sid;
    const short =
      row?.transcription === "none" && row.reason === "too_short" && recording.transcripts.length === 0;
    if (twice) wrong.twice += 1;
    else if (worth && !text) wrong.lost += 1;
    else if (!worth && !short) wrong.unexplained += 1;
    else figures[worth ? "transcribed" : "too_short"] += 1;
    if (twice || (worth ? !text : !short)) findings.push({ recording, row: row ?? null });
  }
  return { figures, wrong, findings };
}
