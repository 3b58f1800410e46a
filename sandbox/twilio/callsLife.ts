import type { Sandbox } from "../sandbox.ts";
import { Timeline } from "../timeline.ts";
import { type Answer, acknowledged } from "../webhooks.ts";
import { type Call, NEVER, type NewCall, type Recording, type Transcript } from "./callsModel.ts";
import { readTwiml } from "./callsTwiml.ts";
import type { Account } from "./model.ts";
import { namedSid } from "./namedSid.ts";
import { twilioWebhook } from "./webhook.ts";

/** After a restart: until it listens again, and so knows its own address. */
const SETTLED_MS = 200;

/** Lets calls, recordings and transcripts come about at their time, and tells of them by signed webhooks. */
export class CallLife {
  readonly #sandbox: Sandbox;
  readonly #timeline = new Timeline<() => void>((step) => step());

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  get pending(): number {
    return this.#timeline.size;
  }

  stop(): void {
    this.#timeline.clear();
  }

  /** After a restart: calls that were on go on, what was not told is told. */
  resume(): void {
    const { calls, recordings, transcripts } = this.#sandbox.state;
    const recorded = new Set([...recordings.values()].map((recording) => recording.call_sid));
    for (const call of calls.values()) {
      // Nobody could say what to do with it: the caller has heard nothing and hung up.
      if (call.status === "ringing") this.#after(SETTLED_MS, () => this.#end(call.sid, "failed"));
      if (call.status === "in-progress") this.#after(SETTLED_MS, () => this.#hangUp(call.sid));
      if (!call.told) this.#after(SETTLED_MS, () => this.#tellEnd(call.sid));
      if (
        call.status === "completed" &&
        call.record !== null &&
        !call.asked.hangs_up &&
        !recorded.has(call.sid)
      )
        this.#after(SETTLED_MS, () => this.#recorded(call.sid));
    }
    for (const recording of recordings.values())
      if (!recording.told) this.#after(SETTLED_MS, () => this.#tellRecording(recording.sid));
    for (const transcript of transcripts.values()) if (!transcript.told) this.watch(transcript);
  }

  /** Somebody calls: asks for TwiML and does what it says. Resolves when the call has been answered. */
  async place(account: Account, asked: NewCall): Promise<{ call: Call; answer: Answer }> {
    const { state } = this.#sandbox;
    const now = Date.now();
    const number = state.numbers.get(`${account.sid}|${asked.to}`);
    const statusUrl = asked.status_url ?? number?.status_url ?? null;
    const call: Call = {
      sid: namedSid("CA", `${state.run}|${state.calls.size}|${now}|${this.#sandbox.random()}`),
      account_sid: account.sid,
      asked,
      status: "ringing",
      verbs: [],
      record: null,
      created_at: now,
      ended_at: 0,
      duration: 0,
      status_url: asked.silent.includes("status") ? null : statusUrl,
      told: true,
    };
    this.#put(call);
    const url = asked.voice_url ?? number?.voice_url;
    const answer =
      url === undefined ? { status: 0, body: "" } : await this.#ask(call, url, this.#callFields(call));
    const instructions = acknowledged(answer) ? readTwiml(answer.body, url ?? "") : undefined;
    if (instructions === undefined || instructions.verbs[0] === "Reject") {
      this.#end(call.sid, instructions === undefined ? "failed" : "busy");
      return { call: this.#call(call.sid), answer };
    }
    const { verbs, record } = instructions;
    this.#put({
      ...call,
      status: "in-progress",
      verbs,
      record: record && {
        channels: record.channels,
        callback_url: record.callbackUrl,
        action_url: record.actionUrl,
      },
    });
    this.#after(asked.talk_ms, () => this.#hangUp(call.sid));
    return { call: this.#call(call.sid), answer };
  }

  /** Puts the end of a transcript on the timeline. */
  watch(transcript: Transcript): void {
    if (transcript.ends_at < NEVER)
      this.#timeline.add(transcript.ends_at, () => this.#tellTranscript(transcript.sid));
  }

