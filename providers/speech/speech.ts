/** What the program asks of an endpoint that writes down speech, whichever it is. */

export interface HeardSegment {
  start: number;
  end: number;
  /** 0–1; null where the endpoint gives none. */
  confidence: number | null;
  text: string;
}

export interface HeardSpeech {
  /** As the endpoint names it: `spanish`, `es`. */
  language: string | null;
  segments: HeardSegment[];
}

export interface SpeechProvider {
  /**
   * @param audio a WAV of at most 25 MB
   * @throws DomainError `validation` where it is refused, `provider_unavailable` where nobody answers
   */
  transcribe(audio: Blob, model: string, signal: AbortSignal): Promise<HeardSpeech>;
}
