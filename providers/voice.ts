/** What the program asks of a provider of calls, and of whoever writes down what was said in them. */

export interface ProviderCall {
  /** In the provider's words, as are those below. */
  status: string;
  from: string;
  to: string;
  seconds: number | null;
  endedAt: Date | null;
}

export interface ProviderRecording {
  sid: string;
  status: string;
  seconds: number | null;
  channels: number;
  url: string;
}

export interface ProviderTranscript {
  sid: string;
  status: string;
  language: string | null;
}

export interface ProviderSentence {
  /** 1 or 2. */
  channel: number;
  start: number;
  end: number;
  confidence: number | null;
  text: string;
}

/**
 * What became of asking for a transcript. `refused`: definitely not taken; `not_sent`: nothing has left this process;
 * `later`: not taken now, ask again; `unknown`: it may have been taken, only the list can tell.
 */
export type TranscriptAnswer =
  | { kind: "created"; sid: string }
  | { kind: "refused"; code: string }
  | { kind: "not_sent" | "later" | "unknown" };

/**
 * One account's calls. Where the provider cannot be asked, calls reject with an error that quotes nothing of them.
 * Undefined: it knows none by this SID.
 */
export interface VoiceProvider {
  fetchCall(sid: string): Promise<ProviderCall | undefined>;
  listRecordings(callSid: string): Promise<ProviderRecording[]>;
  /** The recording as a WAV. */
  openRecording(sid: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** False: it was not there any more. */
  deleteRecording(sid: string): Promise<boolean>;
  /** Every transcript of a recording, whatever became of it, oldest first. */
  findTranscripts(recordingSid: string): Promise<ProviderTranscript[]>;
  /** `deadline` is a moment of performance.now(): a call that has not been written by then is not made. */
  createTranscript(
    asked: { serviceSid: string; recordingSid: string; customerKey: string },
    deadline: number,
  ): Promise<TranscriptAnswer>;
  fetchTranscript(sid: string): Promise<ProviderTranscript | undefined>;
  listSentences(transcriptSid: string): Promise<ProviderSentence[]>;
  deleteTranscript(sid: string): Promise<boolean>;
}

/** Whose calls, and the service of the account that transcribes where the environment names one. */
export interface VoiceAccount {
  provider: VoiceProvider;
  intelligenceServiceSid: string | null;
}

export type VoiceOf = (workspaceId: string, providerAccountId: string | null) => Promise<VoiceAccount>;
