import { describe, expect, test } from "vitest";
import { replyAddress } from "./replyAddress.ts";
import { type KeptMail, keptInbound, readInboundMail, readMailOptOut } from "./inboundMail.ts";

const WORKSPACE = "01970000-0000-7000-8000-000000000001";

const replyKey = Buffer.alloc(32, 1);
const kept = (fields: Record<string, string | Buffer>, workspaceId = WORKSPACE): KeptMail =>
  keptInbound(
    { workspaceId, replyKey },
    {
      fields: new Map(
        Object.entries({ from: "Ana Díaz <ana@example.com>", to: "ventas@example.org", ...fields }).map(
          ([name, value]) => [name, Buffer.from(value)],
        ),
      ),
      attachments: [],
    },
  );
const read = (fields: Record<string, string | Buffer>) => readInboundMail(kept(fields));
const asks = (fields: Record<string, string>) => {
  const message = read(fields);
  return message && readMailOptOut(message);
};

describe("keptInbound", () => {
  test("decodes each field by the charset that is named for it", () => {
    const charsets = JSON.stringify({ text: "iso-8859-1", subject: "shift_jis", from: "no-such-charset" });
    const mail = kept({
      charsets,
      text: Buffer.from("mañana", "latin1"),
      subject: Buffer.from([0x8e, 0xbf, 0x96, 0xe2]),
    });
    expect(mail).toMatchObject({ text: "mañana", subject: "質問", from: "Ana Díaz <ana@example.com>" });
  });

  test("keeps HTML only where there is no text, and nothing that the database does not take", () => {
    expect(kept({ text: "Ho\0la", html: "<p>Hola</p>" })).toMatchObject({ text: "Hola" });
    expect(kept({ text: "Hola", html: "<p>Hola</p>" })).not.toHaveProperty("html");
    expect(kept({ text: " \n", html: "<p>Hola</p>" })).toHaveProperty("html");
  });

  test("gives a mail one id for each workspace, by its Message-ID or by all of it", () => {
    const named = { headers: "Message-ID: <1@a>\nX-Hop: 1" };
    expect(kept(named)["_id"]).toBe(kept({ headers: "X-Hop: 2\nMessage-Id: <1@a>" })["_id"]);
    expect(kept(named)["_id"]).not.toBe(kept(named, WORKSPACE.replace("1", "2"))["_id"]);
    expect(kept({ text: "a" })["_id"]).not.toBe(kept({ text: "b" })["_id"]);
  });
});

