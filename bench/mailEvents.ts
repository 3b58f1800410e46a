import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { Pool } from "undici";
import { mailSender, mailSigner, type SentMail, sentMails } from "../test/mail.ts";
import { type Rig, startRig } from "../tools/rig.ts";
import { setStage } from "../tools/stage.ts";
import { cpuMsSince } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

/** Of a hundred e-mails; every one is processed and delivered, but for those that bounce. */
const PERCENT = { deferred: 5, bounced: 1, complained: 0.05, opened: 35, machine: 40, clicked: 6 };
const DOUBLED_PERCENT = 2;
/** SendGrid posts up to 768 KB at once, several posts at a time. */
const POST = 1_000;
const IN_FLIGHT = 4;
const SENDERS = 4;
const DOMAINS = ["gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "empresa.example"];
const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

/** Signed posts of events as SendGrid sends them, doubled and out of order, taken by one API process as fast as it can. */
export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const size = context.size(100_000);
  const rounds: Record<"rate" | "api" | "postgres", number[]> = { rate: [], api: [], postgres: [] };
  for (let round = 0; round < context.rounds; round++) {
    const signer = mailSigner();
    const rig = await startRig({ workers: 0, env: { SENDGRID_WEBHOOK_PUBLIC_KEY: signer.publicKey } });
    try {
      const { db } = rig.database;
      const { workspaceId } = await setStage(db, { apiUrl: rig.apiUrl, people: 1, senders: 1 });
      const mails: SentMail[] = [];
      for (let n = 0; n < SENDERS; n++) {
        const senderId = await mailSender(db, workspaceId, `ventas${n}@example.com`);
        const domain = DOMAINS[n];
        const on = { workspaceId, senderId, campaignId: randomUUID(), count: Math.ceil(size / SENDERS) };
        mails.push(...(await sentMails(db, domain === undefined ? on : { ...on, domain })));
      }
      await sql`analyze messages, attempts, contacts`.execute(db);
      const posts = postsOf(workspaceId, mails).map((body) => ({ body, headers: signer.sign(body) }));
      const events = posts.reduce((sum, { body }) => sum + (JSON.parse(body) as unknown[]).length, 0);
      const used = cpuMsSince(rig, ["api", "postgres"]);
      const seconds = await postAll(rig, posts);
      const { api, postgres } = used();
      rounds.rate.push(events / seconds);
      rounds.api.push((api * 1_000) / events);
      rounds.postgres.push((postgres * 1_000) / events);
      context.say(`${events} events in ${posts.length} posts: ${Math.round(events / seconds)} a second`);
      await everyEventCounts(rig, workspaceId, mails.length);
    } finally {
      await rig.close();
    }
  }
  return [
    figure("events", "events_per_s", "1/s", rounds.rate, 10_000),
    figure("events", "api_cpu_us_per_event", "µs", rounds.api),
    figure("events", "pg_cpu_us_per_event", "µs", rounds.postgres),
  ];
}

function postsOf(workspaceId: string, mails: readonly SentMail[]): string[] {
  const events: string[] = [];
  let stray: string[] = [];
  const random = numbers(1);
  const chance = (percent: number) => random() * 100 < percent;
  const tell = (text: string) => {
    stray.push(text);
    if (chance(DOUBLED_PERCENT)) stray.push(text);
    if (stray.length < 2 * POST) return;
    // Each event somewhere near its place.
    stray = stray.toSorted(() => random() - 0.5);
    events.push(...stray.splice(0, POST));
  };
  for (const [n, mail] of mails.entries()) {
    const event = (name: string, more: Record<string, unknown> = {}) =>
      tell(
        JSON.stringify({
          email: mail.address,
          timestamp: 1_790_000_000 + (n % 3_600),
          "smtp-id": `<${mail.id}@geopod-ismtpd-21>`,
          event: name,
          category: ["campaign"],
          sg_event_id: randomUUID(),
          sg_message_id: `${mail.id.slice(0, 22)}.recvd-5c9f8d7b6c-${n}.0`,
          workspace: workspaceId,
          message: mail.id,
          n: "1",
          ...more,
        }),
      );
    event("processed");
    if (chance(PERCENT.deferred)) event("deferred", { response: "451 4.7.1 later", attempt: "1" });
    if (chance(PERCENT.bounced)) {
      event("bounce", { type: "bounce", status: "5.1.1", reason: "550 5.1.1 unknown" });
      continue;
    }
    event("delivered", { response: "250 2.0.0 OK", ip: "167.89.0.1", tls: 1 });
    if (chance(PERCENT.opened))
      event("open", { useragent: CHROME, ip: "190.25.0.1", sg_machine_open: chance(PERCENT.machine) });
    if (chance(PERCENT.clicked))
      event("click", {
        useragent: CHROME,
        ip: "190.25.0.1",
        url: `https://example.com/oferta?utm_source=news&to=${encodeURIComponent(mail.address)}`,
        url_offset: { index: 0, type: "html" },
      });
    if (chance(PERCENT.complained)) event("spamreport");
  }
  events.push(...stray);
  return Array.from(
    { length: Math.ceil(events.length / POST) },
    (_, n) => `[${events.slice(n * POST, (n + 1) * POST).join(",")}]`,
  );
}

/** Numbers from 0 to 1, the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x8000_0000;
  };
}

async function postAll(
  rig: Rig,
  posts: readonly { body: string; headers: Record<string, string> }[],
): Promise<number> {
  const pool = new Pool(rig.apiUrl, { connections: IN_FLIGHT });
  const waiting = posts.values();
  const began = performance.now();
  const lane = async () => {
    for (const { body, headers } of waiting) {
      const answer = await pool.request({
        path: "/webhooks/sendgrid/events",
        method: "POST",
        headers,
        body,
      });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`A post was answered with ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const seconds = (performance.now() - began) / 1_000;
  await pool.close();
  return seconds;
}

/** Nobody is left as the provider's answer left them, and nothing waits to be applied. */
async function everyEventCounts(rig: Rig, workspaceId: string, mails: number): Promise<void> {
  const { rows } = await sql<{ told: number; waiting: number; counted: number }>`
    select (select count(*) from messages where workspace_id = ${workspaceId} and channel = 'email'
        and state in ('delivered', 'read', 'undelivered')) as told,
      (select count(*) from webhook_events where workspace_id = ${workspaceId} and applied_at is null) as waiting,
      (select sum(processed) from email_domain_counts where workspace_id = ${workspaceId})::int as counted`.execute(
    rig.database.db,
  );
  const [row] = rows;
  if (row?.told !== mails || row.waiting !== 0 || row.counted !== mails)
    throw new Error(`Not every event counted: ${JSON.stringify(row)} of ${mails}`);
}
