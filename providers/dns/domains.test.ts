import { expect, test } from "vitest";
import { checkDomain } from "../../domain/email/authentication.ts";
import { domainRecords } from "./domains.ts";

const ZONE: Record<string, string[][]> = {
  "mail.example.com": [["v=spf1 include:send", "grid.net ~all"], ["other"]],
  "s1._domainkey.mail.example.com": [["k=rsa; p=MIG"]],
  "_dmarc.example.com": [["v=DMARC1; p=none"]],
};

function standIn(zone = ZONE) {
  const asked: string[] = [];
  const broken = new Set<string>();
  const resolve = (name: string) => {
    asked.push(name);
    if (broken.has(name)) return Promise.reject(Object.assign(new Error("late"), { code: "ETIMEOUT" }));
    const texts = zone[name];
    return texts === undefined
      ? Promise.reject(Object.assign(new Error("none"), { code: "ENOTFOUND" }))
      : Promise.resolve(texts);
  };
  return { resolve, asked, broken };
}

test("domainRecords · reads each record in one piece, and DMARC of the domain it belongs to", async () => {
  const { resolve } = standIn();
  const checks = checkDomain(await domainRecords(resolve)("mail.example.com"));
  expect(checks.map(({ check, verdict }) => [check, verdict])).toEqual([
    ["spf", "pass"],
    ["dkim", "pass"],
    ["dmarc", "pass"],
  ]);
});

test("domainRecords · tells what is not there from what was not answered", async () => {
  const { resolve, broken } = standIn();
  broken.add("none.example");
  const records = await domainRecords(resolve)("none.example");
  expect(records).toMatchObject({ txt: null, dmarc: [] });
  expect(records.dkim.map(({ txt }) => txt)).toEqual([[], [], []]);
});

test("domainRecords · asks once in a quarter of an hour, and sooner for what was not answered", async () => {
  const { resolve, asked, broken } = standIn();
  let now = 0;
  const recordsOf = domainRecords(resolve, () => now);
  await recordsOf("mail.example.com");
  const first = asked.length;
  now = 14 * 60_000;
  await recordsOf("mail.example.com");
  expect(asked).toHaveLength(first);
  now = 16 * 60_000;
  broken.add("mail.example.com");
  expect((await recordsOf("mail.example.com")).txt).toBeNull();
  broken.clear();
  now += 61_000;
  expect((await recordsOf("mail.example.com")).txt).toHaveLength(2);
});
