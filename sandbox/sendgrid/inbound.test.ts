import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { control, until } from "../testing.ts";
import { type Receiver, sendGridAt, startReceiver } from "./testing.ts";

let sandbox: RunningSandbox;
let hook: Receiver;

beforeAll(async () => {
  sandbox = await startSandbox({
    mailSettings: { processed_ms: 1, delivered_ms: 2, open_ms: 3, reply_ms: 4 },
  });
  hook = await startReceiver();
});
afterAll(async () => {
  await sandbox.close();
  await hook.close();
});
beforeEach(async () => {
  await control(sandbox.url, "POST", "reset");
  await control(sandbox.url, "POST", "mail/webhook", { inbound_url: hook.url });
  hook.forms.length = 0;
  hook.bodies.length = 0;
});

const says = (given: object) =>
  control(sandbox.url, "POST", "mail/inbound", {
    from: "Ana <ana@example.com>",
    to: "r+1@in.tienda.example.com",
    ...given,
  });

const textOf = (form: FormData, name: string): string => form.get(name) as string;

test("a mail comes as a form with all that Inbound Parse tells", async () => {
  const attachments = [{ filename: "foto.png", type: "image/png", base64: "aG9sYQ==", content_id: "foto" }];
  const headers = { References: "<1@a>" };
  expect(
    await says({
      subject: "¿Precio?",
      text: "Hola",
      html: "<p>Hola</p>",
      attachments,
      headers,
      spam_score: 4.2,
    }),
  ).toMatchObject({
    acknowledged: true,
  });
  const form = hook.forms[0] as FormData;
  const text = (name: string) => textOf(form, name);
  expect(text("subject")).toBe("¿Precio?");
  expect([text("from"), text("to"), text("text"), text("html"), text("spam_score"), text("SPF")]).toEqual([
    "Ana <ana@example.com>",
    "r+1@in.tienda.example.com",
    "Hola",
    "<p>Hola</p>",
    "4.2",
    "pass",
  ]);
  expect(JSON.parse(text("envelope"))).toEqual({
    to: ["r+1@in.tienda.example.com"],
    from: "ana@example.com",
  });
  expect(text("headers")).toMatch(/^References: <1@a>$/m);
  expect(text("headers")).toMatch(/^Message-ID: <\w+@example.com>$/m);
  expect(text("attachments")).toBe("1");
  expect(JSON.parse(text("attachment-info"))).toMatchObject({
    attachment1: { filename: "foto.png", "content-id": "foto" },
  });
  const file = form.get("attachment1") as File;
  expect([file.name, file.type, await file.text()]).toEqual(["foto.png", "image/png", "hola"]);
});

test("a text in another charset comes in its bytes", async () => {
  await says({ text: "mañana", charsets: { text: "iso-8859-1" } });
  expect(JSON.parse(textOf(hook.forms[0] as FormData, "charsets"))).toMatchObject({
    text: "iso-8859-1",
    subject: "UTF-8",
  });
  expect(hook.bodies[0]?.includes(Buffer.from("mañana", "latin1"))).toBe(true);
});

test("who answers a mail names it, and a machine says that it is one", async () => {
  const mail = {
    from: "hola@tienda.example.com",
    replyTo: "r+7@in.tienda.example.com",
    subject: "Casas",
    text: "Hola",
  };
  for (const to of ["ana+reply@example.com", "luz+auto@example.com"])
    await sendGridAt(sandbox, sandbox.sendGridKey).send({ ...mail, to });
  await until("both answers", () => hook.forms.length === 2);
  const forms = [...hook.forms].sort((one, other) =>
    textOf(one, "from").localeCompare(textOf(other, "from")),
  );
  const [person, machine] = forms as [FormData, FormData];
  expect([person.get("to"), person.get("subject")]).toEqual(["r+7@in.tienda.example.com", "Re: Casas"]);
  expect(textOf(person, "text")).toMatch(/^Sí, me interesa\r\n[^]*> Hola/);
  expect(textOf(person, "headers")).toMatch(/^In-Reply-To: <\S+@sandbox>$/m);
  expect(textOf(machine, "headers")).toMatch(/^Auto-Submitted: auto-replied$/m);
});

test("mails can be lost and doubled", async () => {
  await control(sandbox.url, "POST", "faults", { rates: { inbound_lost: 1 }, count: 1 });
  await control(sandbox.url, "POST", "faults", { rates: { inbound_doubled: 1 } });
  expect(await says({ text: "a" })).toMatchObject({ acknowledged: false });
  await says({ text: "b" });
  expect(hook.forms.map((form) => form.get("text"))).toEqual(["b", "b"]);
});
