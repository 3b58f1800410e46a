import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLES, type Role, roleAllows } from "../domain/roles.ts";
import { leastRole, type OperationId } from "./roles.ts";
import { type Ask, type TestApi, testApi } from "./testing.ts";

type Parameter = { name: string; in: string; required?: boolean };
type Media = { schema?: { $ref?: string; example?: unknown }; example?: unknown };
type Operation = {
  operationId: OperationId;
  summary?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media & { examples?: object }> }>;
};
type Walked = Operation & { method: string; path: string };

let api: TestApi;
let operations: Walked[];
let schemas: Record<string, { example?: unknown }>;
let mine: Record<Role, Ask>;
/** Of the other workspace: ids by resource, as paths and bodies name them. */
let theirs: Record<string, string>;
let stranger: string;

beforeAll(async () => {
  api = await testApi();
  const { body: document } = await api.asking(undefined)("GET /openapi.json");
  schemas = document.components.schemas;
  operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        method: method.toUpperCase(),
        path,
      })),
  );
  const workspace = await api.workspace({ default_region: "CO" });
  const keys = await Promise.all(
    ROLES.map(async (role) => {
      const { body } = await workspace.ask("POST /v1/api-keys", { name: role, role });
      return [role, api.asking(body.key)] as const;
    }),
  );
  mine = Object.fromEntries(keys) as Record<Role, Ask>;
  stranger = (await api.workspace()).id;
  theirs = await thingsOf(stranger);
});
afterAll(() => api.close());

/** One of each, straight into the tables. */
async function thingsOf(workspace_id: string): Promise<Record<string, string>> {
  const insert = async (table: string, columns: Record<string, unknown>) => {
    const names = ["workspace_id", ...Object.keys(columns)].map((name) => sql.ref(name));
    const values = [workspace_id, ...Object.values(columns)];
    const { rows } = await sql<{ id: string }>`
      insert into ${sql.table(table)} (${sql.join(names)}) values (${sql.join(values)}) returning id`.execute(
      api.database.db,
    );
    return rows[0]?.id ?? "";
  };
  const bytes = Buffer.from("sealed");
  const account = {
    provider: "twilio",
    name: "A",
    account_sid: `AC${"9".repeat(32)}`,
    sealed_credentials: bytes,
  };
  const address = "+573009998877";
  const contact = await insert("contacts", { identity: `tel:${address}`, phone: address, name: "Theirs" });
  const template = await insert("templates", {
    name: "Theirs",
    channel: "sms",
    body: "Hi",
    approval_status: "approved",
  });
  const campaign = await insert("campaigns", { name: "Theirs", channel: "sms", template_id: template });
  const sender = await insert("senders", { channel: "sms", address: "+573009998879", kind: "long_code" });
  return {
    members: await insert("members", { name: "Theirs", email: "theirs@example.com", role: "agent" }),
    "api-keys": await insert("api_keys", {
      name: "K",
      prefix: "0123456789ab",
      secret_hash: bytes,
      role: "viewer",
    }),
    "provider-accounts": await insert("provider_accounts", account),
    contacts: contact,
    "contact-lists": await insert("contact_lists", { name: "Theirs" }),
    segments: await insert("segments", { name: "Theirs", filter: JSON.stringify({ city: "Cali" }) }),
    suppressions: await insert("suppressions", {
      channel: "sms",
      address_hash: bytes,
      address: "+573009998878",
      reason: "blocked",
      source: "hand",
    }),
    senders: sender,
    "keyword-answers": await insert("keyword_answers", { keywords: ["theirs"], body: "Theirs" }),
    conversations: await insert("conversations", {
      channel: "sms",
      contact_id: contact,
      sender_id: sender,
      address,
    }),
    templates: template,
    campaigns: campaign,
    enrollments: await insert("enrollments", {
      campaign_id: campaign,
      contact_id: contact,
      source: "api",
      version: 1,
      next_step: 1,
    }),
    imports: await insert("imports", { file_name: "theirs.csv", state: "completed" }),
    messages: await insert("messages", {
      contact_id: contact,
      direction: "out",
      channel: "sms",
      state: "uncertain",
      address,
    }),
    calls: await theirCall(insert),
    "email/campaigns": campaign,
    "email/topics": await insert("email_topics", { name: "Theirs" }),
    "email/calls": await insert("email_calls", {
      sender_id: sender,
      content_id: contact,
      rows: 1,
      outcome: "uncertain",
    }),
    "analytics/campaigns": campaign,
    "analytics/numbers": sender,
    "ai/lead-scores/fits": await insert("lead_score_fits", { state: "proposed", weights: "{}" }),
    transcripts: THEIR_CALL,
    alerts: await insert("alerts", { alert_type: "theirs", severity: "low", cause: "theirs" }),
  };
}

const THEIR_CALL = `CA${"9".repeat(32)}`;

