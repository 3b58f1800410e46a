import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  type Attachment,
  AttachmentInput,
  callBytes,
  checkAttachments,
  checkMail,
  imagesIn,
  MOST_CALL_BYTES,
  peopleInCall,
  readFile,
} from "./attachments.ts";
import type { DomainError } from "../errors.ts";

const fault = (work: () => unknown): Partial<DomainError> => {
  try {
    work();
  } catch (error) {
    return error as DomainError;
  }
  return {};
};
const attached = (size: number, more: Partial<Attachment> = {}): Attachment => ({
  file_name: "plano.pdf",
  content_type: "application/pdf",
  disposition: "attachment",
  sha256: "0".repeat(64),
  size,
  ...more,
});
const said = (html: string) => [{ field: "email.html", html, text: "Hola" }];

test.each([
  ["content_base64", {}],
  ["content_base64", { content_base64: "aG9sYQ==", sha256: "0".repeat(64) }],
  ["sha256", { sha256: "xyz" }],
  ["content_id", { content_base64: "aG9sYQ==", disposition: "inline" }],
  ["content_type", { content_base64: "aG9sYQ==", disposition: "inline", content_id: "logo" }],
  ["content_type", { content_base64: "aG9sYQ==", content_type: "application/pdf; x" }],
  ["file_name", { content_base64: "aG9sYQ==", file_name: "../plano.pdf" }],
])("AttachmentInput · refuses a wrong %s: %j", (field, wrong) => {
  const whole = { file_name: "plano.pdf", content_type: "application/pdf", ...wrong };
  const parsed = AttachmentInput.safeParse(whole);
  expect(parsed.error?.issues.map((issue) => issue.path[0])).toContain(field);
});

test("readFile · gives bytes and hash, of base64 in lines too", () => {
  const bytes = Buffer.from("uno dos tres");
  const base64 = bytes.toString("base64");
  const read = { sha256: createHash("sha256").update(bytes).digest("hex"), bytes };
  expect(readFile(base64, "f")).toEqual(read);
  expect(readFile(`${base64.slice(0, 5)}\r\n${base64.slice(5)}\n`, "f")).toEqual(read);
});

test.each(["aG9sYQ", "aG9s YQ==", "data:image/png;base64,aG9sYQ==", "¡hola!"])(
  "readFile · refuses %s, which is no base64",
  (text) => {
    expect(fault(() => readFile(text, "email.attachments[0].content_base64"))).toMatchObject({
      code: "validation",
      field: "email.attachments[0].content_base64",
    });
  },
);

test("readFile · refuses a file over 15 MB, with its size", () => {
  const base64 = Buffer.alloc(15_200_000).toString("base64");
  expect(fault(() => readFile(base64, "f")).message).toBe("The file has 15.2 MB; one may have 15 MB.");
});

test.each([
  [{ file_name: "Precios.PDF.exe" }, "email.attachments[0].file_name"],
  [{ file_name: "precios.JS. " }, "email.attachments[0].file_name"],
  [{ content_type: "Application/X-MSDownload" }, "email.attachments[0].content_type"],
])("checkAttachments · refuses %j, which mail servers turn away", (wrong, field) => {
  expect(fault(() => checkAttachments([attached(1, wrong)], "email.attachments"))).toMatchObject({ field });
});

test("checkAttachments · refuses a content_id that is given twice", () => {
  const two = [attached(1, { content_id: "a" }), attached(1, { content_id: "a" })];
  expect(fault(() => checkAttachments(two, "f")).field).toBe("f[1].content_id");
  expect(() => checkAttachments([attached(1), attached(1)], "f")).not.toThrow();
});

test("checkMail · refuses files of more than 20 MB together", () => {
  expect(() => checkMail([attached(10_000_000), attached(10_000_000)], said("x"), "email")).not.toThrow();
  const over = fault(() => checkMail([attached(12_000_000), attached(8_200_000)], said("x"), "email"));
  expect(over).toMatchObject({
    field: "email.attachments",
    message: "The attachments have 20.2 MB together; an e-mail may have 20 MB of them.",
  });
});

test("checkMail · refuses a mail of which not even one fits into a call", () => {
  const html = "ñ".repeat(1_000_000);
  const text = "€".repeat(1_000_000);
  const words = [{ field: "email.html", html, text }];
  const large = fault(() => checkMail([attached(20_000_000)], words, "email"));
  expect(large).toMatchObject({ field: "email.attachments", message: expect.stringContaining("31.7 MB") });
});

test("checkMail · refuses an image that nobody has attached, and knows those that are", () => {
  const logo = attached(1, { disposition: "inline", content_id: "logo", content_type: "image/png" });
  const html = `<img src="cid:logo"><img alt="" src='cid:foto'>`;
  expect(imagesIn(`${html}<td background="cid:b" style="background:url(cid:c)">`)).toEqual([
    "logo",
    "foto",
    "b",
    "c",
  ]);
  expect(fault(() => checkMail([logo], said(html), "email"))).toMatchObject({
    field: "email.html",
    message: "The HTML shows cid:foto, which is not attached.",
  });
  expect(() => checkMail([logo], said(`<img src="cid:logo">`), "email")).not.toThrow();
});

test("peopleInCall · leaves everybody in a call the room that SendGrid gives each", () => {
  expect(peopleInCall(callBytes({ html: "x", text: "x" }, []))).toBeGreaterThan(1_000);
  const large = callBytes({ html: "x", text: "x" }, [{ size: 20_000_000 }]);
  const people = peopleInCall(large);
  expect(large + people * 12_000).toBeLessThanOrEqual(MOST_CALL_BYTES);
  expect(large + (people + 1) * 12_000).toBeGreaterThan(MOST_CALL_BYTES);
  expect(peopleInCall(MOST_CALL_BYTES + 1)).toBe(1);
});
