import { pino } from "pino";
import { createWorkspaceWithOwner, type NewWorkspace } from "../db/workspaces.ts";
import { deriveKeys } from "../domain/secrets.ts";
import { rulesOnly } from "../domain/language/asking.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { createApp } from "./app.ts";
import { ConversationFeed } from "./conversationFeed.ts";
import type { ApiDeps } from "./deps.ts";

type Asked = {
  status: number;
  headers: Headers;
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
};

export interface TestApi {
  database: TestDatabase;
  deps: ApiDeps;
  app: ReturnType<typeof createApp>;
  /** How often the outbox was kicked. */
  kicks(): number;
  /** A workspace of its own with a client under its owner's key. */
  workspace(fields?: Partial<NewWorkspace>): Promise<{ id: string; key: string; ask: Ask }>;
  /** A client under this key. */
  asking(key: string | undefined): Ask;
  close(): Promise<void>;
}

/** `ask("POST /v1/contacts", body?, headers?)`: JSON in, status, headers and parsed body out. */
export type Ask = (request: string, body?: unknown, headers?: Record<string, string>) => Promise<Asked>;

/** Ends whoever listens at once, so that a test may ask for every route and read its whole answer. */
function quietFeed(): ConversationFeed {
  const feed = new ConversationFeed(undefined as never, pino({ level: "silent" }));
  feed.stop();
  return feed;
}

/** The API over a fresh database, without a listener: for tests of routes. Call in beforeAll, close in afterAll. */
export async function testApi(given: Partial<ApiDeps> = {}): Promise<TestApi> {
  const database = await testDatabase();
  let kicks = 0;
  const deps: ApiDeps = {
    db: database.connect("campanile_api").db,
    config: { PUBLIC_URL: "http://127.0.0.1:8080", CORS_ORIGINS: "", RATE_LIMIT_PER_MINUTE: 100_000 },
    log: pino({ level: "silent" }),
    kick: () => void kicks++,
    ...deriveKeys("a secret key of tests, 32 characters"),
    verifyAccount: () => Promise.resolve({ ok: true }),
    language: rulesOnly,
    twilio: null,
    sendgridKeys: [],
    sandboxed: true,
    retryMinuteMs: 60_000,
    recordsOf: (domain) => Promise.resolve({ domain, txt: null, dkim: [], dmarc: null }),
    openMedia: () => Promise.reject(new Error("This test has no provider of media.")),
    feed: quietFeed(),
    contentOf: () => Promise.reject(new Error("This test has no provider of templates.")),
    probes: {},
    ...given,
  };
  const app = createApp(deps);
  const asking =
    (key: string | undefined): Ask =>
    async (request, body, headers = {}) => {
      const [method = "GET", path = "/"] = request.split(" ");
      const response = await app.request(path, {
        method,
        headers: {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    };
  return {
    database,
    deps,
    app,
    kicks: () => kicks,
    asking,
    workspace: async (fields) => {
      const { workspace, apiKey } = await createWorkspaceWithOwner(database.db, { name: "Test", ...fields });
      return { id: workspace.id, key: apiKey, ask: asking(apiKey) };
    },
    close: () => database.close(),
  };
}