/** Calls go by the provider's name for them. */
async function theirCall(insert: (table: string, columns: Record<string, unknown>) => Promise<string>) {
  const call = await insert("calls", { call_sid: THEIR_CALL, transcription: "failed" });
  await insert("recordings", { call_id: call, recording_sid: `RE${"9".repeat(32)}`, state: "completed" });
  return THEIR_CALL;
}

const idNames: Record<string, string> = {
  member_id: "members",
  contact_id: "contacts",
  contact_ids: "contacts",
  list_id: "contact-lists",
  list_ids: "contact-lists",
  segment_id: "segments",
  sender_ids: "senders",
  template_id: "templates",
  provider_account_id: "provider-accounts",
};

/** The example that the document gives, with the other workspace's ids in every place for an id. */
function bodyOf(operation: Walked): { body?: unknown; type?: string; ids: boolean } {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (!type || !media) return { ids: false };
  const schema = media.schema?.$ref ? schemas[media.schema.$ref.split("/").pop() ?? ""] : media.schema;
  const example = media.example ?? schema?.example;
  let ids = false;
  const body = JSON.parse(JSON.stringify(example ?? null), (name, value: unknown) => {
    const id = theirs[idNames[name] ?? ""];
    if (id === undefined) return value;
    ids = true;
    return Array.isArray(value) ? [id] : id;
  }) as unknown;
  return { body, type, ids };
}

function requestOf(operation: Walked): string {
  const resource = /^\/v1\/((?:email\/|analytics\/|ai\/lead-scores\/)?[^/]+)/.exec(operation.path)?.[1] ?? "";
  const path = operation.path.replaceAll(/\{[^}]+\}/g, theirs[resource] ?? "no id for this resource");
  const needed = (operation.parameters ?? []).filter(
    (parameter) => parameter.in === "query" && parameter.required,
  );
  const query = needed.map(({ name }) => `${name}=${theirs[idNames[name] ?? ""] ?? "x"}`).join("&");
  return `${operation.method} ${path}${query ? `?${query}` : ""}`;
}

const askFor = (ask: Ask, operation: Walked) => {
  const { body, type } = bodyOf(operation);
  return ask(requestOf(operation), body, type === undefined ? {} : { "content-type": type });
};

/** A digest of every row of the other workspace. */
async function fingerprint(): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'workspace_id' order by 1`.execute(api.database.db);
  const digests: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{ digest: string }>`
      select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest
      from ${sql.table(name)} t where workspace_id = ${stranger}`.execute(api.database.db);
    digests[name] = rows[0]?.digest ?? "";
  }
  return digests;
}

test("the table of roles · has exactly the operations of the document", () => {
  expect(operations.map((operation) => operation.operationId).sort()).toEqual(Object.keys(leastRole).sort());
});

test("the document · gives every route a summary, every body an example, every error its problem", () => {
  const lacking = operations.flatMap((operation) => {
    const { operationId, summary, responses } = operation;
    const errors = Object.entries(responses).filter(([status]) => status >= "400");
    const undocumented = errors.filter(([, { content }]) => !content?.["application/problem+json"]?.examples);
    return [
      ...(summary ? [] : [`${operationId}: summary`]),
      ...(operation.requestBody && bodyOf(operation).body == null
        ? [`${operationId}: example of the body`]
        : []),
      ...(responses["401"] && responses["403"] && responses["429"] ? [] : [`${operationId}: 401, 403, 429`]),
      ...undocumented.map(([status]) => `${operationId}: examples of ${status}`),
    ];
  });
  expect(lacking).toEqual([]);
});

test("no key · opens no route", async () => {
  const ask = api.asking(undefined);
  const open: string[] = [];
  for (const operation of operations) {
    const { status } = await askFor(ask, operation);
    if (status !== 401) open.push(`${operation.operationId}: ${status}`);
  }
  expect(open).toEqual([]);
});

test.each(ROLES)("the role %s · gets exactly its routes, and nothing of another workspace", async (role) => {
  const before = await fingerprint();
  const wrong: string[] = [];
  for (const operation of operations) {
    const { status, body } = await askFor(mine[role], operation);
    const may = roleAllows(role, leastRole[operation.operationId]);
    const names = JSON.stringify(body).toLowerCase();
    const leaks =
      /theirs/.test(names) ||
      (operation.method === "GET" && Object.values(theirs).some((id) => names.includes(id)));
    const right = !may
      ? status === 403 && body.code === "forbidden"
      : operation.path.includes("{")
        ? status === 404
        : bodyOf(operation).ids
          ? status >= 400 && status < 500 && status !== 403
          : status < 500 && status !== 401 && status !== 403 && status !== 404;
    if (!right || leaks)
      wrong.push(`${operation.operationId}: ${status} ${leaks ? "LEAK " : ""}${names.slice(0, 150)}`);
  }
  expect(wrong).toEqual([]);
  expect(await fingerprint()).toEqual(before);
});
