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
      sender_defaults: { warmup: false },
      conversations: { burst_ms: 50, burst_most_ms: 500 },
    },
  });
  await on.ask("POST /v1/senders", {
    channel: "email",
    address: "ventas@artekmar.co",
    name: "Artek Mar",
    reply_to: "ventas@in.artekmar.co",
  });
  const { url } = await on.ask("GET /v1/email/inbound");
  await control(system, "mail/webhook", { inbound_url: url });
});
afterAll(() => system.close());

const someone = () => `persona${serial++}@example.com`;
const writes = (mail: Record<string, unknown>) =>
  control(system, "mail/inbound", { to: "ventas@in.artekmar.co", subject: "Casas", ...mail });

interface Got {
  subject: string;
  text: string;
  html: string;
  from: { email: string };
  reply_to: { email: string } | null;
  headers: Record<string, string>;
}
const got = (address: string, count = 1): Promise<Got[]> =>
  system.until(async () => {
    const { messages } = await control(
      system,
      `mail/messages?content=true&to=${encodeURIComponent(address)}`,
    );
    return messages.length >= count && messages;
  });

async function threadsOf(address: string): Promise<{ id: string; state: string }[]> {
  const { data } = await on.ask("GET /v1/conversations?channel=email&limit=200");
  return data.filter((one: { address: string }) => one.address === address);
}
const threadOf = (address: string) => system.until(async () => (await threadsOf(address))[0]);
async function said(id: string): Promise<{ direction: string; body: string; state: string }[]> {
  return (await on.ask(`GET /v1/conversations/${id}/messages`)).data;
}

test("an answer in a conversation of e-mail · goes out in its thread, and what comes back to it is in the same", async () => {
  const address = someone();
  await writes({
    from: `Ana <${address}>`,
    text: "¿Cuánto cuesta?",
    headers: { "Message-ID": "<2@example.com>", References: "<1@example.com>" },
  });
  const { id } = await threadOf(address);
  const body = "Desde 300 {millones}.\n\n¿Le queda bien el <jueves>?";
  await on.ask(`POST /v1/conversations/${id}/messages`, { body });
  const [mail] = await got(address);
  expect(mail).toMatchObject({
    subject: "Re: Casas",
    text: body,
    from: { email: "ventas@artekmar.co" },
    headers: { "In-Reply-To": "<2@example.com>", References: "<1@example.com> <2@example.com>" },
    open_tracking: false,
    click_tracking: false,
  });
  expect(mail?.html).toContain("<p>¿Le queda bien el &lt;jueves&gt;?</p>");
  expect(mail?.headers).not.toHaveProperty("Auto-Submitted");
  expect(mail?.headers).not.toHaveProperty("List-Unsubscribe");
  const replyTo = mail?.reply_to?.email ?? "";
  expect(replyTo).toMatch(/^reply\+[0-9a-f]{56}@in\.artekmar\.co$/);

  // No References, another subject: only the address tells.
  await writes({ from: address, to: replyTo, subject: "Otra cosa", text: "El jueves, sí" });
  const messages = await system.until(async () => {
    const now = await said(id);
    return now.length === 3 && now;
  });
  expect(messages.map((one) => [one.direction, one.body])).toEqual([
    ["in", "El jueves, sí"],
    ["out", body],
    ["in", "¿Cuánto cuesta?"],
  ]);
  expect(await threadsOf(address)).toMatchObject([{ id, state: "open" }]);
  await on.ask(`POST /v1/conversations/${id}/messages`, { body: "Hasta el jueves." });
  const all = await got(address, 2);
  expect(all.map((one) => one.subject).toSorted()).toEqual(["Re: Casas", "Re: Otra cosa"]);
});

test("a forged reply address · leads to no conversation of somebody else's", async () => {
  const address = someone();
  await writes({ from: address, text: "Hola" });
  const { id } = await threadOf(address);
  await on.ask(`POST /v1/conversations/${id}/messages`, { body: "Buenas tardes." });
  const replyTo = (await got(address))[0]?.reply_to?.email ?? "";
  const forged = replyTo.replace(/.(?=@)/, (digit) => (digit === "0" ? "1" : "0"));

  const stranger = someone();
  await writes({ from: stranger, to: forged, text: "Soy Ana" });
  // To an address that is ours as well it is a mail like any other.
  await writes({ from: stranger, to: `${forged}, ventas@in.artekmar.co`, text: "Soy otra" });
  const [thread] = await system.until(async () => {
    const found = await threadsOf(stranger);
    return found.length > 0 && found;
  });
  expect((await said(thread?.id ?? "")).map((one) => one.body)).toEqual(["Soy otra"]);
  // Who was passed the address on has a thread of their own.
  const friend = someone();
  await writes({ from: friend, to: replyTo, text: "Ana me pasó su correo" });
  expect((await threadOf(friend)).id).not.toBe(id);
  expect(await said(id)).toHaveLength(2);
});

