import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import type axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import { unsubscribeToken } from "../../domain/email/unsubscribeToken.ts";
import { mailSender, sentMails } from "../../test/mail.ts";
import { findChromium, NO_CHROMIUM } from "../../tools/chromium.ts";
import { type TestApi, testApi } from "../testing.ts";

const executablePath = findChromium();
const pictures = join(tmpdir(), "campanile-pictures");
const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
let api: TestApi;
let browser: Browser;
let server: ReturnType<typeof serve>;
let base: string;
let on: { id: string };
let senderId: string;

beforeAll(async () => {
  if (executablePath === undefined) return;
  api = await testApi();
  const workspace = await api.workspace({ name: "Altos de Los Rosales" });
  on = workspace;
  senderId = await mailSender(api.database.db, on.id);
  const news = { name: "Novedades", description: "Proyectos nuevos, una vez al mes" };
  await workspace.ask("POST /v1/email/topics", { ...news, translations: { en: { name: "News" } } });
  await workspace.ask("POST /v1/email/topics", { name: "Ofertas", position: 1 });
  await new Promise<void>((listening) => {
    server = serve({ fetch: api.app.fetch, hostname: "127.0.0.1", port: 0 }, () => listening());
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  await mkdir(pictures, { recursive: true });
});
afterAll(async () => {
  if (executablePath === undefined) return;
  await browser.close();
  await new Promise((closed) => server.close(closed));
  await api.close();
});

async function mail(): Promise<{ url: string; contactId: string }> {
  const [one] = await sentMails(api.database.db, { workspaceId: on.id, senderId, count: 1 });
  const token = unsubscribeToken(api.deps.linkKey, { workspaceId: on.id, messageId: one?.id ?? "" });
  return { url: `${base}/u/${token}`, contactId: one?.contact_id ?? "" };
}

/** A browser that runs no script, or one with its policy lifted, for what looks at pages by script. */
async function pageOf(options: { script: boolean }): Promise<Page> {
  const context = await browser.newContext({
    javaScriptEnabled: options.script,
    bypassCSP: options.script,
    viewport: { width: 420, height: 900 },
    locale: "es-CO",
  });
  return context.newPage();
}

/** Presses Tab until this is focused; fails where it is not reached. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    if ((await page.locator(`${selector}:focus`).count()) === 1) return;
  }
  throw new Error(`Tab does not reach ${selector}`);
}

async function findingsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  const { violations, incomplete } = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { axe: typeof axe };
    return checker.run();
  });
  return [...violations, ...incomplete].map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`,
  );
}

const needsChromium = ({ skip }: TestContext) => skip(executablePath === undefined, NO_CHROMIUM);

test("the preference page · is used by the keyboard alone, without script: choices, all off, and undo", async (context) => {
  needsChromium(context);
  const { url, contactId } = await mail();
  const page = await pageOf({ script: false });
  await page.goto(url);
  await page.screenshot({ path: join(pictures, "preferences.png"), fullPage: true });
  await tabTo(page, "label:nth-of-type(2) > input[name=topic]");
  await page.keyboard.press("Space");
  await tabTo(page, "input[name=max_per_week]");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "input[type=radio][name=language]");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "button[value=save]");
  await page.keyboard.press("Enter");
  await page.getByRole("status").waitFor();
  const saved = await api.database.db
    .selectFrom("email_preferences")
    .select(["declined", "max_per_week", "language"])
    .where("contact_id", "=", contactId)
    .executeTakeFirstOrThrow();
  expect(saved).toMatchObject({ max_per_week: 1, language: "pt" });
  expect(saved.declined).toHaveLength(1);

  await page.goto(`${url}?lang=en`);
  await tabTo(page, "button[value=stop]");
  await page.keyboard.press("Enter");
  await page.getByText("You are unsubscribed: you get no more").waitFor();
  await page.screenshot({ path: join(pictures, "unsubscribed.png"), fullPage: true });
  await tabTo(page, "button[value=resume]");
  await page.keyboard.press("Enter");
  await page.locator("button[value=stop]").waitFor();
  const suppressed = api.database.db
    .selectFrom("suppressions")
    .select("lifted_at")
    .where("workspace_id", "=", on.id);
  expect(await suppressed.execute()).toEqual([{ lifted_at: expect.any(Date) }]);
  await page.context().close();
});

test.for(["en", "es", "pt"])(
  "the preference page in %s · has no finding of axe, in any of its states",
  async (lang, context) => {
    needsChromium(context);
    const { url } = await mail();
    const page = await pageOf({ script: true });
    for (const path of [`${url}?lang=${lang}&done=saved`, `${base}/u/gone?lang=${lang}`]) {
      await page.goto(path);
      expect(await findingsOf(page), path).toEqual([]);
    }
    await fetch(url, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) });
    await page.goto(`${url}?lang=${lang}&done=stopped`);
    expect(await findingsOf(page)).toEqual([]);
    await page.context().close();
  },
);

test("the preference page · obeys its own policy, fits a telephone and loads nothing", async (context) => {
  needsChromium(context);
  const { url } = await mail();
  const page = await pageOf({ script: false });
  const asked: string[] = [];
  const said: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("console", (message) => said.push(message.text()));
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(url);
  expect(asked.filter((path) => !path.startsWith("/u/"))).toEqual([]);
  expect(said).toEqual([]);
  const main = await page.locator("main").boundingBox();
  expect(main?.width).toBeLessThanOrEqual(320);
  // The one style sheet is taken: its hash is the policy's.
  await expect
    .poll(() =>
      page
        .locator("button[value=save]")
        .boundingBox()
        .then((box) => box?.height),
    )
    .toBeGreaterThanOrEqual(44);
  await page.context().close();
});
