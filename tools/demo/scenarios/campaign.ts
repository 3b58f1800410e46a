import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../home.ts";
import { Failure } from "../../say.ts";
import { awaitReceipts, draftCampaign, runCampaign } from "../campaign.ts";
import { countHistoryEvents } from "../histories.ts";
import { importFile } from "../importFile.ts";
import { judge } from "../judge.ts";
import { judgeMail } from "../judgeMail.ts";
import { resultOf } from "../result.ts";
import type { Scenario, ScenarioOutcome, ScenarioStage } from "../scenario.ts";
import { DEMO_CHANNELS, type DemoChannel, setStage } from "../stage.ts";
import { explainOne, tableOf } from "../table.ts";

/** A file of people from import to read receipts, judged by the sandbox's ledger. */
export const campaign: Scenario = {
  summary: "a file from import to read receipts",
  options: {
    file: { type: "string", default: join(root, "examples", "contacts-co.csv") },
    region: { type: "string", default: "CO" },
    channel: { type: "string", default: "whatsapp" },
  },
  run,
};

interface Options {
  file: string;
  region: string;
  channel: DemoChannel;
}

function readOptions(values: Record<string, unknown>): Options {
  const { file, region, channel } = values as Record<"file" | "region" | "channel", string>;
  if (!DEMO_CHANNELS.some((known) => known === channel))
    throw new Failure(`--channel: ${channel}; ${DEMO_CHANNELS.join(", ")}`);
  if (!/^[A-Z]{2}$/.test(region)) throw new Failure("--region is two letters such as CO");
  // npm runs scripts in the checkout; a path is meant from where npm was called.
  const path = resolve(process.env["INIT_CWD"] ?? ".", file);
  if (!existsSync(path)) throw new Failure(`There is no file ${path}.`);
  return { file: path, region, channel: channel as DemoChannel };
}

async function run(on: ScenarioStage): Promise<ScenarioOutcome> {
  const options = readOptions(on.values);
  const { db, dev, sandbox, show } = on;
  const begin = performance.now();
  const showing = (step: string) => (figures: string) => show(step, figures);

  show("A test workspace: limits raised, warmup off, quiet hours open, nobody but the sandbox is reached");
  const stage = await setStage({ db, sandbox, apiUrl: dev.api_url, publicUrl: on.publicUrl, ...options });
  show("Importing the file");
  const { listId, result: file } = await importFile(stage.ask, options, showing("Importing the file"));
  show("Preflight");
  const { id, preflight } = await draftCampaign(stage, options.channel, listId);
  const { state } = await runCampaign(stage.ask, id, showing("Sending"));
  const { channel } = options;
  await awaitReceipts(sandbox, { channel, account: stage.account }, showing("Receipts"));
  show("Comparing the sandbox's ledger with the tables");
  const of = { workspaceId: stage.workspaceId, campaignId: id, account: stage.account };
  const compared = () => (channel === "email" ? judgeMail : judge)(db, sandbox, of);
  let verdict = await compared();
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  // What is still being applied is given a moment; a real difference stays.
  for (let tries = 0; verdict.disagreements.length > 0 && tries < 20; tries++) {
    await sleep(250);
    verdict = await compared();
  }
  const { tables, ledger, disagreements } = verdict;
  const history_events = await countHistoryEvents(
    dev.temporal_address,
    stage.workspaceId,
    1 + tables.senders_used,
  );
  const result = resultOf({ file, campaign: { id, state }, tables, ledger, history_events, seconds });

  const missing = disagreements.map((one) => `Ledger and tables disagree: ${one}`);
  const { rows, people, duplicates, rejected } = file;
  if (rows !== people + duplicates + rejected) missing.push("Rows are not people + duplicates + rejected");
  if (people !== tables.audience)
    missing.push(`${people} people on the list, ${tables.audience} in the campaign`);
  if (state !== "completed") missing.push(`The campaign is ${state}, not completed`);

  const person = await explainOne(stage.ask, id);
  return {
    result: { ...result },
    text: `${tableOf(result, preflight)}\n\nOne person from end to end\n\n${person}`,
    missing,
    workflows: [{ id: `campaign:${id}`, what: "this run" }],
  };
}
