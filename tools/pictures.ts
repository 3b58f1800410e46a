import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { type BrowserContext, chromium } from "playwright-core";
import { findChromium, NO_CHROMIUM } from "./chromium.ts";
import { readDev, root } from "./home.ts";
import { Failure, main, say } from "./say.ts";

const folder = join(root, "docs", "pictures");

/** The newest campaign that Temporal knows, with its run. */
async function newestCampaign(address: string): Promise<{ workflowId: string; runId: string }> {
  const connection = await Connection.connect({ address });
  try {
    const query = "WorkflowType = 'campaignWorkflow'";
    for await (const one of new Client({ connection }).workflow.list({ query, pageSize: 1 })) return one;
  } finally {
    await connection.close();
  }
  throw new Failure("Temporal knows no campaign yet: run `npm run demo` first.");
}

/** Waits for `text` to be there and for the page to come to rest, then takes a PNG of what a screen shows. */
async function picture(context: BrowserContext, name: string, url: string, text: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText(text).first().waitFor({ timeout: 30_000 });
  await page.waitForTimeout(3_000);
  await page.mouse.click(700, 20);
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  await page.close();
  say(`docs/pictures/${name}.png`);
}

// The pictures of README.md, from the system that runs here: node tools/bootstrap.mjs tools/pictures.ts
await main(async () => {
  const dev = readDev();
  if (!dev?.temporal_ui_url)
    throw new Failure("No system with a Temporal UI runs here: start one with npm start.");
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Failure(NO_CHROMIUM);
  await mkdir(folder, { recursive: true });
  const profile = await mkdtemp(join(tmpdir(), "campanile-pictures-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ["--no-sandbox"],
    viewport: { width: 1360, height: 860 },
    locale: "en-GB",
    timezoneId: "UTC",
  });
  try {
    const { workflowId, runId } = await newestCampaign(dev.temporal_address);
    const run = `${dev.temporal_ui_url}/namespaces/default/workflows/${encodeURIComponent(workflowId)}/${runId}`;
    await picture(context, "temporal-ui", `${run}/user-metadata`, "Current");
    await picture(
      context,
      "api-reference",
      `${dev.api_url}/docs#tag/campaigns/POST/v1/campaigns`,
      "Create a campaign",
    );
    return 0;
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
});
