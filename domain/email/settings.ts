import { z } from "zod";

/** Settings of a workspace for what it sends by e-mail. */
export const EmailSettings = z.strictObject({
  physical_address: z
    .string()
    .trim()
    .min(5)
    .max(300)
    .nullable()
    .describe("Where the sender lives, as one line: marketing has to say it. Null: no marketing by e-mail."),
  doubt_hours: z
    .number()
    .min(0.01)
    .max(168)
    .describe("How long events may settle a call in doubt before an operator is asked."),
});
type EmailSettings = z.infer<typeof EmailSettings>;

/** SendGrid repeats events for 24 hours. */
export const DEFAULT_EMAIL_SETTINGS: EmailSettings = { physical_address: null, doubt_hours: 24 };
