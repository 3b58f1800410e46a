import { verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import sendGrid from "@sendgrid/mail";
import type { RunningSandbox } from "../server.ts";
import { type Catcher, control } from "../testing.ts";

/** An event as it arrived. */
export type CaughtEvent = Record<string, unknown> & { email: string; event: string; sg_event_id: string };

type MailService = typeof sendGrid;
/** The package's class and its client, which its types leave out. */
const { MailService } = sendGrid as unknown as {
  MailService: new () => MailService & {
    client: { setApiKey(key: string): void; setDefaultRequest(name: "baseUrl", value: string): void };
  };
};

/** SendGrid's own client for mail, pointed at the stand-in. */
export function sendGridAt({ url }: RunningSandbox, key: string): MailService {
  const mail = new MailService();
  mail.client.setApiKey(key);
  mail.client.setDefaultRequest("baseUrl", url);
  return mail;
}

/** A request to SendGrid's API as any client makes it. */
export async function ask(
  { url, sendGridKey }: RunningSandbox,
  method: string,
  path: string,
  body?: unknown,
  key = sendGridKey,
): Promise<{ status: number; headers: Headers; json: unknown }> {
  const response = await fetch(`${url}/v3/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === "" ? undefined : JSON.parse(text),
  };
}

/** Status and errors by which SendGrid refuses, or undefined where it does not. */
export const mailRefusalOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    ({
      code,
      response,
    }: {
      code: number;
      response?: { body: { errors: { field: string; message: string }[] } };
    }) => ({
      status: code,
      errors: response?.body.errors.map(({ field, message }) => [field, message]),
    }),
  );

/** The posts whose signature holds, by the public key that the sandbox shows; the events in order of arrival. */
export async function eventsIn(hook: Catcher, sandboxUrl: string): Promise<CaughtEvent[]> {
  const shown = await control<{ accounts: { public_key: string }[] }>(sandboxUrl, "GET", "mail");
  const der = Buffer.from(shown.accounts[0]?.public_key ?? "", "base64");
  const key = { key: der, format: "der", type: "spki" } as const;
  return hook.caught.flatMap(({ text, headers }) => {
    const signature = Buffer.from(String(headers["x-twilio-email-event-webhook-signature"]), "base64");
    const signed = `${String(headers["x-twilio-email-event-webhook-timestamp"])}${text}`;
    return verify("sha256", Buffer.from(signed), key, signature) ? (JSON.parse(text) as CaughtEvent[]) : [];
  });
}

/** What takes in Inbound Parse posts: each as a form, and as its bytes. */
export interface Receiver {
  url: string;
  forms: FormData[];
  bodies: Buffer[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const forms: FormData[] = [];
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const headers = { "content-type": request.headers["content-type"] ?? "" };
    forms.push(await new Response(body, { headers }).formData());
    bodies.push(body);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/parse`,
    forms,
    bodies,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
