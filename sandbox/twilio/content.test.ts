import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { type Catcher, catcher, control, refusalOf, template, twilioAt, until } from "../testing.ts";

let sandbox: RunningSandbox;
let hook: Catcher;

beforeAll(async () => {
  sandbox = await startSandbox({
    settings: { sent_ms: 5, delivered_ms: 15, read_ms: 30, reply_ms: 5, approval_ms: 0 },
  });
  hook = await catcher(sandbox.authToken);
});
afterAll(async () => {
  await sandbox.close();
  await hook.close();
});
beforeEach(async () => {
  await control(sandbox.url, "POST", "reset");
  hook.caught.length = 0;
  hook.answer = 200;
  hook.body = "";
});

const client = () => twilioAt(sandbox);
const [from, to] = ["+15005550006", "+573001234567"];
const [waFrom, waTo] = [`whatsapp:${from}`, `whatsapp:${to}`];

describe("WhatsApp's window and templates", () => {
  test("free text reaches only who wrote within the window", async () => {
    const asked = { to: waTo, from: waFrom, body: "Hola", statusCallback: hook.url };
    const outside = await client().messages.create(asked);
    await until("failed", () => hook.statuses(outside.sid).includes("failed"));
    expect(hook.caught[0]?.fields["ErrorCode"]).toBe("63016");
    await control(sandbox.url, "POST", "inbound", { from: waTo, to: waFrom, body: "hola" });
    const inside = await client().messages.create(asked);
    await until("read", () => hook.statuses(inside.sid).includes("read"));
    const mexican = { ...asked, to: "whatsapp:+525512345678" };
    await control(sandbox.url, "POST", "inbound", {
      from: "whatsapp:+5215512345678",
      to: waFrom,
      body: "hola",
    });
    const otherSpelling = await client().messages.create(mexican);
    await until("read too", () => hook.statuses(otherSpelling.sid).includes("read"));
    await control(sandbox.url, "POST", "settings", { window_ms: 0 });
    const tooLate = await client().messages.create(asked);
    await until("failed as well", () => hook.statuses(tooLate.sid).includes("failed"));
    await control(sandbox.url, "POST", "settings", { window_ms: 86_400_000 });
    const otherNumber = await client().messages.create({ ...asked, from: "whatsapp:+15005550099" });
    await until("failed again", () => hook.statuses(otherNumber.sid).includes("failed"));
  });

  test("a template needs approval, its variables, and a state that lets it be sent", async () => {
    const send = async (contentSid: string, variables: object): Promise<number | null> => {
      const contentVariables = JSON.stringify(variables);
      const { sid } = await client().messages.create({
        to: waTo,
        from: waFrom,
        contentSid,
        contentVariables,
      });
      await until(
        "decided",
        async () => !["queued", "sent"].includes((await client().messages(sid).fetch()).status),
      );
      return (await client().messages(sid).fetch()).errorCode;
    };
    const draft = await template(client(), "Hola {{1}}, {{2}}", false);
    expect(await send(draft, { 1: "Ana" })).toBe(63016);
    const approved = await template(client(), "Hola {{1}}, {{2}}");
    expect((await client().content.v1.contents(approved).approvalFetch().fetch()).whatsapp).toMatchObject({
      status: "approved",
      name: "saludo",
    });
    expect(await send(approved, { 1: "Ana" })).toBeNull();
    expect(await send(approved, {})).toBe(63028);
    for (const [status, expected] of [
      ["paused", 63041],
      ["disabled", 63042],
      ["rejected", 63040],
    ] as const) {
      await control(sandbox.url, "POST", "approvals", {
        content_sid: approved,
        status,
        rejection_reason: "x",
      });
      expect(await send(approved, { 1: "Ana" })).toBe(expected);
    }
    const asked = { to: waTo, from: waFrom, contentSid: approved, contentVariables: "{" };
    expect(await refusalOf(client().messages.create(asked))).toEqual([400, 21656]);
  });

  test("templates can be listed with their approval, and deleted", async () => {
    const sids = [
      await template(client(), "a"),
      await template(client(), "b", false),
      await template(client(), "c"),
    ];
    expect((await client().content.v1.contents.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(sids);
    const approvals = await client().content.v1.contentAndApprovals.list();
    expect(approvals.map((one) => (one.approvalRequests as unknown as { status: string }).status)).toEqual([
      "approved",
      "unsubmitted",
      "approved",
    ]);
    expect(
      await client()
        .content.v1.contents(sids[0] as string)
        .remove(),
    ).toBe(true);
    expect(
      await refusalOf(
        client()
          .content.v1.contents(sids[0] as string)
          .fetch(),
      ),
    ).toEqual([404, 20404]);
  });
});
