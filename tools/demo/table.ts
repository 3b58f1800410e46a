import type { Preflight } from "./campaign.ts";
import type { Ask } from "../client.ts";
import type { DemoResult } from "./result.ts";

const times = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const at = (instant: string | null | undefined) => (instant ? times.format(new Date(instant)) : "–");
const figures = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none";

/** The result as a table for people. */
export function tableOf(result: DemoResult, preflight: Preflight): string {
  const { import: file, campaign, ledger } = result;
  const rows: [string, string, string][] = [
    [
      "File",
      `${file.rows} rows`,
      `${file.people} people, ${file.duplicates} duplicates, ${file.rejected} rejected`,
    ],
    ["Preflight", `${preflight.would_send} would get it`, `not: ${figures(preflight.skipped)}`],
    ["Campaign", campaign.state, `${campaign.audience} people over ${result.senders_used} senders`],
    ["  accepted", `${campaign.accepted}`, "by the provider"],
    ["  delivered", `${campaign.delivered}`, share(campaign.delivered, campaign.accepted)],
    ["  read", `${campaign.read}`, share(campaign.read, campaign.delivered)],
    [
      "  replied",
      `${campaign.replied}`,
      `${share(campaign.replied, campaign.delivered)}, ${result.opted_out} of them to stop`,
    ],
    ["  failed", `${campaign.failed}`, "undelivered or refused by the provider"],
    ["  skipped", `${sum(campaign.skipped)}`, figures(campaign.skipped)],
    [
      "Ledger",
      `${ledger.accepted} accepted`,
      `${ledger.recipients} recipients, ${ledger.twice} twice, ${ledger.missing} missing`,
    ],
    ["Temporal", `${result.history_events} events`, "in the histories of the campaign and its senders"],
    ["Time", `${result.seconds} s`, "from the file to the last receipt"],
  ];
  return rows.map(([name, figure, more]) => `  ${name.padEnd(12)}${figure.padEnd(20)}${more}`).join("\n");
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, one) => all + one, 0);
const share = (part: number, whole: number) => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);

/** One person of the campaign from consent to reply, as the API explains it; name and number only hinted at. */
export async function explainOne(ask: Ask, campaignId: string): Promise<string> {
  const inState = async (state: string) =>
    (await ask(`GET /v1/campaigns/${campaignId}/messages?state=${state}&limit=200`)).data;
  const people = [...(await inState("read")), ...(await inState("delivered"))];
  const person = people.find((one: { replied_at: string | null }) => one.replied_at !== null) ?? people[0];
  if (person === undefined) return "  Nobody got it.";
  const told = await ask(`GET /v1/campaigns/${campaignId}/explain?contact_id=${person.contact_id}`);
  const lines: [string, string][] = [
    ["contact", `${hint(person)}, ${person.contact_id}`],
    ...told.consents.map((one: Consent): [string, string] => [
      "consent",
      `${at(one.at)}  ${one.state} for ${one.purpose}, by ${one.source}`,
    ]),
    ["planned", `${at(person.created_at)}  given to sender ${person.sender_address}`],
    ...told.attempts.flatMap((one: Attempt): [string, string][] => [
      [`attempt ${one.n}`, `${at(one.intended_at)}  written down before the call`],
      [
        "",
        `${at(one.settled_at)}  ${one.outcome}, known by ${one.settled_by}: ${one.provider_sid ?? one.error_code}`,
      ],
    ]),
    ...told.receipts.map((one: Receipt): [string, string] => [
      "receipt",
      `${at(one.received_at)}  ${one.status}`,
    ]),
    ...told.replies.map((one: Reply): [string, string] => ["reply", at(one.created_at)]),
    ["so", told.answer],
  ];
  return lines.map(([name, text]) => `  ${name.padEnd(12)}${text}`).join("\n");
}

type Consent = { at: string; state: string; purpose: string; source: string };
type Attempt = {
  n: number;
  intended_at: string;
  settled_at: string | null;
  outcome: string;
  settled_by: string | null;
  provider_sid: string | null;
  error_code: string | null;
};
type Receipt = { received_at: string; status: string };
type Reply = { created_at: string };

function hint({ contact_name, address }: { contact_name: string | null; address: string | null }): string {
  const initials = (contact_name ?? "").split(/\s+/).map((word) => word.charAt(0) && `${word.charAt(0)}.`);
  const hinted = (address ?? "").replace(/^(\+\d{2})\d+(\d{2})$/, "$1 … $2").replace(/^(.).*@/, "$1…@");
  return `${initials.join(" ") || "somebody"} ${hinted}`;
}
