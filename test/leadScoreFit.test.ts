import { afterAll, beforeAll, expect, test } from "vitest";
import { testSystem } from "./system.ts";
import { insertQuietBuyers } from "./fitSimulation.ts";

let system: Awaited<ReturnType<typeof testSystem>>;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

test("fitting the lead score · learns from before the purchases, asks, is applied to everybody, and goes back", {
  timeout: 180_000,
}, async () => {
  const { id, ask } = await system.workspace();
  const people = await insertQuietBuyers(system.database.db, id, 7_301, 2_500);
  const buyer = people.find(({ buys }) => buys)?.id ?? "";
  const scoreOf = (contactId: string) => ask("POST /v1/ai/score-lead", { contact_id: contactId });
  const before = await scoreOf(buyer);

  const asked = await ask("POST /v1/ai/lead-scores/fits");
  expect(asked).toMatchObject({ state: "requested", weights: null });
  const settled = (wanted: (fit: typeof asked) => boolean) =>
    system.until(async () => {
      const fit = await ask(`GET /v1/ai/lead-scores/fits/${asked.id}`);
      return wanted(fit) && fit;
    });
  const fit = await settled(({ state }) => state !== "requested");
  expect(fit).toMatchObject({ state: "proposed", people_read: fit.people, rescoring: false });
  expect(fit.converted).toBeGreaterThanOrEqual(250);
  expect(fit.held_out_converted).toBeGreaterThanOrEqual(80);
  expect(fit.auc_default).toBeLessThan(0.65);
  expect(fit.auc_fitted).toBeGreaterThan(fit.auc_default + 0.05);
  expect(fit.gain_low).toBeGreaterThan(0);
  // What buyers write once they have bought must not have been looked at.
  expect(fit.weights.reads).toBeGreaterThan(20);
  expect(fit.weights.actions).toBeGreaterThan(15);
  expect(fit.weights.consent + fit.weights.identity + fit.weights.details).toBe(20);
  expect(await scoreOf(buyer)).toMatchObject({ weights: "usual", total_score: before.total_score });

  await ask(`POST /v1/ai/lead-scores/fits/${asked.id}/apply`);
  await settled(({ state, rescoring }) => state === "accepted" && !rescoring);
  const after = await scoreOf(buyer);
  expect(after.weights).toBe("fitted");
  expect(after.factors).toContainEqual(expect.objectContaining({ factor: "reads", most: fit.weights.reads }));
  expect(after.total_score).not.toBe(before.total_score);
  expect((await ask(`GET /v1/contacts/${buyer}`)).lead_score).toBe(after.total_score);

  await ask(`POST /v1/ai/lead-scores/fits/${asked.id}/drop`);
  await settled(({ state, rescoring }) => state === "dropped" && !rescoring);
  expect(await scoreOf(buyer)).toMatchObject({ weights: "usual" });
  expect((await ask(`GET /v1/contacts/${buyer}`)).lead_score).toBe(before.total_score);
  const { data: past } = await ask(`GET /v1/contacts/${buyer}/lead-scores`);
  expect(past.map((one: { cause: string }) => one.cause)).toContain("weights");
});

test("fitting the lead score · says so where too few have bought", { timeout: 60_000 }, async () => {
  const { id, ask } = await system.workspace();
  await insertQuietBuyers(system.database.db, id, 7_302, 300);
  const asked = await ask("POST /v1/ai/lead-scores/fits");
  const fit = await system.until(async () => {
    const now = await ask(`GET /v1/ai/lead-scores/fits/${asked.id}`);
    return now.state !== "requested" && now;
  });
  expect(fit).toMatchObject({ state: "too_few", weights: null, auc_default: null });
  expect(fit.converted).toBeLessThan(120);
});
