import type { Sandbox } from "./sandbox.ts";
import { type Message, statusName } from "./twilio/model.ts";

const LAST = 50;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A plain page for the developer: counts and the newest messages. */
export function statusPage({ state, lifecycle, webhooks }: Sandbox): string {
  const rows = state.messages.slice(-LAST).reverse().map(rowOf);
  const inbound = state.inbound.acknowledged + state.inbound.failed + state.inbound.lost;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox</title><style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}
td:last-child{max-width:30rem;overflow-wrap:anywhere}</style></head><body>
<h1>Sandbox</h1><p>A stand-in for the providers: nothing here reaches a person.</p>
<p>${state.messages.length - inbound} accepted · ${inbound} inbound · ${state.accounts.size} accounts ·
${state.receipts.acknowledged} receipts acknowledged, ${state.receipts.failed} failed, ${state.receipts.lost} lost ·
${lifecycle.pending + webhooks.pending} pending · <a href="/_sandbox/ledger">ledger</a></p>
<p>${state.mail.mails.length} mails in ${state.mail.calls.length} calls · <a href="/_sandbox/mail/ledger">ledger</a> ·
<a href="/_sandbox/mail/messages?content=1">what they say</a></p>
<table><thead><tr><th>Time</th><th>From</th><th>To</th><th>Status</th><th>Text</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></body></html>`;
}

function rowOf(message: Message): string {
  const time = new Date(message.acceptedAt).toISOString().slice(11, 23);
  const status =
    message.errorCode === 0 ? statusName(message) : `${statusName(message)} ${message.errorCode}`;
  const cells = [time, message.from.value, message.to.value, status, message.body];
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
}
