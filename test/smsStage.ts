import { people } from "./people.ts";
import type { testSystem } from "./system.ts";

export type System = Awaited<ReturnType<typeof testSystem>>;

let serial = 0;

/** A workspace of the whole system that may write an SMS to anybody at any hour, with senders and people. */
export async function smsStage(
  system: System,
  on: { senders?: number; people?: number; gap_ms?: number; channel?: "sms" | "whatsapp" } = {},
) {
  const { senders = 1, people: count = 10, gap_ms = 0, channel = "sms" } = on;
  const workspace = await system.workspace({
    name: `Workspace ${serial}`,
    settings: {
      quiet_hours: { laws_off: true, enabled: false },
      caps: { per_day: null, per_week: null },
      require_opt_in: false,
    },
  });
  const { ask } = workspace;
  const addresses: string[] = [];
  for (let i = 0; i < senders; i++) {
    const address = `+573105${String(serial++).padStart(6, "0")}`;
    addresses.push(address);
    await ask("POST /v1/senders", {
      channel,
      address,
      ...(channel === "sms" && { kind: "short_code" }),
      max_per_hour: 100_000,
      max_per_day: 100_000,
      gap_min_ms: gap_ms,
      gap_max_ms: gap_ms,
      warmup_enabled: false,
    });
  }
  const contactIds = await people(system.database.db, workspace.id, count, (serial += count) - count);
  const rows = await system.database.db
    .selectFrom("contacts")
    .select(["id", "phone"])
    .where("id", "in", contactIds)
    .orderBy("id")
    .execute();
  const phones = rows.map((row) => row.phone as string);
  const inboundUrl = `${system.url}/webhooks/twilio/inbound`;
  const spelt = (address: string) => (channel === "whatsapp" ? `whatsapp:${address}` : address);
  await control(
    system,
    "numbers",
    addresses.map((address) => ({ address: spelt(address), inbound_url: inboundUrl })),
  );
  return {
    ...workspace,
    senders: addresses,
    contactIds,
    phones,
    /** Starts a campaign to these people, or to all. */
    start: (to: readonly string[] = contactIds, more: Record<string, unknown> = {}) =>
      ask("POST /v1/campaigns", {
        name: `Campaign ${serial++}`,
        channel,
        message_template: `Hola {name|amigo}, mensaje ${serial}`,
        contact_ids: to,
        start: true,
        ...more,
      }) as Promise<{ id: string; state: string }>,
    /** Waits until a campaign is in this state, and gives it with its progress. */
    reaches: (id: string, state: string, seconds = 30) =>
      system.until(async () => {
        const now = await ask(`GET /v1/campaigns/${id}`);
        return now.state === state && now;
      }, seconds),
    /** A person writes to one of the senders; resolves once the webhook has been answered. */
    says: (phone: string, body: string, to = addresses[0] as string) =>
      control(system, "inbound", { from: spelt(phone), to: spelt(to), body }),
    /** What the provider has accepted from these senders, oldest first. */
    async accepted(): Promise<{ from: string; to: string; body: string; accepted_at_ms: number }[]> {
      const { messages } = await control(system, "messages?direction=outbound-api&limit=10000");
      const own = new Set(addresses.map(spelt));
      return (messages as { from: string; to: string; body: string; accepted_at_ms: number }[])
        .filter((message) => own.has(message.from))
        .sort((a, b) => a.accepted_at_ms - b.accepted_at_ms);
    },
    states: async (campaignId: string) =>
      system.database.db
        .selectFrom("messages")
        .select(["contact_id", "state", "reason", "replied_at", "sender_id"])
        .where("campaign_id", "=", campaignId)
        .orderBy("contact_id")
        .execute(),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the sandbox's answers are of every shape.
export async function control(system: System, route: string, body?: unknown): Promise<any> {
  const response = await fetch(`${system.sandbox.url}/_sandbox/${route}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return response.json();
}