describe("readInboundMail", () => {
  test("finds the conversation that signed the address, and no other than by its signature", () => {
    const conversationId = "01970000-0000-7000-8000-00000000000a";
    const to = replyAddress(replyKey, { workspaceId: WORKSPACE, conversationId }, "in.example.org");
    const mail = (fields: Record<string, string>) => read(fields)?.mail?.conversationId;
    expect(mail({ envelope: JSON.stringify({ to: [to.toUpperCase()], from: "a@b.co" }) })).toBe(
      conversationId,
    );
    expect(mail({ to: "ventas@example.org", cc: `Ventas <${to}>` })).toBe(conversationId);
    expect(mail({ to: to.replace("reply+0", "reply+1") })).toBeNull();
    expect(mail({ to: "ventas@example.org", _conversation: conversationId })).toBeNull();
  });

  test.each([
    [{ dkim: "{@example.com : pass}" }, true],
    [{ dkim: "{@mailer.net : pass}" }, false],
    [{ SPF: "pass", envelope: JSON.stringify({ to: [], from: "x@EXAMPLE.com" }) }, true],
    [{ SPF: "pass", envelope: JSON.stringify({ to: [], from: "x@mailer.net" }) }, false],
    [{ SPF: "softfail", envelope: JSON.stringify({ to: [], from: "x@example.com" }) }, false],
    [{}, false],
  ])("knows whether the address is proven: %j", (fields, proven) => {
    expect(read(fields as Record<string, string>)?.parts?.mail?.proven).toBe(proven);
  });

  test("reads who wrote to whom, and what is answered, the nearest first", () => {
    const envelope = JSON.stringify({ to: ["Casas@in.example.org"], from: "bounce@example.com" });
    const headers = "In-Reply-To: <b.recvd-1-2.0@x>\r\nReferences: <a@x>\r\n <b@geopod-1>";
    expect(read({ envelope, headers, cc: "Luz <luz@example.com>", text: "Hola" })).toMatchObject({
      channel: "email",
      from: "ana@example.com",
      profileName: "Ana Díaz",
      body: "Hola",
      mail: {
        recipients: ["casas@in.example.org", "ventas@example.org", "luz@example.com"],
        answers: ["b", "a"],
        automatic: false,
      },
    });
  });

  test.each([
    ["Sí\r\n\r\nEl vie, 27 nov, Ventas <v@example.org> escribió:\r\n> Baja\r\n> STOP", "Sí"],
    ["Sí\n\n________________________________\nDe: Ventas <v@example.org>\nAsunto: casas\n\nBaja", "Sí"],
    ["> Hola\n\nQuiero la de la esquina", "Quiero la de la esquina"],
  ])("leaves out what is answered: %j", (text, body) => {
    expect(read({ text })?.body.endsWith(body)).toBe(true);
    expect(read({ text })?.body).not.toMatch(/baja/i);
  });

  test("reads HTML where there is nothing else, and the subject where there is no text at all", () => {
    const html =
      '<p>Me interesa</p><div class="gmail_quote">El vie, Ventas &lt;v@example.org&gt; escribió:<blockquote>Baja</blockquote></div>';
    expect(read({ html })?.body).toBe("Me interesa");
    expect(read({ subject: "¿Precio?" })?.body).toBe("¿Precio?");
    expect(read({ subject: "Re: Casas" })?.body).toBe("");
  });

  test.each([
    [{ headers: "Auto-Submitted: auto-replied" }, true],
    [{ headers: "Auto-Submitted: no" }, false],
    [{ headers: "Precedence: bulk" }, true],
    [{ headers: "X-Autoreply: yes" }, true],
    [{ headers: "X-Auto-Response-Suppress: All" }, false],
    [{ subject: "Respuesta automática: Casas" }, true],
    [{ subject: "Out of office: Casas" }, true],
    [{ subject: "Fora do escritório" }, true],
    [{ subject: "Re: Fuera de la ciudad también" }, false],
    [{ subject: "Re: Casas" }, false],
  ])("knows what programs write: %j is %s", (fields, automatic) => {
    expect(read({ text: "Hola", ...fields })?.mail?.automatic).toBe(automatic);
  });

  test.each(["MAILER-DAEMON@example.com", "Postmaster <postmaster@example.com>", "", "nobody"])(
    "takes nothing from %j",
    (from) => expect(read({ from, text: "Hola" })).toBeUndefined(),
  );

  test("is done at once with what is made to take long", () => {
    const started = performance.now();
    for (const text of [
      "On ".repeat(30_000),
      "\n".repeat(90_000),
      `On${" ".repeat(90_000)}x`,
      ">".repeat(90_000),
      "De: a <\n".repeat(9_000),
    ])
      read({ text });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("readMailOptOut", () => {
  const proven = { dkim: "{@example.com : pass}" };
  test.each([
    [{ subject: "unsubscribe" }, "out"],
    [{ subject: "Baja", text: "Enviado desde mi iPhone" }, "out"],
    [{ subject: "Cancelar suscripción", headers: "Auto-Submitted: auto-generated" }, "out"],
    [{ subject: "Re: Casas", text: "No me escriban más por favor" }, "out"],
    [{ subject: "Re: Baja", text: "¿Qué precio tiene?" }, "nothing"],
    [
      {
        subject: "Re: Casas",
        text: "Gracias\n\nEl vie, V <v@example.org> escribió:\n> Para darte de baja responde BAJA",
      },
      "nothing",
    ],
    [{ subject: "Casas", text: "Para darse de baja", headers: "Precedence: bulk" }, "nothing"],
    [{ subject: "Alta", text: "", ...proven }, "in"],
    [{ subject: "Alta", text: "" }, "nothing"],
    [{ subject: "Alta", text: "", dkim: "{@example.net : pass}" }, "nothing"],
    [{ subject: "Alta", text: "", dkim: "{@example.com : fail}" }, "nothing"],
  ] as const)("%j asks %s", (fields, expected) => {
    const reading = asks(fields);
    expect(reading?.opt_out === true ? "out" : reading?.opt_in === true ? "in" : "nothing").toBe(expected);
  });
});
