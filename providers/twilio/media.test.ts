import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testSandbox } from "../../test/sandbox.ts";
import { openTwilioMedia } from "./media.ts";

const signal = new AbortController().signal;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
const account = () => ({
  accountSid: sandbox.accountSid,
  authToken: sandbox.authToken,
  baseUrl: sandbox.url,
});

/** A server that answers like Twilio gone wrong, and remembers what it was sent. */
const asked: { url: string; headers: IncomingHttpHeaders }[] = [];
const answers: Record<string, [status: number, headers: Record<string, string>, body: string]> = {};
const odd = createServer((request, response) => {
  asked.push({ url: request.url ?? "", headers: request.headers });
  const [status, headers, body] = answers[request.url ?? ""] ?? [404, {}, ""];
  response.writeHead(status, headers).end(body);
});
let oddUrl: string;

beforeAll(async () => {
  sandbox = await testSandbox();
  await new Promise<void>((resolve) => odd.listen(0, "127.0.0.1", resolve));
  oddUrl = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
});
afterAll(async () => {
  odd.closeAllConnections();
  await Promise.all([sandbox.close(), new Promise((resolve) => odd.close(resolve))]);
});

const path = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1";
const oddAccount = () => ({ accountSid: "AC1", authToken: "secret", baseUrl: oddUrl });
const open = (answer: (typeof answers)[string], most?: number) => {
  answers[path] = answer;
  return openTwilioMedia(oddAccount(), oddUrl + path, signal, most);
};

/** Sends a file to the sandbox as a person would, and gives the address that its webhook names. */
async function attached(content: string, type: string): Promise<string> {
  let url = "";
  const hook = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      url = new URLSearchParams(text).get("MediaUrl0") ?? "";
      response.end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const post = (route: string, body: unknown) =>
    fetch(`${sandbox.url}/_sandbox/${route}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const to = "whatsapp:+573105550001";
  const inbound_url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  await post("numbers", { address: to, inbound_url });
  const base64 = Buffer.from(content).toString("base64");
  await post("inbound", { from: "whatsapp:+573001234567", to, media: [{ base64, content_type: type }] });
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
  return url;
}

test("openTwilioMedia · follows the API to the file, which is given without credentials", async () => {
  const url = await attached("the picture", "image/png");
  const file = await openTwilioMedia(account(), url, signal);
  expect(file).toMatchObject({ type: "image/png", bytes: 11 });
  expect(await new Response(file.body).text()).toBe("the picture");
});

test("openTwilioMedia · tells a file that was removed from a provider that does not let it in", async () => {
  const url = await attached("x", "image/png");
  const authorization = `Basic ${Buffer.from(`${sandbox.accountSid}:${sandbox.authToken}`).toString("base64")}`;
  await expect(openTwilioMedia({ ...account(), authToken: "wrong" }, url, signal)).rejects.toMatchObject({
    code: "provider_unavailable",
  });
  await fetch(url, { method: "DELETE", headers: { authorization } });
  await expect(openTwilioMedia(account(), url, signal)).rejects.toMatchObject({ code: "gone" });
});

test.each([
  ["another host", () => `http://localhost:${new URL(oddUrl).port}${path}`],
  ["another account", () => `${oddUrl}${path.replace("AC1", "AC2")}`],
  ["another resource", () => `${oddUrl}/2010-04-01/Accounts/AC1/Messages/MM1.json`],
  ["no address", () => "picture.png"],
])("openTwilioMedia · sends no credentials to %s", async (_, url) => {
  asked.length = 0;
  await expect(openTwilioMedia(oddAccount(), url(), signal)).rejects.toMatchObject({ code: "gone" });
  expect(asked).toEqual([]);
});

test("openTwilioMedia · leaves the credentials behind at a redirect, and follows none to elsewhere", async () => {
  asked.length = 0;
  answers["/file"] = [200, { "content-type": "image/jpeg" }, "jpeg"];
  const file = await open([307, { location: "/file" }, ""]);
  expect(await new Response(file.body).text()).toBe("jpeg");
  expect(asked.map((one) => [one.url, one.headers.authorization !== undefined])).toEqual([
    [path, true],
    ["/file", false],
  ]);
  for (const location of [
    "http://169.254.169.254/latest",
    "https://example.com/x.png",
    "file:///etc/passwd",
    "",
  ])
    await expect(open([307, { location }, ""])).rejects.toMatchObject({ code: "provider_unavailable" });
  await expect(open([307, { location: path }, ""])).rejects.toThrow("redirects without end");
});

test("openTwilioMedia · hands on no type that a browser would run, and nothing too large", async () => {
  for (const type of ["text/html", "image/svg+xml", "application/javascript", ""])
    await expect(open([200, { "content-type": type }, "x"])).rejects.toMatchObject({ code: "unsupported" });
  const image = { "content-type": "image/png; charset=binary" };
  await expect(open([200, { ...image, "content-length": "9" }, "123456789"], 8)).rejects.toMatchObject({
    code: "too_large",
  });
  const chunked = await open([200, { ...image, "transfer-encoding": "chunked" }, "123456789"], 8);
  expect(chunked).toMatchObject({ type: "image/png", bytes: null });
  await expect(new Response(chunked.body).text()).rejects.toMatchObject({ code: "too_large" });
});

test("openTwilioMedia · says that nobody answers, without the address", async () => {
  const nobody = { ...oddAccount(), baseUrl: "http://127.0.0.1:9" };
  const refused = openTwilioMedia(nobody, `http://127.0.0.1:9${path}`, signal);
  await expect(refused).rejects.toMatchObject({ code: "provider_unavailable" });
  await expect(refused).rejects.not.toThrow(/127|Media/);
});
