import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { answerCreate, type Creating } from "./answering.ts";
import { Journal } from "./journal.ts";

const strike = { fault: undefined, latency: 0, hangMs: 0, retryAfter: undefined };

/** What a create is answered that is done by these, and what the log says of it. */
async function answered(given: Partial<Creating>) {
  const journal = new Journal();
  const log = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const server = createServer((_, response) =>
    answerCreate(response, strike, {
      broken: (status) => ({ status, json: '{"broken":true}', key: String(status) }),
      tally: () => {},
      create: () => ({ accepted: { status: 202, json: "", key: "2xx" } }),
      written: (callback) => journal.written(callback),
      goneEarly: () => {},
      ...given,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3/mail/send`;
    const response = await fetch(url, { method: "POST", signal: AbortSignal.timeout(10_000) });
    return { status: response.status, text: await response.text(), logged: log.mock.calls.join("") };
  } finally {
    log.mockRestore();
    server.closeAllConnections();
    server.close();
  }
}

const fails = (): never => {
  throw new Error("no such behaviour");
};

test("answerCreate · answers what was accepted, and logs nothing", async () => {
  expect(await answered({})).toEqual({ status: 202, text: "", logged: "" });
});

test.each([
  ["taking it", { create: fails }],
  ["counting it", { create: () => ({ refused: { status: 400, json: "", key: "400" } }), tally: fails }],
  [
    "answering it once it is in the journal",
    {
      create: () => ({
        accepted: {
          get status(): number {
            return fails();
          },
          json: "",
          key: "2xx",
        },
      }),
    },
  ],
])(
  "answerCreate · an error in %s is a 500 that the log names, and keeps nobody waiting",
  async (_, given) => {
    const { status, text, logged } = await answered(given);
    expect({ status, text }).toEqual({ status: 500, text: '{"broken":true}' });
    expect(JSON.parse(logged)).toMatchObject({
      msg: "sandbox route failed",
      route: "POST /v3/mail/send",
      error: expect.stringContaining("no such behaviour"),
    });
  },
);
