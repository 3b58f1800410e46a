import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connectDatabase, type Db } from "../db/connect.ts";
import { awaitReceipts, draftCampaign, runCampaign } from "./demo/campaign.ts";
import { client } from "./client.ts";
import { countHistoryEvents } from "./demo/histories.ts";
import { importFile } from "./demo/importFile.ts";
import { judge } from "./demo/judge.ts";
import { progressLine } from "./demo/progress.ts";
import { resultOf } from "./demo/result.ts";
import { type DemoChannel, setStage } from "./demo/stage.ts";
import { explainOne, tableOf } from "./demo/table.ts";
import { type Dev, home, root } from "./home.ts";
import { Failure, main, say } from "./say.ts";

const usage = "usage: npm run demo -- [--file F] [--region CO] [--channel whatsapp|sms] [--json]";

interface Options {
  file: string;
  region: string;
  channel: DemoChannel;
  json: boolean;
}

function readOptions(): Options {
  const options = {
    file: { type: "string", default: join(root, "examples", "contacts-co.csv") },
    region: { type: "string", default: "CO" },
    channel: { type: "string", default: "whatsapp" },
    json: { type: "boolean", default: false },
  } as const;
  const { file, region, channel, json } = parse(() => parseArgs({ options }).values);
  if (channel !== "whatsapp" && channel !== "sms") throw new Failure(`--channel: ${channel}; ${usage}`);
  if (!/^[A-Z]{2}$/.test(region)) throw new Failure(`--region is two letters such as CO; ${usage}`);
  // npm runs scripts in the checkout; a path is meant from where npm was called.
  const path = resolve(process.env["INIT_CWD"] ?? ".", file);
  if (!existsSync(path)) throw new Failure(`There is no file ${path}.`);
  return { file: path, region, channel, json };
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : String(error)}; ${usage}`);
  }
}

/** The system that runs here, or the one whose dev.json CAMPANILE_DEV_JSON names. */
async function findSystem(): Promise<Dev> {
  const file = process.env["CAMPANILE_DEV_JSON"] ?? home.dev;
  const none = new Failure(`No system runs here (${file} tells of none): start one with npm start.`);
  if (!existsSync(file)) throw none;
  const dev = JSON.parse(readFileSync(file, "utf8")) as Dev;
  const answer = await fetch(`${dev.api_url}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  if (!answer?.ok) throw none;
  return dev;
}

async function run(options: Options, dev: Dev, db: Db): Promise<number> {
  const begin = performance.now();
  const sandbox = client(dev.sandbox_url);
  const progress = progressLine();
  const showing = (step: string) => (figures: string) => progress.show(step, figures);

  progress.show(
    "A test workspace: limits raised, warmup off, quiet hours open, nobody but the sandbox is reached",
  );
  const publicUrl = process.env["PUBLIC_URL"] ?? dev.api_url;
  const stage = await setStage({ db, sandbox, apiUrl: dev.api_url, publicUrl, ...options });
  progress.show("Importing the file");
  const { listId, result: file } = await importFile(stage.ask, options, showing("Importing the file"));
  progress.show("Preflight");
  const { id, preflight } = await draftCampaign(stage, options.channel, listId);
  const { state } = await runCampaign(stage.ask, id, showing("Sending"));
  await awaitReceipts(sandbox, stage.accountSid, showing("Receipts"));
  progress.show("Comparing the sandbox's ledger with the tables");
  const of = { workspaceId: stage.workspaceId, campaignId: id, accountSid: stage.accountSid };
  let verdict = await judge(db, sandbox, of);
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  // What is still being applied is given a moment; a real difference stays.
  for (let tries = 0; verdict.disagreements.length > 0 && tries < 20; tries++) {
    await sleep(250);
    verdict = await judge(db, sandbox, of);
  }
  const { tables, ledger, disagreements } = verdict;
  const history_events = await countHistoryEvents(
    dev.temporal_address,
    stage.workspaceId,
    1 + tables.senders_used,
  );
  const result = resultOf({ file, campaign: { id, state }, tables, ledger, history_events, seconds });
  progress.end();

  const { rows, people, duplicates, rejected } = file;
  if (rows !== people + duplicates + rejected)
    disagreements.push("rows are not people + duplicates + rejected");
  if (people !== tables.audience)
    disagreements.push(`${people} people on the list, ${tables.audience} in the campaign`);
  if (state !== "completed") disagreements.push(`the campaign is ${state}, not completed`);

  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const table = tableOf(result, preflight);
    process.stdout.write(`\n${table}\n\nOne person from end to end\n\n${await explainOne(stage.ask, id)}\n`);
    const ui = dev.temporal_ui_url;
    if (ui !== null)
      process.stdout.write(`\nThis run in Temporal UI: ${ui}/namespaces/default/workflows/campaign:${id}\n`);
  }
  for (const one of disagreements) say(`Ledger and tables disagree: ${one}`);
  return disagreements.length === 0 ? 0 : 1;
}

await main(async () => {
  const options = readOptions();
  const dev = await findSystem();
  const onLost = (error: Error) => say(`Lost a database connection: ${error.message}`);
  const database = connectDatabase(dev.database_url, { role: "campanile_worker", maxConnections: 3, onLost });
  try {
    return await run(options, dev, database.db);
  } finally {
    await database.close();
  }
});
