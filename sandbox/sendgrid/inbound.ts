import { randomBytes } from "node:crypto";
import type { Sandbox } from "../sandbox.ts";
import { type Answer, acknowledged } from "../webhooks.ts";
import { messageIdOf } from "./eventJson.ts";
import type { Mail } from "./model.ts";
import { rendered } from "./render.ts";

/** A mail that somebody writes to the account's inbound domain. */
export interface InboundMail {
  /** `Ana <ana@example.com>`, or the address alone. */
  from: string;
  to: string;
  subject: string;
  cc?: string | undefined;
  text?: string | undefined;
  html?: string | undefined;
  /** Further headers, "Name: value", beside the usual ones; a name that is there already is replaced. */
  headers?: Record<string, string> | undefined;
  attachments?:
    | { filename: string; type: string; base64: string; content_id?: string | undefined }[]
    | undefined;
  envelope?: { from: string; to: string[] } | undefined;
  /** Charset per field: {"text": "iso-8859-1"}; the field then goes out in those bytes. UTF-8 unless given. */
  charsets?: Record<string, string> | undefined;
  spam_score?: number | undefined;
  spam_report?: string | undefined;
  dkim?: string | undefined;
  spf?: string | undefined;
  sender_ip?: string | undefined;
}

const NOBODY: Answer = { status: 0, body: "" };
/** Inbound Parse tries again where nobody answered, and after a 5xx. */
const RETRIES = 5;

/** Posts a mail as Inbound Parse does. Source: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook */
export function passInbound(sandbox: Sandbox, accountName: string, mail: InboundMail): Promise<Answer> {
  const url = sandbox.state.mail.accounts.get(accountName)?.record.inbound_url;
  const fault = sandbox.faults.ofInbound(accountName);
  if (url === undefined || fault === "inbound_lost") {
    sandbox.record({ k: "mail_inbound", end: "lost" });
    return Promise.resolve(NOBODY);
  }
  const form = formOf(mail);
  const post = (): Promise<Answer> =>
    new Promise((resolve) => {
      sandbox.webhooks.send({
        lane: `mail|inbound|${mail.from}`,
        make: () => ({ url, ...form, retries: RETRIES, on5xx: true }),
        done: (answer) => {
          sandbox.record({ k: "mail_inbound", end: acknowledged(answer) ? "acknowledged" : "failed" });
          resolve(answer);
        },
      });
    });
  const first = post();
  return fault === "inbound_doubled" ? post() : first;
}

/** What the person's program writes in answer to a mail: above, with the mail quoted below, and its references. */
export function replyTo(mail: Mail): InboundMail {
  const got = rendered(mail);
  const said = mail.behaviour.reply;
  const id = `<${messageIdOf(mail)}@sandbox>`;
  const quoted = (got.text ?? "").split("\n").map((line) => `> ${line}`);
  const auto = { "Auto-Submitted": "auto-replied", Precedence: "bulk" };
  return {
    from: mail.to.email,
    to: got.reply_to?.email ?? got.from.email,
    subject: said?.subject ?? `Re: ${got.subject}`,
    text: [said?.text ?? "", "", `El vie, 27 nov, ${got.from.email} escribió:`, ...quoted, ""].join("\r\n"),
    headers: { "In-Reply-To": id, References: id, ...(said?.auto ? auto : {}) },
  };
}

function formOf(mail: InboundMail): { headers: Record<string, string>; body: Buffer } {
  const boundary = `xYzZY${randomBytes(12).toString("hex")}`;
  const attachments = mail.attachments ?? [];
  const address = /<([^>]+)>/.exec(mail.from)?.[1] ?? mail.from;
  const charsets = {
    to: "UTF-8",
    from: "UTF-8",
    subject: "UTF-8",
    text: "UTF-8",
    html: "UTF-8",
    ...mail.charsets,
  };
  const own: Record<string, string | undefined> = {
    headers: headersOf(mail, address),
    dkim: mail.dkim ?? `{@${address.split("@").at(-1)} : pass}`,
    to: mail.to,
    cc: mail.cc,
    html: mail.html,
    from: mail.from,
    text: mail.text,
    sender_ip: mail.sender_ip ?? "203.0.113.7",
    spam_report: mail.spam_report ?? "Spam detection software has found nothing.",
    envelope: JSON.stringify(
      mail.envelope ?? { to: [/<([^>]+)>/.exec(mail.to)?.[1] ?? mail.to], from: address },
    ),
    attachments: String(attachments.length),
    subject: mail.subject,
    spam_score: String(mail.spam_score ?? 0.1),
    charsets: JSON.stringify(charsets),
    SPF: mail.spf ?? "pass",
    ...attachedOf(attachments),
  };
  const parts: Buffer[] = [];
  const add = (disposition: string, content: Buffer): void => {
    parts.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
      content,
      Buffer.from("\r\n"),
    );
  };
  for (const name in own) {
    const value = own[name];
    if (value !== undefined) add(`name="${name}"`, encoded(value, mail.charsets?.[name]));
  }
  for (const [index, { filename, type, base64 }] of attachments.entries()) {
    const named = `name="attachment${index + 1}"; filename="${filename}"\r\nContent-Type: ${type}`;
    add(named, Buffer.from(base64, "base64"));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  const headers = {
    "content-type": `multipart/form-data; boundary=${boundary}`,
    "user-agent": "SendGrid Inbound Parse",
  };
  return { headers, body: Buffer.concat(parts) };
}

function attachedOf(attachments: NonNullable<InboundMail["attachments"]>): Record<string, string> {
  if (attachments.length === 0) return {};
  const named = attachments.map(({ filename, type, content_id }, index) => [
    `attachment${index + 1}`,
    {
      filename,
      name: filename,
      charset: "utf-8",
      type,
      ...(content_id === undefined ? {} : { "content-id": content_id }),
    },
  ]);
  const ids = attachments.flatMap(({ content_id }, index) =>
    content_id === undefined ? [] : [[content_id, `attachment${index + 1}`]],
  );
  return {
    "attachment-info": JSON.stringify(Object.fromEntries(named)),
    ...(ids.length > 0 ? { "content-ids": JSON.stringify(Object.fromEntries(ids)) } : {}),
  };
}

function headersOf(mail: InboundMail, address: string): string {
  const headers: Record<string, string> = {
    Received: `by mx0047p1mdw1.sendgrid.net with SMTP`,
    From: mail.from,
    To: mail.to,
    Subject: mail.subject,
    Date: new Date().toUTCString().replace("GMT", "+0000"),
    "Message-ID": `<${randomBytes(12).toString("hex")}@${address.split("@").at(-1)}>`,
    "MIME-Version": "1.0",
    ...(mail.cc === undefined ? {} : { Cc: mail.cc }),
    ...mail.headers,
  };
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

function encoded(text: string, charset: string | undefined): Buffer {
  return /^(iso-8859-1|windows-1252|us-ascii)$/i.test(charset ?? "")
    ? Buffer.from(text, "latin1")
    : Buffer.from(text);
}
