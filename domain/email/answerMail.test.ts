import { expect, test } from "vitest";
import {
  answerHeaders,
  answerSubject,
  answerTo,
  mayAnswerByItself,
  messageIds,
  plainMail,
} from "./answerMail.ts";

test.each([
  ["Casas", "Re: Casas"],
  ["Re: Casas", "Re: Casas"],
  ["RE: Re[2]: RV: Aw:  Casas  y\r\n lotes", "Re: Casas y lotes"],
  ["Reserva: sí", "Re: Reserva: sí"],
  ["", "Re:"],
  ["x".repeat(400), `Re: ${"x".repeat(296)}`],
])("answerSubject · of %j says Re: once", (subject, answer) => {
  expect(answerSubject(subject)).toBe(answer);
});

const on = { conversation_id: "c", automatic: false };

test("answerTo · names the mail and those before it, oldest first, and goes back to where it came", () => {
  const mail = { message_id: "<b@x>", references: ["<0@x>", "<a@x>"], to: "ventas@in.example.com" };
  expect(answerTo(mail, on)).toEqual({
    ...on,
    domain: "in.example.com",
    in_reply_to: "<b@x>",
    references: ["<0@x>", "<a@x>", "<b@x>"],
  });
  expect(answerHeaders(answerTo(mail, { ...on, automatic: true }))).toEqual({
    "In-Reply-To": "<b@x>",
    References: "<0@x> <a@x> <b@x>",
    "Auto-Submitted": "auto-replied",
  });
});

test("answerTo · takes nothing into a header that could begin another one", () => {
  const hostile = "<a@x>\r\nBcc: todos@example.com";
  expect(answerHeaders(answerTo({ message_id: hostile, references: [], to: "" }, on))).toEqual({
    "In-Reply-To": "<a@x>",
    References: "<a@x>",
  });
  expect(messageIds("<a@x>\r\nBcc: <t@x y> <ñ@x> <b@x>")).toEqual(["<a@x>", "<b@x>"]);
  expect(answerHeaders(answerTo({ message_id: "none" }, on))).toEqual({});
});

test("answerTo · keeps References to what a line has room for, the nearest first", () => {
  const references = Array.from({ length: 20 }, (_, n) => `<${n}-${"x".repeat(90)}@x>`);
  const header = answerHeaders(answerTo({ message_id: "<z@x>", references }, on))["References"] ?? "";
  expect(header.length).toBeLessThan(900);
  expect(header).toMatch(/^<\d+-x+@x> .*<19-x+@x> <z@x>$/);
});

test("plainMail · says a text as it is written, whatever it looks like", () => {
  const text = "Hola {name} {% if a %} -s1- <b>\n2 & 3\n\nSaludos";
  const { html, slots, ...mail } = plainMail("Re: {x}", text, "es");
  expect(mail).toMatchObject({ subject: "Re: {x}", text });
  expect(slots).toEqual([]);
  expect(html).toContain("<p>Hola {name} {% if a %} -s1- &lt;b&gt;<br>2 &amp; 3</p><p>Saludos</p>");
});

test.each([
  ["ana@example.com", true, true],
  ["ana@example.com", false, false],
  ["no-reply@example.com", true, false],
  ["noreply@example.com", true, false],
  ["casas-request@lists.example.com", true, false],
  ["noreplyes@example.com", true, true],
])("mayAnswerByItself · %s, proven %s: %s", (from, proven, may) => {
  expect(mayAnswerByItself(from, { proven })).toBe(may);
});
