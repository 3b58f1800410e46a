import { expect, test } from "vitest";
import { checkDomain, dmarcNames, type DomainRecords } from "./authentication.ts";

const good: DomainRecords = {
  domain: "example.com",
  txt: ["google-site-verification=x", "v=spf1 include:_spf.google.com include:sendgrid.net ~all"],
  dkim: [{ selector: "s1", txt: ["k=rsa; t=s; p=MIGfMA0GCSq"] }],
  dmarc: ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"],
};
const verdicts = (records: Partial<DomainRecords>) =>
  checkDomain({ ...good, ...records }).map(({ verdict }) => verdict);

test("checkDomain · passes a domain with all three", () => {
  expect(verdicts({})).toEqual(["pass", "pass", "pass"]);
});

test.each([
  [[], "warn"],
  [["v=spf1 include:_spf.google.com -all"], "warn"],
  [["v=spf1 include:sendgrid.net ~all", "v=spf1 -all"], "fail"],
  [["v=spf1 include:sendgrid.net +all"], "fail"],
  [["v=spf10 include:sendgrid.net ~all"], "warn"],
  [["V=SPF1 include:u123.wl.sendgrid.net ~all"], "pass"],
  [null, "unknown"],
])("spf · %j: %s", (txt, expected) => {
  expect(verdicts({ txt })[0]).toBe(expected);
});

test.each([
  [[["k=rsa; p="]], "fail"],
  [[[], ["k=rsa; p=MIG"]], "pass"],
  [[[], []], "fail"],
  [[[], null], "unknown"],
  [[["v=DKIM1; k=rsa; p = "], ["p=ABC"]], "pass"],
])("dkim · %j: %s", (texts, expected) => {
  const dkim = (texts as (string[] | null)[]).map((txt, at) => ({ selector: `s${at}`, txt }));
  expect(verdicts({ dkim })[1]).toBe(expected);
});

test.each([
  [[], "fail"],
  [["v=DMARC1; p=none"], "pass"],
  [["v=DMARC1; p=quarantine; pct=50"], "pass"],
  [["v=DMARC1;"], "fail"],
  [["v=DMARC1; p=none", "v=DMARC1; p=reject"], "fail"],
  [["something else"], "fail"],
  [null, "unknown"],
])("dmarc · %j: %s", (dmarc, expected) => {
  expect(verdicts({ dmarc })[2]).toBe(expected);
});

test("dmarcNames · goes from the domain to what it belongs to", () => {
  expect(dmarcNames("example.com")).toEqual(["_dmarc.example.com"]);
  expect(dmarcNames("mail.example.com")).toEqual(["_dmarc.mail.example.com", "_dmarc.example.com"]);
  expect(dmarcNames("a.mail.example.com.co")).toEqual([
    "_dmarc.a.mail.example.com.co",
    "_dmarc.example.com.co",
    "_dmarc.com.co",
  ]);
});
