import { describe, expect, test } from "vitest";
import { codeOfCall, refusalOfMailCall, saysNothingOfPeople } from "./sendgridErrors.ts";

const of = (...fields: (string | null)[]) => fields.map((field) => ({ field }));

describe("refusalOfMailCall", () => {
  test.each([
    [401, of(), "stop_sender", "account_refused"],
    [403, of(), "stop_sender", "account_refused"],
    [403, of("from"), "stop_sender", "from_not_verified"],
    [400, of("from.email"), "stop_sender", "from_not_verified"],
    [400, of("ip_pool_name"), "stop_sender", "ip_pool_refused"],
    [400, of("asm.group_id"), "stop_sender", "asm_group_refused"],
    [429, of(), "hold_sender", "too_many_requests"],
    [400, of("send_at"), "retry", "schedule_refused"],
    [400, of("content.0.value"), "fail", "content_refused"],
    [400, of(null), "fail", "refused"],
    [400, of(), "fail", "refused"],
    [404, of("made_up"), "fail", "refused"],
  ])("%i %o · holds for everybody: %s", (status, faults, outcome, reason) => {
    const { people, others } = refusalOfMailCall(status, faults, 3);
    expect(people.size).toBe(0);
    expect(others).toMatchObject({ refusal: { outcome, reason } });
  });

  test("a bad address · is its own person's fault, and the others go again", () => {
    const { people, others } = refusalOfMailCall(400, of("personalizations.1.to.0.email"), 3);
    expect([...people.keys()]).toEqual([1]);
    expect(people.get(1)).toMatchObject({
      code: "http_400 personalizations.to.email",
      refusal: { outcome: "suppress", suppress_reason: "invalid" },
    });
    expect(others).toBe("again");
  });

  test("values that are too long · fail for their person without giving up the address", () => {
    const { people } = refusalOfMailCall(400, of("personalizations.0.substitutions"), 3);
    expect(people.get(0)?.refusal).toMatchObject({ outcome: "fail", reason: "content_refused" });
  });

  test("people and a field of the call · each is sorted by itself", () => {
    const { people, others } = refusalOfMailCall(400, of("personalizations[2].to", "subject"), 3);
    expect([...people.keys()]).toEqual([2]);
    expect(others).toMatchObject({ code: "http_400 subject", refusal: { reason: "content_refused" } });
  });

  test("a call that is too large · is split, unless one person is in it alone", () => {
    expect(refusalOfMailCall(413, [], 2).others).toBe("split");
    expect(refusalOfMailCall(400, of("personalizations"), 2).others).toBe("split");
    expect(refusalOfMailCall(413, [], 1).others).toMatchObject({ refusal: { reason: "content_too_large" } });
    expect(refusalOfMailCall(400, of("personalizations"), 1).others).toMatchObject({
      refusal: { reason: "refused" },
    });
  });

  test("a person who is not in the call · ends it rather than sending it again for ever", () => {
    const { people, others } = refusalOfMailCall(400, of("personalizations.7.to"), 3);
    expect(people.size).toBe(0);
    expect(others).toMatchObject({ refusal: { outcome: "fail" } });
  });
});

test("refusalOfMailCall · takes places however they are written, and a person's first fault", () => {
  const { people } = refusalOfMailCall(
    400,
    of("personalizations[2].cc", "personalizations.2.to", "personalizations.0"),
    3,
  );
  expect(people.get(2)).toMatchObject({
    code: "http_400 personalizations.cc",
    refusal: { outcome: "suppress" },
  });
  expect(people.get(0)).toMatchObject({ refusal: { outcome: "fail", reason: "content_refused" } });
});

test("refusalOfMailCall · too many together go in halves, one alone is refused", () => {
  expect(refusalOfMailCall(400, of("personalizations", "personalizations"), 3).others).toBe("split");
  expect(refusalOfMailCall(400, of("personalizations"), 1).others).toMatchObject({
    refusal: { reason: "refused" },
  });
  expect(refusalOfMailCall(400, of("subject", "personalizations", "from"), 3).others).toMatchObject({
    code: "http_400 subject",
  });
  expect(refusalOfMailCall(413, of(), 1).others).toMatchObject({ refusal: { reason: "content_too_large" } });
});

test("saysNothingOfPeople · is said of codes about the call or the account", () => {
  expect(saysNothingOfPeople(codeOfCall(401))).toBe(true);
  expect(saysNothingOfPeople(codeOfCall(400, "from.email"))).toBe(true);
  expect(saysNothingOfPeople(codeOfCall(400, "personalizations.4.to.0.email"))).toBe(false);
  expect(saysNothingOfPeople("bounced")).toBe(false);
});
