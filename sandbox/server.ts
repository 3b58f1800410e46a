import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { guarded, respond } from "./answering.ts";
import { controlRoutes } from "./control.ts";
import { anthropicRoutes } from "./language/anthropic.ts";
import { languageControl } from "./language/control.ts";
import { chatRoutes } from "./language/openai.ts";
import { statusPage } from "./page.ts";
import { DEFAULT_SENDGRID_KEY, Sandbox, type SandboxOptions } from "./sandbox.ts";
import { mailControlRoutes } from "./sendgrid/control.ts";
import { broken as mailBroken } from "./sendgrid/errors.ts";
import { sendGridRoutes } from "./sendgrid/routes.ts";
import { handleSend, isSend } from "./sendgrid/sendRoute.ts";
import { speechRoutes } from "./speech.ts";
import { callControl } from "./twilio/callsControl.ts";
import { broken, createPath, handleCreate } from "./twilio/createRoute.ts";
import { mediaFiles } from "./twilio/media.ts";
import { handleTranscriptCreate, isTranscriptCreate } from "./twilio/intelligence.ts";
import { twilioRoutes } from "./twilio/routes.ts";

export type { SandboxOptions } from "./sandbox.ts";

export interface RunningSandbox {
  url: string;
  accountSid: string;
  authToken: string;
  sendGridKey: string;
  /** Lets go of the port and the state file; what was pending is taken up again by the next start on that file. */
  close(): Promise<void>;
}

/** Starts a stand-in on `host`:`port` (127.0.0.1 and a free port unless given) and resolves when it answers. */
export async function startSandbox(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const sandbox = new Sandbox(options);
  const server = createServer(listener(sandbox));
  // Longer than any client keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", 4_096, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const [account] = sandbox.state.accounts.values();
  sandbox.origin = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  return {
    url: sandbox.origin,
    accountSid: options.accountSid ?? account?.sid ?? "",
    authToken: options.authToken ?? account?.token ?? "",
    sendGridKey: options.sendGridKey ?? DEFAULT_SENDGRID_KEY,
    close: () => close(server, sandbox),
  };
}

function listener(sandbox: Sandbox): (request: IncomingMessage, response: ServerResponse) => void {
  const app = new Hono();
  app.get("/", (c) => c.html(statusPage(sandbox)));
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.route("/_sandbox/mail", mailControlRoutes(sandbox));
  app.route("/_sandbox", controlRoutes(sandbox));
  app.route("/_sandbox", callControl(sandbox));
  app.route("/_sandbox", languageControl(sandbox));
  app.route("/_cdn", mediaFiles(sandbox));
  app.route("/v1", speechRoutes(sandbox));
  app.route("/v3", sendGridRoutes(sandbox));
  app.route("/v1", anthropicRoutes(sandbox));
  app.route("/v1", chatRoutes(sandbox));
  app.route("/", twilioRoutes(sandbox));
  const others = getRequestListener(app.fetch);
  const goOn = (request: IncomingMessage, response: ServerResponse): void => {
    const url = request.url ?? "/";
    const account = createPath(request.method, url);
    if (account !== undefined) handleCreate(sandbox, account, request, response);
    else if (isSend(request.method, url)) handleSend(sandbox, request, response);
    else if (isTranscriptCreate(request.method, url)) handleTranscriptCreate(sandbox, request, response);
    else if (
      !isProviderRoute(url) ||
      passes(sandbox, request, response, () => void others(request, response))
    ) {
      void others(request, response);
    }
  };
  return (request, response) =>
    guarded(
      response,
      () => brokenFor(request.url)(500, undefined),
      () => goOn(request, response),
    );
}

/** How the provider that is asked words that it cannot serve. */
const brokenFor = (url = "/") => (isMail(url) ? mailBroken : broken);
const isMail = (url: string): boolean => url.startsWith("/v3/");

const isProviderRoute = (url: string): boolean => /^\/(2010-04-01|v1|v2|v3)\//.test(url);

const BROKEN = { http_429: 429, http_500: 500, http_500_after_accept: 500, http_503: 503 } as const;

/** Whether a request other than a create goes on at once; if a fault strikes, it is dealt with here. */
function passes(
  sandbox: Sandbox,
  { url = "/", headers }: IncomingMessage,
  response: ServerResponse,
  goOn: () => void,
): boolean {
  const account = isMail(url)
    ? sandbox.state.mail.opened(headers.authorization)?.account.record.name
    : /\/Accounts\/(\w+)/.exec(url)?.[1];
  const { fault, latency, hangMs, retryAfter } = sandbox.faults.ofRequest(false, account);
  if (fault === undefined) {
    if (latency === 0) return true;
    setTimeout(goOn, latency);
  } else if (fault === "drop_before" || fault === "drop_after_accept") response.socket?.resetAndDestroy();
  else if (fault === "hang" || fault === "hang_after_accept") {
    setTimeout(() => response.socket?.resetAndDestroy(), hangMs).unref();
  } else {
    const reply = brokenFor(url)(BROKEN[fault], retryAfter);
    setTimeout(() => respond(response, reply), latency);
  }
  return false;
}

async function close(server: Server, sandbox: Sandbox): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  await sandbox.close();
}

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const given = (name: string): string | undefined => env[name] || undefined;
  const [host, stateFile] = [given("SANDBOX_HOST"), given("SANDBOX_STATE_FILE")];
  const [accountSid, authToken] = [given("SANDBOX_ACCOUNT_SID"), given("SANDBOX_AUTH_TOKEN")];
  const sendGridKey = given("SANDBOX_SENDGRID_KEY");
  const port = Number(given("SANDBOX_PORT") ?? 4010);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error("SANDBOX_PORT must be a port number");
  const running = await startSandbox({
    port,
    ...(host === undefined ? {} : { host }),
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(accountSid === undefined ? {} : { accountSid }),
    ...(authToken === undefined ? {} : { authToken }),
    ...(sendGridKey === undefined ? {} : { sendGridKey }),
  });
  process.stdout.write(
    `${JSON.stringify({ msg: "sandbox ready", url: running.url, account_sid: running.accountSid })}\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void running.close().then(() => process.exit(0));
    });
  }
}

if (import.meta.main) {
  main(process.env).catch((error: Error) => {
    process.stderr.write(`sandbox: ${error.message}\n`);
    process.exitCode = 1;
  });
}
