import { setTimeout as sleep } from "node:timers/promises";
import { WARMUP_LADDER } from "../../../domain/warmup.ts";
import type { Ask } from "../../client.ts";
import { Failure } from "../../say.ts";
import { importPeople } from "../importPeople.ts";
import type { Scenario, ScenarioOutcome, ScenarioStage } from "../scenario.ts";
import { approvedTemplate } from "../stage.ts";
import type { DemoWorkspace } from "../workspace.ts";
import { type Day, judgeDays, tableOfDays } from "../warmupDays.ts";

/** Two new numbers in their first days: one that people like, and one that they do not. */
export const warmup: Scenario = {
  summary: "two new numbers through their warmup, a day in a few seconds",
  options: { "day-seconds": { type: "string", default: "3" } },
  run,
};

/** More than the ladder's 5,425, should a busy machine have to repeat days. */
const PEOPLE = { liked: 12_000, disliked: 1_500 };
const POLL_MS = 150;
/** Days that a busy machine may need beyond those of the ladder, and twice that for the number that is made to fail. */
const MOST_DAYS = 25;

/** A whole day lies before or behind us there, so that no midnight falls into the demonstration. */
function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  return ahead === 0 ? "UTC" : `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
}

interface Number {
  id: string;
  address: string;
  campaignId: string;
  /** When the ladder would be through with real days. */
  foreseen: string | null;
}

async function run(on: ScenarioStage): Promise<ScenarioOutcome> {
  const begin = performance.now();
  const seconds = Number(on.values["day-seconds"]);
  if (!Number.isInteger(seconds) || seconds < 1) throw new Failure("--day-seconds is a whole number from 1");
  on.show(
    `A test workspace whose warmup days last ${seconds} s (a setting); nobody but the sandbox is reached`,
  );
  const workspace = await on.workspace("Demo warmup", {
    time_zone: zoneAtNoon(),
    settings: {
      sender_defaults: {
        warmup: true,
        warmup_day_seconds: seconds,
        max_per_hour: 1_000_000,
        max_per_day: 1_000_000,
        gap_ms: [0, 0],
      },
    },
  });
  // Two receipts for each message are enough here.
  await on.sandbox("POST /_sandbox/behaviours", {
    match: { account: workspace.accountSid },
    outcome: "delivered",
  });
  on.show("Importing people");
  const lists = {
    liked: await importPeople(workspace.ask, "Liked", 3_001_000_000, PEOPLE.liked),
    disliked: await importPeople(workspace.ask, "Disliked", 3_002_000_000, PEOPLE.disliked),
  };
  const templateId = await approvedTemplate(workspace.ask, "whatsapp");
  const liked = await newNumber(workspace, "+573105550701", lists.liked, templateId);
  const disliked = await newNumber(workspace, "+573105550702", lists.disliked, templateId);

  const spoilt = spoil(on, workspace.ask, disliked);
  const ended = await watch(on, workspace.ask, liked);
  await spoilt;
  on.show("Comparing the sandbox's ledger with the tables");
  const days = { liked: await daysOf(workspace.ask, liked), disliked: await daysOf(workspace.ask, disliked) };
  const alerts = (await workspace.ask("GET /v1/alerts?open=true")).data as { alert_type: string }[];
  const judged = await judgeDays(on.sandbox, workspace.accountSid, [
    { ...liked, days: days.liked },
    { ...disliked, days: days.disliked },
  ]);
  await workspace.ask(`POST /v1/campaigns/${disliked.campaignId}/cancel`, {});

  const missing = [...judged.missing];
  const must = (there: boolean, what: string) => there || missing.push(what);
  must(ended === "completed", `The liked number's warmup is ${ended}, not completed`);
  const climbs = days.liked.filter((day) => day.decision === "next" || day.decision === "finish");
  must(climbs.length === WARMUP_LADDER.length, `The liked number climbed ${climbs.length} steps, not 14`);
  for (const decision of ["hold", "step_back", "stop"])
    must(
      days.disliked.some((day) => day.decision === decision && day.verdict !== "idle"),
      `No day of the disliked number ended with ${decision}`,
    );
  must(
    alerts.some((alert) => alert.alert_type === "warmup_stopped"),
    "There is no alert about the disliked number",
  );
  const decisions = Object.entries(
    Object.groupBy([...days.liked, ...days.disliked], (day) => day.decision ?? ""),
  );
  return {
    result: {
      day_seconds: seconds,
      days: days.liked.length,
      sent_per_day: days.liked.map((day) => day.used),
      decisions: Object.fromEntries(decisions.map(([name, of]) => [name, of?.length ?? 0])),
      numbers: [
        { sender_id: liked.id, state: ended, days: days.liked },
        { sender_id: disliked.id, state: "failed", days: days.disliked },
      ],
      ledger: judged.ledger,
      alerts: alerts.map((alert) => alert.alert_type),
      foreseen_with_real_days: liked.foreseen,
      seconds: Math.round((performance.now() - begin) / 100) / 10,
    },
    text: [
      `Days of ${seconds} s instead of 24 hours. A number that people like`,
      tableOfDays(days.liked),
      `With real days its campaign to ${PEOPLE.liked} people would end at ${liked.foreseen}, says the preflight.`,
      "\nA number that is made to fail, and is stopped with an alert",
      tableOfDays(days.disliked),
      `\nThe sandbox took ${judged.ledger.accepted} messages; ${judged.ledger.over_budget} of them were more than the days allowed.`,
    ].join("\n"),
    missing,
    workflows: [
      { id: `warmup:${liked.id}`, what: "the liked number's days" },
      { id: `warmup:${disliked.id}`, what: "the other's" },
    ],
  };
}

