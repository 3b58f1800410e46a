import { afterAll, beforeAll, expect, it } from "vitest";
import { testSystem } from "./system.ts";

let system: Awaited<ReturnType<typeof testSystem>>;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

/** A workspace with senders, opted-in people and an approved template. */
async function stage(people: number, senders: number) {
  const workspace = await system.workspace();
  const { ask } = workspace;
  const serial = Math.floor(Math.random() * 900) + 100;
  for (let i = 0; i < senders; i++) {
    await ask("POST /v1/senders", {
      channel: "whatsapp",
      address: `+57310${serial}${String(i).padStart(4, "0")}`,
      max_per_hour: 100_000,
      max_per_day: 100_000,
      gap_min_ms: 0,
      gap_max_ms: 0,
    });
  }
  const ids: string[] = [];
  for (let i = 0; i < people; i++) {
    const contact = await ask("POST /v1/contacts", {
      name: `Persona ${i}`,
      phone: `+57320${serial}${String(i).padStart(4, "0")}`,
    });
    ids.push(contact.id);
    await ask(`POST /v1/contacts/${contact.id}/consents`, {
      channel: "whatsapp",
      state: "opted_in",
      purpose: "marketing",
      source: "form",
      method: "web",
    });
  }
  const template = await ask("POST /v1/templates", {
    name: "Invitación",
    channel: "whatsapp",
    language: "es",
    body: "Hola {name|amigo}, te presentamos {product_name}.",
  });
  await ask(`POST /v1/templates/${template.id}/submit`);
  await system.until(async () => {
    const now = await ask(`POST /v1/templates/${template.id}/refresh`);
    return now.approval_status === "approved";
  });
  return { ...workspace, contactIds: ids, templateId: template.id as string };
}

it("a campaign · goes from the API to the read receipt, and completes", { timeout: 60_000 }, async () => {
  const { ask, contactIds, templateId } = await stage(20, 4);
  const campaign = await ask("POST /v1/campaigns", {
    name: "Altos",
    channel: "whatsapp",
    template_id: templateId,
    contact_ids: contactIds,
    variables: { product_name: "Altos de Los Rosales" },
    start: true,
  });
  const done = await system.until(async () => {
    const now = await ask(`GET /v1/campaigns/${campaign.id}`);
    return now.state === "completed" && now.progress.by_state.read === 20 && now;
  });
  expect(done.progress).toMatchObject({ audience: 20, by_state: { read: 20 } });

  const ledger = await (await fetch(`${system.sandbox.url}/_sandbox/ledger`)).json();
  expect(ledger).toMatchObject({ accepted: 20, recipients: 20 });
});
