import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { awaitReceipts, draftCampaign, runCampaign } from "../tools/demo/campaign.ts";
import { client } from "../tools/client.ts";
import { importFile } from "../tools/demo/importFile.ts";
import { judge } from "../tools/demo/judge.ts";
import { setStage } from "../tools/demo/stage.ts";
import { collectText } from "./historyText.ts";
import { testSystem } from "./system.ts";

const ROWS = 300;
const REGION = "CO";
const CHANNEL = "whatsapp";

let system: Awaited<ReturnType<typeof testSystem>>;
let folder: string;
beforeAll(async () => {
  [system, folder] = await Promise.all([testSystem(), mkdtemp(join(tmpdir(), "campanile-privacy-"))]);
}, 60_000);
afterAll(async () => {
  await system?.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** The first rows of the sample file, with its header. */
function sampleRows(): string[][] {
  const file = readFileSync(new URL("../examples/contacts-co.csv", import.meta.url), "utf8");
  return parse(file, { delimiter: ";", bom: true, to: ROWS + 1 });
}

/** A campaign as the demo runs it, from the file to the last receipt, agreed on by the sandbox's ledger. */
async function runDemo(rows: string[][]) {
  const file = join(folder, "people.csv");
  await writeFile(file, stringify(rows, { delimiter: ";" }));
  const { db } = system.database;
  const sandbox = client(system.sandbox.url);
  const stage = await setStage({
    db,
    sandbox,
    apiUrl: system.url,
    publicUrl: system.url,
    region: REGION,
    channel: CHANNEL,
  });
  const quiet = () => {};
  const { listId, result } = await importFile(stage.ask, { file, region: REGION, channel: CHANNEL }, quiet);
  const { id } = await draftCampaign(stage, CHANNEL, listId);
  const { state } = await runCampaign(stage.ask, id, quiet);
  await awaitReceipts(sandbox, { channel: CHANNEL, account: stage.account }, quiet);
  const verdict = await judge(db, sandbox, { ...stage, campaignId: id });
  return { ...verdict, imported: result, state, workspaceId: stage.workspaceId, campaignId: id };
}

/** Names (whole, and each longer word), e-mails, national numbers, and what was written to and by people. */
async function personalTexts(rows: string[][], workspaceId: string): Promise<string[]> {
  const people = rows
    .slice(1)
    .flatMap(([name = "", phone = "", email = ""]) => [
      name,
      ...name.split(/\s+/),
      phone.replace(/\D/g, "").slice(-10),
      email,
    ]);
  const messages = await system.database.db
    .selectFrom("messages")
    .select("body")
    .where("workspace_id", "=", workspaceId)
    .where("body", "is not", null)
    .execute();
  const texts = [...people, ...messages.map(({ body }) => body ?? "")].map((text) => text.trim());
  return [...new Set(texts)].filter((text) => text.length > 5);
}

/** All that the server keeps of the workspace's workflows, as text. */
async function histories(workspaceId: string): Promise<{ types: Set<string>; text: string }> {
  const { workflow } = system.temporal.client;
  const types = new Set<string>();
  const words: string[] = [];
  for await (const run of workflow.list({ query: `WorkspaceId = '${workspaceId}'` })) {
    types.add(run.type);
    const handle = workflow.getHandle(run.workflowId, run.runId);
    collectText([await handle.fetchHistory(), (await handle.describe()).raw], words);
  }
  return { types, text: words.join("\n") };
}

const KINDS = ["campaignWorkflow", "contactImportWorkflow", "conversationWorkflow", "senderWorkflow"];

it("the histories of a campaign · hold nobody's name, number, e-mail or text", {
  timeout: 120_000,
}, async () => {
  const rows = sampleRows();
  const run = await runDemo(rows);
  expect(run).toMatchObject({ state: "completed", disagreements: [], ledger: { twice: 0, missing: 0 } });
  expect(run.tables.accepted).toBeGreaterThan(100);

  // A conversation begins when the burst is over, some seconds after the last word.
  const { text } = await vi.waitFor(
    async () => {
      const found = await histories(run.workspaceId);
      expect([...found.types].toSorted()).toEqual(KINDS);
      return found;
    },
    { timeout: 60_000, interval: 1_000 },
  );
  // What may stand there is found, so what may not would be: input payloads, and the summary.
  expect(text).toContain(run.campaignId);
  expect(text).toContain("Altos de Los Rosales");

  const personal = await personalTexts(rows, run.workspaceId);
  expect(personal.length).toBeGreaterThan(3 * 200);
  expect(personal.filter((one) => text.includes(one))).toEqual([]);
});
