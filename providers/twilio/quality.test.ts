import { afterAll, beforeAll, expect, test } from "vitest";
import { testSandbox } from "../../test/sandbox.ts";
import { client } from "../../tools/client.ts";
import { twilioProvider } from "./client.ts";
import { TwilioHttpClient } from "./http.ts";

let sandbox: Awaited<ReturnType<typeof testSandbox>>;
const http = new TwilioHttpClient({ connections: 2, timeoutMs: 2_000 });
beforeAll(async () => {
  sandbox = await testSandbox();
});
afterAll(async () => {
  await http.close();
  await sandbox.close();
});

test("quality · is Meta's rating of the number as Twilio lists it, and null where there is none", async () => {
  const provider = twilioProvider(
    { accountSid: sandbox.accountSid, authToken: sandbox.authToken, baseUrl: sandbox.url },
    http,
  );
  const numbers = ["HIGH", "MEDIUM", "LOW", undefined].map((quality_rating, i) => ({
    address: `whatsapp:+5731055509${i}0`,
    quality_rating,
  }));
  await client(sandbox.url)("POST /_sandbox/numbers", numbers);
  const rated = await Promise.all([0, 1, 2, 3, 4].map(async (i) => provider.quality?.(`+5731055509${i}0`)));
  expect(rated).toEqual(["green", "yellow", "red", null, null]);
  const stranger = twilioProvider(
    { accountSid: sandbox.accountSid, authToken: "another", baseUrl: sandbox.url },
    http,
  );
  await expect(stranger.quality?.("+573105550900")).rejects.toThrow("read the rating of a number");
});
