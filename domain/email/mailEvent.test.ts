import { expect, test } from "vitest";
import { clientClassOf } from "./clientClass.ts";
import { linkOf } from "./link.ts";
import { attemptStateOfMail, keptOf, readMailEvent } from "./mailEvent.ts";

const ids = {
  workspace: "0190f5a0-0000-7000-8000-000000000001",
  message: "0190f5a0-0000-7000-8000-000000000002",
  n: "1",
};
const raw = (fields: Record<string, unknown>) => ({
  ...ids,
  email: "paola.diaz@gmail.com",
  timestamp: 1_790_000_000,
  "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
  sg_event_id: "c2f1",
  sg_message_id: "14c5d75ce93.dfd.64b469.0",
  ip: "190.25.1.2",
  ...fields,
});
const read = (fields: Record<string, unknown>) => readMailEvent(keptOf(raw(fields)) ?? {});

test.each([
  [{ event: "processed" }, "processed", "accepted", null],
  [
    { event: "deferred", response: "451 4.7.1 <paola.diaz@gmail.com> later" },
    "deferred",
    "accepted",
    "4.7.1",
  ],
  [{ event: "delivered", response: "250 OK" }, "delivered", "delivered", "250"],
  [
    {
      event: "bounce",
      type: "bounce",
      status: "5.1.1",
      reason: "550 5.1.1 paola.diaz@gmail.com unknown",
      bounce_classification: "Invalid Address",
    },
    "bounced",
    "undelivered",
    "5.1.1 invalid_address",
  ],
  [{ event: "bounce", type: "bounce", status: "4.2.2" }, "blocked", "undelivered", "4.2.2"],
  [{ event: "bounce", type: "blocked", reason: "550 5.7.1 spam" }, "blocked", "undelivered", "5.7.1"],
  [{ event: "dropped", reason: "Bounced Address" }, "dropped", "failed", "bounced_address"],
  [
    { event: "dropped", reason: "Spam Content (if Spam Checker app is enabled)" },
    "dropped",
    "failed",
    "spam_content",
  ],
  [{ event: "dropped", reason: "paola said no" }, "dropped", "failed", "other"],
  [{ event: "open" }, "opened", "read", null],
  [{ event: "open", sg_machine_open: true }, "opened", "delivered", null],
  [{ event: "click", url: "https://example.com/" }, "clicked", "read", null],
  [{ event: "spamreport" }, "complained", "delivered", null],
  [{ event: "unsubscribe" }, "unsubscribed", "delivered", null],
  [{ event: "group_unsubscribe", asm_group_id: 42 }, "topic_declined", "delivered", null],
  [{ event: "group_resubscribe", asm_group_id: 42 }, "topic_accepted", "delivered", null],
])("readMailEvent · %j", (fields, kind, state, reason) => {
  const event = read(fields);
  expect(event).toMatchObject({ kind, reason, messageId: ids.message, n: 1, domain: "gmail.com" });
  expect(event?.at).toEqual(new Date(1_790_000_000_000));
  expect(event && attemptStateOfMail(event)).toBe(state);
});

test("keptOf · keeps nothing that says who the recipient is", () => {
  const kept = keptOf(
    raw({
      event: "click",
      url: "https://shop.example/paola.diaz@gmail.com/x?mail=paola.diaz%40gmail.com&id=12",
      useragent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1.15 Mobile/15E148",
      reason: "paola",
    }),
  );
  expect(JSON.stringify(kept)).not.toMatch(/paola|190\.25|iPhone/i);
  expect(kept).toMatchObject({ client: "mobile", link: "https://shop.example/…/x?mail=…&id=12" });
});

test("keptOf · keeps an event that is not known here by its ids, and drops one without an id", () => {
  const strange = raw({ event: "account_status_change", url: "https://x.example/?a=paola.diaz@gmail.com" });
  expect(keptOf(strange)).toEqual({
    event: "account_status_change",
    sg_event_id: "c2f1",
    timestamp: "1790000000",
    ...ids,
  });
  expect(readMailEvent(keptOf(strange) ?? {})).toBeUndefined();
  for (const nothing of [null, 1, "x", [], {}, { event: "open" }, { event: "open", sg_event_id: "" }])
    expect(keptOf(nothing)).toBeUndefined();
});

test("readMailEvent · is undefined where the ids are not ours", () => {
  for (const fields of [{ message: "x" }, { message: undefined }, { n: "one" }, { n: undefined }])
    expect(read({ event: "open", ...fields })).toBeUndefined();
});

test.each([
  ["https://example.com/a/b?x=1#top", "https://example.com/a/b?x=1"],
  ["https://ana:secret@example.com/", "https://example.com/"],
  [`https://example.com/u/${"aB3".repeat(20)}`, "https://example.com/u/…"],
  [
    "https://example.com/altos-de-los-rosales-apartamentos",
    "https://example.com/altos-de-los-rosales-apartamentos",
  ],
  ["https://example.com/?e=ana%40example.com&utm_source=news", "https://example.com/?e=…&utm_source=news"],
  ["mailto:ana@example.com", null],
  ["no link", null],
])("linkOf · %s", (given, expected) => {
  expect(linkOf(given)).toBe(expected);
});

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
test.each([
  [
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "open",
    "proxy",
  ],
  ["Mozilla/5.0", "open", "proxy"],
  ["Mozilla/5.0 (compatible; bingbot/2.0)", "click", "proxy"],
  [
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36",
    "click",
    "mobile",
  ],
  ["Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17; Pro)", "open", "desktop"],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "open",
    "desktop",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0", "open", "desktop"],
  [CHROME, "open", "webmail"],
  [CHROME, "click", "desktop"],
  ["", "open", null],
  ["something else", "open", null],
] as const)("clientClassOf · %s · %s", (userAgent, event, expected) => {
  expect(clientClassOf(userAgent, event)).toBe(expected);
});
