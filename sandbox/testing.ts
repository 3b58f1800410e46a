import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import Twilio from "twilio";
import type { RunningSandbox } from "./server.ts";

/** A webhook as it arrived. */
export interface Caught {
  url: string;
  fields: Record<string, string>;
  /** The body as it came. */
  text: string;
  headers: IncomingHttpHeaders;
  /** By Twilio's own library, over the URL as the client gave it. */
  signed: boolean;
}

export interface Catcher {
  url: string;
  caught: Caught[];
  /** Statuses of caught receipts, in order of arrival; of one message where a SID is given. */
  statuses(sid?: string): string[];
  /** What it answers from now on; "reset" breaks the connection instead, "hang" keeps it open. */
  answer: number | "reset" | "hang";
  body: string;
  close(): Promise<void>;
}

/** Receives webhooks as the API would, and checks their signature as the API would. */
export async function catcher(authToken: string): Promise<Catcher> {
  const caught: Caught[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const url = `http://${request.headers.host}${request.url}`;
    const fields = Object.fromEntries(new URLSearchParams(text));
    const signature = String(request.headers["x-twilio-signature"]);
    caught.push({
      url,
      fields,
      text,
      headers: request.headers,
      signed: Twilio.validateRequest(authToken, signature, url, fields),
    });
    if (self.answer === "reset") request.socket.resetAndDestroy();
    else if (self.answer !== "hang") response.writeHead(self.answer).end(self.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const self: Catcher = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    caught,
    statuses: (sid) =>
      caught
        .filter(({ fields }) => !sid || fields["MessageSid"] === sid)
        .map(({ fields }) => fields["MessageStatus"] ?? ""),
    answer: 200,
    body: "",
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}

/** Twilio's own client, pointed at the stand-in. */
export function twilioAt({
  url,
  accountSid,
  authToken,
}: Pick<RunningSandbox, "url" | "accountSid" | "authToken">): Twilio.Twilio {
  const client = Twilio(accountSid, authToken);
  client.api.baseUrl = url;
  client.content.baseUrl = url;
  client.intelligence.baseUrl = url;
  return client;
}

/** Looks again until the condition holds; gives up loudly. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 1500; left > 0; left--) {
    if (await holds()) return;
    await sleep(10);
  }
  throw new Error(`Waited in vain: ${what}`);
}

/** A call of the control routes: the answer's JSON, or an error with its text. */
export async function control<T = unknown>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(`${url}/_sandbox/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Status and code by which Twilio refuses, or undefined where it does not. */
export const refusalOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    ({ status, code: given }: { status: number; code: number }) => [status, given],
  );

/** Creates a template of Spanish text, its second variable with a default, and has it approved unless told not to. */
export async function template(client: Twilio.Twilio, body: string, approve = true): Promise<string> {
  const content = await client.content.v1.contents.create({
    friendly_name: "saludo",
    language: "es",
    variables: { 2: "aquí" },
    types: { "twilio/text": { body } },
  } as never);
  if (approve) {
    const request = { name: "saludo", category: "MARKETING" } as never;
    await client.content.v1.contents(content.sid).approvalCreate.create(request);
  }
  return content.sid;
}
