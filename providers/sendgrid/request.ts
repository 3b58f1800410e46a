import { z } from "zod";
import { parseEmail } from "../../domain/address.ts";
import type { MailFault, OutgoingMail } from "../mail.ts";

const VALUES_BYTES = 10_000;
const MOST_PEOPLE = 1_000;

const email = z.string().refine((address) => parseEmail(address).ok, "Does not contain a valid address.");
const address = z.strictObject({ email, name: z.string().min(1).max(1_000).optional() });
const strings = z.record(z.string(), z.string());
const sized = strings.refine((values) => bytesOf(values) <= VALUES_BYTES, {
  error: `may not exceed ${VALUES_BYTES} bytes`,
});

/**
 * What SendGrid takes, of what is sent here; its limits by its OpenAPI description.
 * Source: https://github.com/twilio/sendgrid-oai (tsg_mail_v3.yaml), and
 * https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations
 */
const MailSend = z.strictObject({
  personalizations: z
    .array(
      z.strictObject({
        to: z.array(address).min(1).max(1),
        substitutions: sized,
        headers: strings,
        custom_args: sized,
      }),
    )
    .min(1)
    .max(MOST_PEOPLE),
  from: address,
  reply_to: address.optional(),
  subject: z.string().min(1),
  content: z
    .array(z.strictObject({ type: z.enum(["text/plain", "text/html"]), value: z.string().min(1) }))
    .min(1)
    .max(2),
  attachments: z
    .array(
      z.strictObject({
        content: z.string().min(1),
        filename: z.string().min(1),
        type: z.string().regex(/^[^;\r\n]+$/),
        disposition: z.enum(["attachment", "inline"]),
        content_id: z.string().min(1).optional(),
      }),
    )
    .optional(),
  categories: z.array(z.string().min(1).max(255)).max(10).optional(),
  asm: z.strictObject({ group_id: z.int() }).optional(),
  ip_pool_name: z.string().min(2).max(64).optional(),
  tracking_settings: z.strictObject({
    click_tracking: z.strictObject({ enable: z.boolean(), enable_text: z.boolean() }),
    open_tracking: z.strictObject({ enable: z.boolean() }),
    subscription_tracking: z.strictObject({ enable: z.boolean() }),
  }),
  batch_id: z.string().min(1).optional(),
  send_at: z.int().optional(),
});
export type MailSend = z.infer<typeof MailSend>;

function bytesOf(values: Record<string, string>): number {
  let bytes = 0;
  for (const name in values) bytes += Buffer.byteLength(name) + Buffer.byteLength(values[name] as string);
  return bytes;
}

/** The body of a call, or what SendGrid would refuse it for, in its own words for the fields. */
export function mailRequest(
  mail: OutgoingMail,
): { ok: true; request: MailSend } | { ok: false; faults: MailFault[] } {
  const checked = MailSend.safeParse(shapeOf(mail));
  if (checked.success) return { ok: true, request: checked.data };
  const faults = checked.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  return { ok: false, faults };
}

function shapeOf(mail: OutgoingMail): MailSend {
  const { from, replyTo, subject, html, text, attachments, categories, asmGroupId, ipPoolName, batch } = mail;
  return {
    personalizations: mail.people.map((person) => ({
      to: [{ email: person.email }],
      substitutions: { ...person.values },
      headers: { ...person.headers },
      custom_args: { ...person.customArgs },
    })),
    from: { email: from.email, ...(from.name !== null && { name: from.name }) },
    ...(replyTo !== null && { reply_to: { email: replyTo } }),
    subject,
    content: [
      { type: "text/plain", value: text },
      { type: "text/html", value: html },
    ],
    ...(attachments.length > 0 && {
      attachments: attachments.map(
        ({ content_base64, file_name, content_type, disposition, content_id }) => ({
          content: content_base64,
          filename: file_name,
          type: content_type,
          disposition,
          ...(content_id !== undefined && { content_id }),
        }),
      ),
    }),
    ...(categories.length > 0 && { categories: [...new Set(categories)] }),
    ...(asmGroupId !== null && { asm: { group_id: asmGroupId } }),
    ...(ipPoolName !== null && { ip_pool_name: ipPoolName }),
    tracking_settings: {
      // A text would show SendGrid's addresses in place of its own.
      click_tracking: { enable: mail.tracking.clicks, enable_text: false },
      open_tracking: { enable: mail.tracking.opens },
      // The ways to leave are ours: SendGrid's would stand beside them, and take their header's place.
      subscription_tracking: { enable: false },
    },
    ...(batch !== null && { batch_id: batch.id, send_at: Math.floor(batch.sendAt.getTime() / 1_000) }),
  };
}
