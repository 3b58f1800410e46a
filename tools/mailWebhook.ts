import { Failure } from "./say.ts";

/** What the sandbox signs events of e-mail with, as SendGrid shows such a key: for SENDGRID_WEBHOOK_PUBLIC_KEY. */
export async function sandboxWebhookKey(sandboxUrl: string): Promise<string> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/mail`);
  const { accounts } = (await answer.json()) as { accounts?: { public_key: string }[] };
  const key = accounts?.[0]?.public_key;
  if (key === undefined) throw new Failure("The sandbox has no account of e-mail.");
  return key;
}

/** Has the sandbox post what becomes of e-mails to this installation. */
export async function tellMailWebhook(sandboxUrl: string, publicUrl: string): Promise<void> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/mail/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url: `${publicUrl}/webhooks/sendgrid/events` }),
  });
  if (!answer.ok) throw new Failure(`The sandbox does not take the webhook of e-mail: HTTP ${answer.status}`);
}
