import { ApplicationFailure, Context } from "@temporalio/activity";
import { type Call, findVoiceSettings, setTranscription } from "../db/calls.ts";
import { databaseNow, inTransaction } from "../db/connect.ts";
import {
  claimIntent,
  completeTranscript,
  dropIntent,
  failOpenTranscripts,
  failTranscript,
  listTranscriptsOf,
  markReady,
  noteRequested,
  type Transcript,
} from "../db/transcripts.ts";
import type { VoiceSettings } from "../domain/callSettings.ts";
import { isDomainError } from "../domain/errors.ts";
import { digestCall } from "../domain/language/digestCall.ts";
import { languageOfTranscript, type Sentence, speakerOn } from "../domain/transcript.ts";
import { transcriptKey } from "../domain/voiceWebhook.ts";
import type { VoiceAccount } from "../providers/voice.ts";
import type { CallInput } from "../workflows/handles.ts";
import { askWithWaits } from "./askWithWaits.ts";
import { beating } from "./beating.ts";
import { type CallDeps, deadlineOf, mustFind, serviceOf } from "./calls.ts";

/** How a step over the transcripts of a call ended. */
export interface TranscriptStep {
  /** What it waits for; null: each of them is past this step, or has failed. */
  waitsFor: string | null;
  open: number;
  failed: number;
  pollMs: number;
}

/** A request that is not written by then is not made: so none comes after its grace. */
const REQUEST_DEADLINE_MS = 2_000;

interface Stage {
  deps: CallDeps;
  call: Call;
  settings: VoiceSettings;
  account: VoiceAccount;
}

export function transcriptActivities(deps: CallDeps) {
  const step =
    (states: readonly string[], take: (stage: Stage, transcript: Transcript) => Promise<string | null>) =>
    async (input: CallInput): Promise<TranscriptStep> => {
      const stage = await stageOf(deps, input);
      if ((await databaseNow(deps.db)) >= deadlineOf(stage.call, stage.settings))
        await failOpenTranscripts(deps.db, stage.call.id, "deadline");
      // Whoever wants the recording gone wants nothing more made of it.
      const taken = (transcript: Transcript) =>
        transcript.deletion_requested_at === null
          ? take(stage, transcript)
          : giveUp(stage, transcript, "recording_deleted");
      let waitsFor: string | null = null;
      for (const transcript of await listTranscriptsOf(deps.db, stage.call.id))
        if (states.includes(transcript.state)) waitsFor = (await taken(transcript)) ?? waitsFor;
      const after = await listTranscriptsOf(deps.db, stage.call.id);
      const count = (...of: string[]) => after.filter(({ state }) => of.includes(state)).length;
      const open = count(...states);
      return {
        waitsFor: open > 0 ? (waitsFor ?? "the provider") : null,
        open,
        failed: count("failed"),
        pollMs: stage.settings.poll_seconds * 1_000,
      };
    };

  return {
    /** Has each recording transcribed, once: what was asked for before is looked for before it is asked for again. */
    requestTranscripts: beating(
      step(["requested"], (stage, one) => (one.engine === "speech" ? hear(stage, one) : request(stage, one))),
    ),
    /** Whether the provider is through with them. */
    lookAtTranscripts: beating(step(["in_progress"], followUp)),
    /** Fetches what was said and writes it down, with what it comes to. */
    storeTranscripts: beating(step(["ready"], fetchText)),
  };
}

async function stageOf(deps: CallDeps, input: CallInput): Promise<Stage> {
  const call = await mustFind(deps, input);
  return {
    deps,
    call,
    settings: await findVoiceSettings(deps.db, input.workspaceId),
    account: await deps.voiceOf(call.workspace_id, call.provider_account_id),
  };
}

/** Runs a question to the provider; where it is not answered, that is what is waited for. */
async function patiently(
  { deps }: Stage,
  ask: () => Promise<string | null | undefined>,
): Promise<string | null> {
  try {
    return (await ask()) ?? null;
  } catch (error) {
    // A fault of the database's is Temporal's to retry; one of the provider's is waited for, up to the deadline.
    if (typeof (error as { code?: unknown }).code === "string" && !isDomainError(error)) throw error;
    if (error instanceof ApplicationFailure) throw error;
    deps.log.warn({ why: (error as Error).message }, "a transcript could not be asked about; it comes again");
    return "the provider to answer";
  }
}