  #hangUp(sid: string): void {
    const call = this.#call(sid);
    if (call.record !== null && !call.asked.hangs_up)
      this.#after(call.asked.recording_ms, () => this.#recorded(sid));
    this.#end(sid, "completed");
  }

  #end(sid: string, status: Call["status"]): void {
    const call = this.#call(sid);
    const duration = status === "completed" && !call.asked.hangs_up ? call.asked.duration_s : 0;
    this.#put({ ...call, status, duration, ended_at: Date.now(), told: call.status_url === null });
    this.#tellEnd(sid);
  }

  #tellEnd(sid: string): void {
    const call = this.#call(sid);
    if (call.told || call.status_url === null) return;
    const fields = { ...this.#callFields(call), CallDuration: String(call.duration), SequenceNumber: "0" };
    this.#tell(call.account_sid, sid, call.status_url, fields, () =>
      this.#put({ ...this.#call(sid), told: true }),
    );
  }

  #recorded(callSid: string): void {
    const { state } = this.#sandbox;
    const call = this.#call(callSid);
    if (call.record === null || [...state.recordings.values()].some((one) => one.call_sid === callSid))
      return;
    const { callback_url, channels, action_url } = call.record;
    const silent = call.asked.silent.includes("recording");
    const recording: Recording = {
      sid: namedSid("RE", callSid),
      account_sid: call.account_sid,
      call_sid: callSid,
      status: "completed",
      duration: call.asked.duration_s,
      channels,
      created_at: Date.now(),
      callback_url: silent ? null : callback_url,
      told: silent || callback_url === null,
      deleted: false,
      heard: 0,
    };
    this.#sandbox.record({ k: "recording", v: recording });
    this.#tellRecording(recording.sid);
    // The next document of the call is asked for although nobody hears it any more, as Twilio does.
    if (action_url !== null)
      void this.#ask(call, action_url, { ...this.#callFields(call), Digits: "hangup" });
  }

  #tellRecording(sid: string): void {
    const recording = this.#sandbox.state.recordings.get(sid);
    if (recording === undefined || recording.told || recording.callback_url === null) return;
    const fields = {
      AccountSid: recording.account_sid,
      CallSid: recording.call_sid,
      RecordingSid: sid,
      RecordingUrl: `${this.#sandbox.origin}/2010-04-01/Accounts/${recording.account_sid}/Recordings/${sid}`,
      RecordingStatus: recording.status,
      RecordingDuration: String(recording.duration),
      RecordingChannels: String(recording.channels),
      RecordingSource: recording.channels === 2 ? "DialVerb" : "RecordVerb",
      ErrorCode: "0",
    };
    this.#tell(recording.account_sid, sid, recording.callback_url, fields, () =>
      this.#sandbox.record({ k: "recording", v: { ...recording, told: true } }),
    );
  }

  #tellTranscript(sid: string): void {
    const { state } = this.#sandbox;
    const transcript = state.transcripts.get(sid);
    if (transcript === undefined || transcript.told) return;
    const done = () => this.#sandbox.record({ k: "transcript", v: { ...transcript, told: true } });
    const url = state.services.get(transcript.service_sid)?.webhook_url;
    const call = state.calls.get(state.recordings.get(transcript.source_sid)?.call_sid ?? "");
    if (url === undefined || call?.asked.silent.includes("transcription") === true) return done();
    const fields = {
      account_sid: transcript.account_sid,
      service_sid: transcript.service_sid,
      transcript_sid: sid,
      customer_key: transcript.customer_key,
      event_type: "voice_intelligence_transcript_available",
    };
    this.#tell(transcript.account_sid, sid, url, fields, done, true);
  }

  /** Sends a webhook that may be lost, doubled or late by the receipt faults; `done` once it is settled. */
  #tell(
    accountSid: string,
    lane: string,
    url: string,
    fields: Record<string, string>,
    done: () => void,
    json = false,
  ): void {
    const strike = this.#sandbox.faults.ofReceipt(accountSid);
    if (strike?.fault === "receipts_lost") return done();
    const token = this.#tokenOf(accountSid);
    const send = (after: () => void) =>
      this.#sandbox.webhooks.send({
        lane,
        make: () => twilioWebhook({ url, token, fields, json }, this.#sandbox.state.settings),
        done: after,
      });
    if (strike?.fault === "receipts_delayed") this.#after(strike.delayMs, () => send(done));
    else send(done);
    if (strike?.fault === "receipts_doubled") send(() => {});
  }

  #ask(call: Call, url: string, fields: Record<string, string>): Promise<Answer> {
    return new Promise((done) => {
      const token = this.#tokenOf(call.account_sid);
      const make = () => twilioWebhook({ url, token, fields }, this.#sandbox.state.settings);
      this.#sandbox.webhooks.send({ lane: `${call.sid}|ask`, make, done });
    });
  }

  #callFields(call: Call): Record<string, string> {
    const { from, to } = call.asked;
    return {
      CallSid: call.sid,
      AccountSid: call.account_sid,
      From: from,
      To: to,
      Caller: from,
      Called: to,
      CallStatus: call.status,
      Direction: "inbound",
      ApiVersion: "2010-04-01",
      FromCountry: "",
      FromState: "",
      FromCity: "",
      ToCountry: "",
    };
  }

  #tokenOf(accountSid: string): string {
    return this.#sandbox.state.accounts.get(accountSid)?.token ?? "";
  }

  #call(sid: string): Call {
    return this.#sandbox.state.calls.get(sid) as Call;
  }

  #put(call: Call): void {
    this.#sandbox.record({ k: "call", v: call });
  }

  #after(ms: number, step: () => void): void {
    const { run } = this.#sandbox.state;
    // A reset in between has taken the call away.
    this.#timeline.add(Date.now() + ms, () => {
      if (this.#sandbox.state.run === run) step();
    });
  }
}
