import { afterAll, beforeAll, expect, test } from "vitest";
import { control, until } from "../../sandbox/testing.ts";
import { testSandbox } from "../../test/sandbox.ts";
import { twilioClient } from "./client.ts";
import { TwilioHttpClient } from "./http.ts";
import { eraseMessage } from "./redaction.ts";

let sandbox: Awaited<ReturnType<typeof testSandbox>>;
const http = new TwilioHttpClient({ connections: 4, timeoutMs: 5_000 });
beforeAll(async () => {
  sandbox = await testSandbox();
});
afterAll(async () => {
  await http.close();
  await sandbox.close();
});

const FROM = "+573105550399";
const client = () => twilioClient({ ...sandbox, baseUrl: sandbox.url }, http);

/** A message to somebody whose phone behaves like this. */
async function sent(to: string, behaviour: object): Promise<string> {
  await control(sandbox.url, "POST", "numbers", [{ address: FROM, account_sid: sandbox.accountSid }]);
  await control(sandbox.url, "POST", "behaviours", { match: { to }, ...behaviour });
  return (await client().messages.create({ from: FROM, to, body: "Una palabra" })).sid;
}

test("eraseMessage · deletes a message that has arrived, and finds nothing the next time", async () => {
  const sid = await sent("+573205550301", { outcome: "delivered" });
  await until("delivered", async () => (await client().messages(sid).fetch()).status === "delivered");
  expect(await eraseMessage(client(), sid)).toBe("erased");
  await expect(client().messages(sid).fetch()).rejects.toMatchObject({ status: 404 });
  expect(await eraseMessage(client(), sid)).toBe("absent");
});

test("eraseMessage · takes what came with an inbound message along", async () => {
  await control(sandbox.url, "POST", "numbers", [{ address: FROM, account_sid: sandbox.accountSid }]);
  const media = [{ base64: Buffer.from("a picture").toString("base64"), content_type: "image/png" }];
  const said = { from: "+573205550303", to: FROM, body: "Mira", media, wait: false };
  const { message_sid: sid } = await control<{ message_sid: string }>(sandbox.url, "POST", "inbound", said);
  expect(await client().messages(sid).media.list()).toHaveLength(1);
  expect(await eraseMessage(client(), sid)).toBe("erased");
  expect(await client().messages(sid).media.list()).toEqual([]);
});

test("eraseMessage · takes the text of one that is on its way, and the record later", async () => {
  const sid = await sent("+573205550302", { outcome: "read", read_after_ms: 60_000 });
  expect(await eraseMessage(client(), sid)).toBe("later");
  expect((await client().messages(sid).fetch()).body).toBe("");
});

test("eraseMessage · gives no answer where the account is not the one", async () => {
  const stranger = twilioClient({ ...sandbox, authToken: "another", baseUrl: sandbox.url }, http);
  await expect(eraseMessage(stranger, `SM${"0".repeat(32)}`)).rejects.toMatchObject({ status: 401 });
});
