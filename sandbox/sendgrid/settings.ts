import { z } from "zod";

const ms = z.number().int().min(0).max(86_400_000);

/** How mail fares where nothing more special is said. Times in milliseconds after acceptance, or after `send_at`. */
export const MailSettings = z.strictObject({
  processed_ms: ms.default(20),
  delivered_ms: ms.default(100),
  open_ms: ms.default(250),
  click_ms: ms.default(400),
  /** Complaints and unsubscribes. */
  complain_ms: ms.default(500),
  reply_ms: ms.default(500),
  /** Between two tries of a deferred mail. */
  deferral_ms: ms.default(100),
  /** Every delay is stretched or shrunk at random by up to this share. */
  spread: z.number().min(0).max(1).default(0.3),
  /** Events are gathered for so long (SendGrid: up to 30 s), or until there are so many, or so many bytes. */
  batch_ms: ms.default(50),
  batch_events: z.number().int().min(1).max(10_000).default(1_000),
  batch_bytes: z
    .number()
    .int()
    .min(1_000)
    .default(768 * 1024),
  /** An events post that is not acknowledged goes out again after this, then after twice that, up to a minute. */
  event_retry_ms: ms.default(500),
  event_retry_for_ms: ms.default(86_400_000),
  /** A larger call is answered with 413. */
  max_bytes: z
    .number()
    .int()
    .min(1_000)
    .default(30 * 1024 * 1024),
  /** A cancellation less than so long before `send_at` does not take hold: SendGrid promises none within 10 minutes. */
  cancel_lead_ms: ms.default(600_000),
  /** Links and pixels are put into HTML unless the call says otherwise: without, nobody is seen to open or click. */
  open_tracking: z.boolean().default(true),
  click_tracking: z.boolean().default(true),
  seed: z.number().int().default(1),
});
export type MailSettings = z.infer<typeof MailSettings>;