/** A number that begins its warmup as it is created, and a campaign that would rather be done today. */
async function newNumber(
  { ask, accountId, numbers }: DemoWorkspace,
  address: string,
  listId: string,
  templateId: string,
): Promise<Number> {
  await numbers("whatsapp", [address]);
  const { id } = await ask("POST /v1/senders", {
    channel: "whatsapp",
    address,
    provider_account_id: accountId,
  });
  const campaign = await ask("POST /v1/campaigns", {
    name: "Lanzamiento",
    channel: "whatsapp",
    template_id: templateId,
    list_ids: [listId],
    sender_ids: [id],
    variables: { product_name: "Altos de Los Rosales" },
    expires_at: new Date(Date.now() + 60 * 86_400_000).toISOString(),
  });
  const { last_send_at } = await ask(`POST /v1/campaigns/${campaign.id}/preflight`);
  await ask(`POST /v1/campaigns/${campaign.id}/start`, {});
  return { id, address, campaignId: campaign.id, foreseen: last_send_at };
}

const daysOf = async (ask: Ask, { id }: Number): Promise<Day[]> =>
  ((await ask(`GET /v1/senders/${id}/warmup/days?limit=200`)).data as Day[])
    .filter((day) => day.ended_at !== null)
    .reverse();

/** Stays until the warmup has ended; gives its state. */
async function watch(on: ScenarioStage, ask: Ask, number: Number): Promise<string> {
  for (;;) {
    const { state, day, ladder, budget_today, used_today } = await ask(`GET /v1/senders/${number.id}/warmup`);
    if (state !== "running") return state;
    if ((await daysOf(ask, number)).length > MOST_DAYS)
      throw new Failure(
        `The warmup does not come to its end: is this machine too busy for days this short (--day-seconds)? Temporal UI says more: warmup:${number.id}`,
      );
    on.show("Warming up", `day ${day} of ${ladder.length} · ${used_today} of ${budget_today} sent`);
    await sleep(POLL_MS);
  }
}

/**
 * Makes one number fare worse and worse: some people opt out, then some numbers do not exist, then most. What goes wrong
 * is set while a day's budget is used up, so that it meets the next day's messages.
 */
async function spoil(on: ScenarioStage, ask: Ask, number: Number): Promise<void> {
  const match = { from: `whatsapp:${number.address}` };
  const steps = [
    { until: "next", trouble: () => undefined },
    { until: "next", trouble: () => undefined },
    { until: "hold", trouble: (n: number) => ({ opt_out: { text: "BAJA" }, times: Math.ceil(n * 0.04) }) },
    { until: "next", trouble: () => undefined },
    {
      until: "step_back",
      trouble: (n: number) => ({ outcome: "undelivered", code: 30005, times: Math.ceil(n * 0.35) }),
    },
    {
      until: "stop",
      trouble: (n: number) => ({ outcome: "undelivered", code: 30005, times: Math.ceil(n * 0.7) }),
    },
  ];
  let seen = 0;
  for (const { until, trouble } of steps) {
    for (let met = false; !met; ) {
      const rule = trouble(await usedUp(ask, number, seen));
      if (rule !== undefined) await on.sandbox("POST /_sandbox/behaviours", { match, ...rule });
      const days = await awaitDays(ask, number, seen + (rule === undefined ? 1 : 2));
      met = days.slice(seen).some((day) => day.decision === until);
      if (days.at(-1)?.decision === "stop") return;
      if (days.length > MOST_DAYS * 2) return;
      seen = days.length;
    }
  }
}

/** Waits until the day behind so many has nothing left to send; gives the most that the next day can allow. */
async function usedUp(ask: Ask, number: Number, days: number): Promise<number> {
  for (;;) {
    const { budget_today, used_today, ladder, day, state } = await ask(`GET /v1/senders/${number.id}/warmup`);
    const past = (await daysOf(ask, number)).length;
    if (state !== "running" || past > days || used_today >= budget_today)
      return ladder[Math.min(day, ladder.length - 1)];
    await sleep(POLL_MS);
  }
}

async function awaitDays(ask: Ask, number: Number, count: number): Promise<Day[]> {
  for (;;) {
    const days = await daysOf(ask, number);
    if (days.length >= count || days.at(-1)?.decision === "stop") return days;
    await sleep(POLL_MS);
  }
}