test("an automatic answer · says that it is one, goes to who is proven to have written, and answers no program", async () => {
  await on.ask("POST /v1/keyword-answers", {
    keywords: ["horario"],
    match: "contains",
    channel: "email",
    body: "Hola {name|amigo}: de 9 a 18.",
  });
  const [ana, luz, program] = [someone(), someone(), someone()];
  await writes({ from: ana, text: "¿Cuál es su horario?" });
  const [mail] = await got(ana);
  expect(mail).toMatchObject({
    subject: "Re: Casas",
    text: "Hola amigo: de 9 a 18.",
    headers: { "Auto-Submitted": "auto-replied" },
  });

  await writes({ from: luz, text: "¿Cuál es su horario?", dkim: "{@mailer.net : pass}", spf: "softfail" });
  const { id } = await threadOf(luz);
  const burst = await system.until(async () => {
    const { data } = await on.ask(`GET /v1/conversations/${id}/bursts`);
    return data[0];
  });
  expect(burst).toMatchObject({ outcome: "refused", reason: "unproven" });

  await writes({
    from: program,
    text: "Recibimos su mensaje. Nuestro horario es de 8 a 17.",
    headers: { "Auto-Submitted": "auto-replied" },
  });
  const thread = await threadOf(program);
  // Another burst that came later has been handled: this one never began.
  await writes({ from: ana, subject: "Horario", text: "¿Y el horario del sábado?" });
  await got(ana, 2);
  expect((await said(thread.id)).map((one) => one.direction)).toEqual(["in"]);
  expect((await said(id)).map((one) => one.direction)).toEqual(["in"]);
});

test("the question after a conversation of e-mail · is asked of who is proven to have written, and answered by a figure", async () => {
  await on.ask("PATCH /v1/workspace", {
    settings: { conversations: { csat: { enabled: true, text: { es: "¿Cómo le atendimos, de 1 a 5?" } } } },
  });
  const [ana, luz] = [someone(), someone()];
  await writes({ from: ana, text: "Hola" });
  await writes({ from: luz, text: "Hola", dkim: "{@mailer.net : pass}", spf: "softfail" });
  const closed = async (address: string) => {
    const { id } = await threadOf(address);
    await on.ask(`POST /v1/conversations/${id}/messages`, { body: "Buenas tardes." });
    await on.ask(`PATCH /v1/conversations/${id}/state`, { state: "closed" });
    return id;
  };
  const [mine, theirs] = [await closed(luz), await closed(ana)];
  const asked = (await got(ana, 2)).find((one) => one.text.startsWith("¿Cómo"));
  expect(asked).toMatchObject({ subject: "Re: Casas", headers: { "Auto-Submitted": "auto-replied" } });
  await writes({ from: ana, to: asked?.reply_to?.email ?? "", text: "5" });
  await system.until(async () => (await on.ask(`GET /v1/conversations/${theirs}`)).csat_score === 5);
  expect((await said(mine)).map((one) => one.direction)).toEqual(["out", "in"]);
});

test("what a mail cannot have · is refused by its field", async () => {
  const address = someone();
  await writes({ from: address, text: "Hola" });
  const { id } = await threadOf(address);
  const refusal = on.ask(`POST /v1/conversations/${id}/messages`, { media: ["https://artekmar.co/a.jpg"] });
  await expect(refusal).rejects.toThrow("media");
});

test("a template in a conversation of e-mail · brings its HTML and its file into the thread", async () => {
  const address = someone();
  await writes({
    from: address,
    text: "¿Me manda los planos?",
    headers: { "Message-ID": "<7@example.com>" },
  });
  const { id } = await threadOf(address);
  const planos = Buffer.from("Planta 1");
  const template = await on.ask("POST /v1/templates", {
    channel: "email",
    name: "Planos",
    language: "es",
    email: {
      subject: "Sus planos",
      html: "<p>Hola {name|amigo}: van <b>{planos}</b>.</p>",
      attachments: [
        { file_name: "planos.txt", content_type: "text/plain", content_base64: planos.toString("base64") },
      ],
    },
  });
  await on.ask(`POST /v1/conversations/${id}/messages`, {
    template_id: template.id,
    variables: { planos: "2 & 3" },
  });
  const [mail] = await got(address);
  expect(mail).toMatchObject({
    subject: "Re: Casas",
    headers: { "In-Reply-To": "<7@example.com>" },
    attachments: [{ filename: "planos.txt", bytes: planos.length }],
  });
  expect(mail?.html).toContain("Hola amigo: van <b>2 &amp; 3</b>.");
  expect((await said(id))[0]).toMatchObject({ direction: "out", body: "Hola amigo: van 2 & 3." });
});
