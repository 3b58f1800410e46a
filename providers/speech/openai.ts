import OpenAI, { APIConnectionError, APIError, toFile } from "openai";
import { DomainError } from "../../domain/errors.ts";
import type { SpeechProvider } from "./speech.ts";

/**
 * Speech to text as OpenAI offers it, and servers that speak its language (whisper.cpp, faster-whisper, LocalAI).
 * Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
export function openaiSpeech(on: { apiKey: string; baseUrl: string | null }): SpeechProvider {
  // Retries are Temporal's: each of the SDK's own would only make one try last longer.
  const client = new OpenAI({ apiKey: on.apiKey, baseURL: on.baseUrl, maxRetries: 0, logLevel: "off" });
  return {
    async transcribe(audio, model, signal) {
      const file = await toFile(audio, "recording.wav", { type: "audio/wav" });
      const heard = await asked(() =>
        client.audio.transcriptions.create({ file, model, response_format: "verbose_json" }, { signal }),
      );
      const segments = (heard.segments ?? []).map(({ start, end, text, avg_logprob }) => ({
        start,
        end,
        text: text.trim(),
        confidence: Number.isFinite(avg_logprob) ? Math.min(1, Math.exp(avg_logprob)) : null,
      }));
      const whole = { start: 0, end: Number(heard.duration), text: heard.text.trim(), confidence: null };
      return {
        language: heard.language || null,
        segments: segments.length > 0 || whole.text === "" ? segments : [whole],
      };
    },
  };
}

/** The SDK's errors may quote the request: only their numbers go on. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const status = error instanceof APIError ? (error.status as number | undefined) : undefined;
    const definite =
      status !== undefined && status >= 400 && status < 500 && ![408, 409, 429].includes(status);
    if (definite && !(error instanceof APIConnectionError)) {
      throw new DomainError("validation", `The speech endpoint does not take this (HTTP ${status}).`, {
        fix: "Check OPENAI_API_KEY, OPENAI_BASE_URL and the workspace's speech_model.",
        details: { provider_code: status },
      });
    }
    throw new DomainError("provider_unavailable", "The speech endpoint did not answer.");
  }
}
