/** What was understood of a reply: the answer of `/v1/ai/classify`, whoever has read it. */
export interface ReplyReading {
  intent: string;
  sentiment: "positive" | "neutral" | "negative";
  /** 0 to 100. */
  confidence: number;
  key_phrases: readonly string[];
  suggested_action: string;
  urgency: "low" | "medium" | "high";
  auto_response: {
    should_respond: boolean;
    suggested_response: string | null;
    requires_human_review: boolean;
  };
  opt_out: boolean;
  language: string;
  /** `rules`, or whose model has read it. */
  provider: string;
  /** Whose model should have read it, where rules had to, and why it did not. */
  fallback_from?: string;
  reason?: string;
  why: string;
}

export interface ReplyToRead {
  workspace_id: string;
  reply_text: string;
  original_message?: string;
  language?: string;
  /** The person's, which a workspace may want kept from models. */
  names?: readonly string[];
}

/** Reads a reply by whatever the workspace has it read by. */
export type ReadReply = (reply: ReplyToRead) => Promise<ReplyReading>;
