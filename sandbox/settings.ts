import { z } from "zod";

const ms = z.number().int().min(0).max(86_400_000);

/** How the stand-in behaves where nothing more special is said. Times in milliseconds after acceptance. */
export const Settings = z.strictObject({
  sent_ms: ms.default(50),
  delivered_ms: ms.default(150),
  read_ms: ms.default(300),
  /** Every delay is stretched or shrunk at random by up to this share. */
  spread: z.number().min(0).max(1).default(0.3),
  reply_ms: ms.default(400),
  /** Free text on WhatsApp ends in 63016 unless the person wrote within window_ms. */
  enforce_window: z.boolean().default(true),
  window_ms: z.number().int().min(0).default(86_400_000),
  /** Where a STOP makes later creates fail with 21610: Twilio does it for SMS by itself. */
  enforce_stop: z.enum(["sms", "all", "none"]).default("sms"),
  /** Adds OptOutType to inbound messages, as a Messaging Service with Advanced Opt-Out does. */
  advanced_opt_out: z.boolean().default(false),
  /** From must be a registered number of the account (21606, 63007). */
  strict_numbers: z.boolean().default(false),
  approval: z.enum(["approved", "pending", "rejected"]).default("approved"),
  approval_ms: ms.default(200),
  callback_concurrency: z.number().int().min(1).max(1024).default(64),
  callback_timeout_ms: z.number().int().min(10).max(60_000).default(15_000),
  /** Further tries after a 5xx answer; Twilio's default is none. */
  callback_retries: z.number().int().min(0).max(5).default(0),
  seed: z.number().int().default(1),
});
export type Settings = z.infer<typeof Settings>;
