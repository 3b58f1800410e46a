import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { control } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: Awaited<ReturnType<typeof testSystem>>;
let on: Awaited<ReturnType<typeof system.workspace>>;
let serial = 0;
beforeAll(async () => {
  system = await testSystem();
  on = await system.workspace({
    settings: {
      quiet_hours: { laws_off: true, enabled: false },
      caps: { per_day: null, per_week: null },
      require_opt_in: false,
      sender_defaults: { warmup: false },
      email: { physical_address: "Calle 1 # 2-3, Barranquilla" },
    },
  });
  await on.ask("POST /v1/senders", { channel: "email", address: "hola@artekmar.co", name: "Artek Mar" });
});
afterAll(() => system.close());

async function contact(fields: Record<string, unknown> = {}): Promise<{ id: string; email: string }> {
  const email = `ana${serial++}@example.com`;
  const { id } = await on.ask("POST /v1/contacts", { email, name: "Ana", ...fields });
  return { id, email };
}

interface Received {
  to: string;
  subject: string;
  html: string;
  headers: Record<string, string>;
  attachments: {
    filename: string;
    disposition: string;
    bytes: number;
    sha256: string;
    content_id?: string;
  }[];
}
const received = async (to: string): Promise<Received[]> =>
  (await control(system, `mail/messages?content=true&to=${encodeURIComponent(to)}`)).messages;

const EMAIL = {
  subject: "Hola {name}",
  html: '<p>Hola {name}, <a href="https://artekmar.example/rosales">conoce más</a></p>',
  languages: { en: { subject: "Hello {name}" } },
};

test("a campaign by e-mail · is planned, sent as one call for each language, delivered and completed", async () => {
  const spanish = await Promise.all([contact(), contact(), contact({ name: "Ana <b>" })]);
  const english = await contact({ language: "en" });
  const people = [...spanish, english];
  const campaign = await on.ask("POST /v1/campaigns", {
    name: "Boletín",
    channel: "email",
    email: EMAIL,
    contact_ids: people.map((person) => person.id),
    start: true,
  });
  const ended = await system.until(async () => {
    const now = await on.ask(`GET /v1/campaigns/${campaign.id}`);
    const { delivered = 0, read = 0 } = now.progress.by_state;
    return now.state === "completed" && delivered + read === 4 && now;
  }, 20);
  expect(ended.progress.audience).toBe(4);
  const [mine] = await received(spanish[2]?.email ?? "");
  expect(mine?.subject).toBe("Hola Ana <b>");
  expect(mine?.html).toContain("Hola Ana &lt;b&gt;");
  expect(mine?.html).toContain("Calle 1 # 2-3, Barranquilla");
  expect(mine?.headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
  expect((await received(english.email))[0]?.subject).toBe("Hello Ana");
  const calls = await on.ask("GET /v1/email/calls");
  expect(calls.data.map((call: { rows: number }) => call.rows).toSorted()).toEqual([1, 3]);
  const url = /<(.*)>/.exec(mine?.headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
  expect((await fetch(url)).status).toBe(200);
});

test("attachments and tracking · arrive as they were asked for with a campaign, its test and a single message", async () => {
  const [pdf, png] = [randomBytes(2_000_001), randomBytes(500)];
  const inline = { disposition: "inline", content_id: "foto" };
  const email = {
    ...EMAIL,
    html: '<p>Hola {name}</p><img src="cid:foto" alt="El proyecto">',
    attachments: [
      { file_name: "plano.pdf", content_type: "application/pdf", content_base64: pdf.toString("base64") },
      { file_name: "foto.png", content_type: "image/png", content_base64: png.toString("base64"), ...inline },
    ],
  };
  const [spanish, english] = [await contact(), await contact({ language: "en" })];
  const fields = { name: "Boletín", contact_ids: [spanish.id, english.id] };
  const tracking = { clicks: false };
  const campaign = await on.ask("POST /v1/email/campaigns", { ...fields, email: { ...email, tracking } });
  const tester = await contact();
  await on.ask(`POST /v1/campaigns/${campaign.id}/test-send`, { addresses: [tester.email] });
  await on.ask(`POST /v1/email/campaigns/${campaign.id}/send`, {});
  const single = await contact();
  await on.ask("POST /v1/messages", {
    channel: "email",
    purpose: "transactional",
    contact_id: single.id,
    email,
  });

  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  for (const person of [spanish, english, tester, single]) {
    const [mail] = await system.until(async () => {
      const found = await received(person.email);
      return found.length > 0 && found;
    });
    expect(mail?.attachments).toMatchObject([
      { filename: "plano.pdf", disposition: "attachment", bytes: pdf.length, sha256: sha256(pdf) },
      { filename: "foto.png", ...inline, bytes: png.length, sha256: sha256(png) },
    ]);
    expect(mail).toMatchObject({ open_tracking: true, click_tracking: person === single });
  }
});

test("the largest attachments · go out in calls that SendGrid has room for, each person once", async () => {
  const part = () => ({
    file_name: "video.mp4",
    content_type: "video/mp4",
    content_base64: randomBytes(10_000_000).toString("base64"),
  });
  const person = await contact();
  const campaign = await on.ask("POST /v1/email/campaigns", {
    name: "Video",
    email: { ...EMAIL, attachments: [part(), part()] },
    contact_ids: [person.id],
    start: true,
  });
  await system.until(
    async () => (await on.ask(`GET /v1/campaigns/${campaign.id}`)).state === "completed",
    80,
  );
  const mails = await received(person.email);
  expect(mails.map((mail) => mail.attachments.map((one) => one.bytes))).toEqual([[10_000_000, 10_000_000]]);
  // Twenty-seven megabytes take their time through every hand where the machine is busy.
}, 90_000);

test("a sequence · mixes channels: its step by e-mail goes by a template", async () => {
  const template = await on.ask("POST /v1/templates", { name: "Paso", channel: "email", email: EMAIL });
  await on.ask("POST /v1/senders", { channel: "sms", address: "+573105550177", kind: "short_code" });
  const person = await contact({ phone: "+573204445577" });
  const drip = await on.ask("POST /v1/campaigns", {
    name: "Secuencia",
    type: "drip",
    channel: "sms",
    sequence: [
      { delay_hours: 0, message: "Hola {name}" },
      { delay_hours: 0, channel: "email", template_id: template.id },
    ],
    contact_ids: [person.id],
    start: true,
  });
  const mails = await system.until(async () => {
    const found = await received(person.email);
    return found.length > 0 && found;
  });
  expect(mails.map((mail) => mail.subject)).toEqual(["Hola Ana"]);
  const { messages } = await control(system, "messages?direction=outbound-api&limit=100");
  expect(messages.filter((one: { to: string }) => one.to === "+573204445577")).toHaveLength(1);
  expect(drip.id).toBeTruthy();
});
