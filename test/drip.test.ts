import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { dripWorkflowId } from "../workflows/handles.ts";
import { smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

/** An hour of these tests: delays shrink, the rules do not. */
const SECONDS = 1 / 3_600;

test("a drip · goes from the API through its steps; a reply, an opt-out and a word by API end it for one person", {
  timeout: 120_000,
}, async () => {
  const stage = await smsStage(system, { senders: 2, people: 6 });
  const { ask, contactIds, phones } = stage;
  const campaign = await ask("POST /v1/campaigns", {
    name: "Bienvenida",
    type: "drip",
    channel: "sms",
    contact_ids: contactIds,
    variables: { product_name: "Altos de Los Rosales" },
    metadata: {
      sequence: [
        { delay_hours: 0, message: "Hola {name|amigo}, te presentamos {product_name}." },
        { delay_hours: 4 * SECONDS, message: "¿Te gustaría conocerlo?" },
        { delay_hours: 3 * SECONDS, message: "Última llamada" },
      ],
    },
    start: true,
  });
  const enrollments = async (query = "") =>
    (await ask(`GET /v1/campaigns/${campaign.id}/enrollments?limit=200${query}`)).data as {
      id: string;
      contact_id: string;
      state: string;
      reason: string | null;
    }[];
  const first = await system.until(async () => (await stage.accepted()).length >= 6 && enrollments());
  await stage.says(phones[0] as string, "Sí, me interesa");
  await stage.says(phones[1] as string, "STOP");
  const byPerson = new Map(first.map((one) => [one.contact_id, one.id]));
  await ask(`POST /v1/enrollments/${byPerson.get(contactIds[2] as string)}/cancel`);
  await ask(`POST /v1/enrollments/${byPerson.get(contactIds[3] as string)}/pause`);
  await expect(ask(`POST /v1/enrollments/${byPerson.get(contactIds[2] as string)}/resume`)).rejects.toThrow(
    /409/,
  );

  // Meanwhile the last step is edited: two wait for it or come to it, nobody has had it.
  const { steps } = await ask(`GET /v1/campaigns/${campaign.id}/sequence`);
  const edited = { steps: [steps[0], steps[1], { ...steps[2], message: "Última llamada, {name|amigo}" }] };
  const dry = await ask(`PUT /v1/campaigns/${campaign.id}/sequence?dry_run=true`, edited);
  expect(dry).toMatchObject({ dry_run: true, changes: [{}, {}, { id: 3, change: "changed" }] });
  expect((await ask(`GET /v1/campaigns/${campaign.id}/sequence`)).version).toBe(1);
  const put = await ask(`PUT /v1/campaigns/${campaign.id}/sequence`, edited);
  expect(put).toMatchObject({ dry_run: false, sequence: { version: 2 }, effect: dry.effect });

  await ask(`POST /v1/enrollments/${byPerson.get(contactIds[3] as string)}/resume`);
  const done = await stage.reaches(campaign.id, "completed", 60);
  expect(done.progress.audience).toBe((await stage.accepted()).length);
  const ended = new Map((await enrollments()).map((one) => [one.contact_id, [one.state, one.reason]]));
  expect(contactIds.map((id) => ended.get(id))).toEqual([
    ["stopped", "reply"],
    ["stopped", "opt_out"],
    ["cancelled", "api"],
    ["completed", null],
    ["completed", null],
    ["completed", null],
  ]);
  const sent = Map.groupBy(await stage.accepted(), (message) => message.to);
  expect(phones.map((phone) => sent.get(phone)?.length)).toEqual([1, 1, 1, 3, 3, 3]);
  const told = sent.get(phones[5] as string)?.map(({ body }) => body.replace(/Persona \d+/, "Persona"));
  expect(told).toEqual([
    "Hola Persona, te presentamos Altos de Los Rosales.",
    "¿Te gustaría conocerlo?",
    "Última llamada, Persona",
  ]);

  const funnel = await ask(`GET /v1/campaigns/${campaign.id}/sequence/funnel`);
  expect(funnel.steps.map((step: { sent: number }) => step.sent)).toEqual([6, 3, 3]);
  expect(funnel.steps[1].stopped).toEqual({ reply: 1, opt_out: 1, api: 1 });

  const explained = await ask(
    `GET /v1/campaigns/${campaign.id}/explain?contact_id=${contactIds[0] as string}`,
  );
  expect(explained).toMatchObject({
    answer: expect.stringContaining("reply"),
    messages: [{ step: 1 }],
    enrollments: [{ state: "stopped", reason: "reply" }],
  });

  const run = system.temporal.client.workflow.getHandle(dripWorkflowId(campaign.id));
  expect(await run.result()).toMatchObject({
    state: "completed",
    people: { completed: 3, stopped: 2, cancelled: 1 },
  });
  const history = JSON.stringify(historyToJSON(await run.fetchHistory()));
  for (const secret of [...phones, "Persona", "conocerlo"]) expect(history).not.toContain(secret);
});

test("an event · enrolls its person in a sequence that stays open, and another one converts them", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 2 });
  const { ask, contactIds } = stage;
  const [person] = contactIds as [string];
  const { id } = await ask("POST /v1/campaigns", {
    name: "Carrito",
    type: "drip",
    channel: "sms",
    sequence: {
      enroll_on: ["cart_abandoned"],
      conversion_events: ["paid"],
      steps: [{ message: "¿Olvidaste algo?" }, { delay: "PT1H", message: "Sigue ahí" }],
    },
    start: true,
  });
  expect(await ask(`POST /v1/contacts/${person}/events`, { name: "cart_abandoned" })).toEqual({
    enrolled_in: [id],
    stopped: 0,
  });
  await system.until(async () => (await stage.accepted()).length === 1);
  expect(await ask(`POST /v1/contacts/${person}/events`, { name: "paid" })).toEqual({
    enrolled_in: [],
    stopped: 1,
  });
  expect(await ask(`POST /v1/campaigns/${id}/enrollments`, { contact_ids: contactIds })).toEqual({
    enrolled: 1,
    already: 1,
    unknown: 0,
  });
  await system.until(async () => (await stage.accepted()).length === 2);
  expect((await ask(`GET /v1/campaigns/${id}`)).state).toBe("running");
  await ask(`POST /v1/campaigns/${id}/cancel`);
  await system.until(async () => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from enrollments where campaign_id = ${id} and state = 'cancelled'`.execute(
      system.database.db,
    );
    return rows[0]?.n === 1;
  });
  await expect(ask(`POST /v1/campaigns/${id}/enrollments`, { contact_ids: contactIds })).rejects.toThrow(
    /409/,
  );
});

test("a drip · is foreseen by its first step, and keeps its templates while it runs", async () => {
  const { ask, contactIds } = await smsStage(system, { people: 2 });
  const template = await ask("POST /v1/templates", {
    name: "Paso",
    channel: "sms",
    language: "es",
    body: "Hola {name|amigo}",
  });
  const { id } = await ask("POST /v1/campaigns", {
    name: "D",
    type: "drip",
    channel: "sms",
    contact_ids: contactIds,
    sequence: [{ message: "Hola {nobody_has_this}" }, { delay: "P1D", template_id: template.id }],
  });
  expect(await ask(`POST /v1/campaigns/${id}/preflight`)).toMatchObject({
    audience: 2,
    would_send: 0,
    skipped: { missing_variables: 2 },
  });
  await ask(`POST /v1/campaigns/${id}/start`, {});
  await expect(ask(`DELETE /v1/templates/${template.id}`)).rejects.toThrow(/409/);
  await ask(`POST /v1/campaigns/${id}/cancel`);
});

test("a drip · is refused where it could never be sent, with the field at fault", async () => {
  const { ask } = await smsStage(system, { people: 1 });
  const create = (more: object) =>
    ask("POST /v1/campaigns", { name: "D", type: "drip", channel: "sms", ...more });
  await expect(create({})).rejects.toThrow(/sequence/);
  await expect(create({ metadata: { sequence: [{ delay_hours: -1, message: "Hola" }] } })).rejects.toThrow(
    /422|400/,
  );
  await expect(create({ sequence: [{ message: "Hola {name" }] })).rejects.toThrow(/400|422/);
  await expect(create({ sequence: [{ message: "Hola" }], message_template: "Hola" })).rejects.toThrow(
    /message_template/,
  );
  await expect(
    ask("POST /v1/campaigns", {
      name: "B",
      channel: "sms",
      message_template: "Hola",
      sequence: [{ message: "Hola" }],
    }),
  ).rejects.toThrow(/drip/);
});