const request = (stage: Stage, transcript: Transcript): Promise<string | null> =>
  patiently(stage, async () => {
    const { deps, call, settings, account } = stage;
    const { provider } = account;
    const serviceSid = serviceOf(settings, account, call);
    if (serviceSid === null) return giveUp(stage, transcript, "no_service");
    const started = performance.now();
    const theirs = await provider.findTranscripts(transcript.recording_sid);
    const known = theirs.find((one) => !transcript.given_up_sids.includes(one.sid));
    if (known !== undefined) return requested(stage, transcript, known.sid);
    // The list was asked after the grace of any earlier request: what is not in it was never taken.
    const dispatchBy = performance.now() + REQUEST_DEADLINE_MS;
    const grace = deps.graceMs + (performance.now() - started);
    if (!(await claimIntent(deps.db, transcript.id, grace))) return "an earlier request to show";
    const answer = await provider.createTranscript(
      {
        serviceSid,
        recordingSid: transcript.recording_sid,
        customerKey: transcriptKey(call.workspace_id, call.call_sid),
      },
      dispatchBy,
    );
    if (answer.kind === "created") return requested(stage, transcript, answer.sid);
    if (answer.kind === "refused") await failTranscript(deps.db, transcript.id, `refused:${answer.code}`);
    else if (answer.kind !== "unknown") await dropIntent(deps.db, transcript.id);
    return answer.kind === "unknown" ? "an earlier request to show" : "the provider to take it";
  });

async function giveUp({ deps }: Stage, transcript: Transcript, reason: string): Promise<null> {
  await failTranscript(deps.db, transcript.id, reason);
  return null;
}

async function requested({ deps, call }: Stage, transcript: Transcript, sid: string): Promise<null> {
  await noteRequested(deps.db, transcript.id, sid);
  await setTranscription(deps.db, call, "in_progress", null);
  return null;
}

const followUp = (stage: Stage, transcript: Transcript): Promise<string | null> =>
  patiently(stage, async () => {
    const { deps, account } = stage;
    const found = await account.provider.fetchTranscript(transcript.provider_sid ?? "");
    if (found === undefined) return giveUp(stage, transcript, "provider_lost");
    if (found.status === "completed")
      await markReady(deps.db, transcript.id, languageOfTranscript(found.language));
    else if (["failed", "canceled", "error"].includes(found.status))
      await failTranscript(deps.db, transcript.id, `provider_${found.status}`);
    else return "the transcript";
    return null;
  });

const fetchText = (stage: Stage, transcript: Transcript): Promise<string | null> =>
  patiently(stage, async () => {
    const said = await stage.account.provider.listSentences(transcript.provider_sid ?? "");
    const sentences = said.map(({ channel, ...sentence }) => ({
      ...sentence,
      speaker: speakerOf(stage, transcript, channel),
    }));
    await complete(stage, transcript, sentences, transcript.language);
    return null;
  });

/** The speech endpoint answers at once; a try that dies on the way has stored nothing, and the next one hears it anew. */
const hear = (stage: Stage, transcript: Transcript): Promise<string | null> =>
  patiently(stage, async () => {
    const { deps, account, settings } = stage;
    if (deps.speech === null) return giveUp(stage, transcript, "no_service");
    const { cancellationSignal } = Context.current();
    const stream = await account.provider.openRecording(transcript.recording_sid, cancellationSignal);
    const audio = await new Response(stream).blob();
    try {
      const heard = await deps.speech.transcribe(audio, settings.speech_model, cancellationSignal);
      const sentences = heard.segments.map((segment) => ({
        ...segment,
        speaker: transcript.channels > 1 ? ("unknown" as const) : speakerOf(stage, transcript, 1),
      }));
      await complete(stage, transcript, sentences, languageOfTranscript(heard.language));
    } catch (error) {
      if (!isDomainError(error, "validation")) throw error;
      await failTranscript(deps.db, transcript.id, `refused:${String(error.details?.["provider_code"])}`);
    }
    return null;
  });

const speakerOf = ({ call }: Stage, { channels }: Transcript, channel: number) =>
  speakerOn(channel, { channels, forwarded: call.forwarded_to !== null });

async function complete(
  { deps, call }: Stage,
  transcript: Transcript,
  sentences: readonly Sentence[],
  language: string | null,
): Promise<void> {
  const tongue = languageOfTranscript(language ?? call.language);
  const digested = await askWithWaits((options) =>
    digestCall(deps.language, call.workspace_id, { sentences, tongue }, options),
  );
  const text = { language: language ?? tongue, sentences, ...digested };
  await inTransaction(deps.db, (tx) => completeTranscript(tx, call.workspace_id, transcript.id, text));
}
