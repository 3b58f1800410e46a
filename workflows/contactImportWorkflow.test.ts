import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestApi, testApi } from "../api/testing.ts";
import { importActivities } from "../activities/imports.ts";
import { type TestTemporal, testTemporal } from "../test/temporal.ts";
import { cancel, contactImportWorkflow, look } from "./contactImportWorkflow.ts";
import { importWorkflowId, searchAttributes } from "./handles.ts";

let api: TestApi;
let temporal: TestTemporal;
beforeAll(async () => {
  [api, temporal] = await Promise.all([testApi(), testTemporal()]);
});
afterAll(() => Promise.all([api.close(), temporal.close()]));

const example = readFileSync(join(import.meta.dirname, "..", "examples", "contacts-mx-cp1252.csv"));

async function uploaded(file: Buffer) {
  const workspace = await api.workspace();
  const response = await api.app.request("/v1/imports?default_region=MX", {
    method: "POST",
    headers: { authorization: `Bearer ${workspace.key}`, "content-type": "text/csv" },
    body: file,
  });
  const { id } = (await response.json()) as { id: string };
  const input = { workspaceId: workspace.id, importId: id };
  const options = {
    taskQueue: temporal.taskQueue,
    workflowId: importWorkflowId(id),
    args: [input] as [typeof input],
  };
  return { workspace, id, input, options };
}

/** A history with its payloads as text. */
const readable = (history: unknown) =>
  JSON.stringify(history, (_, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString();
    const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
    return type === "Buffer" ? Buffer.from(data as number[]).toString() : value;
  });

const worker = (activities: object = importActivities({ db: api.database.db, kick: () => {} })) =>
  temporal.worker({ activities });

describe("contactImportWorkflow", () => {
  test("imports a file, shows its figures and keeps everybody out of its history", async () => {
    const { workspace, id, options } = await uploaded(example);
    const report = await (await worker()).runUntil(async () => {
      const handle = await temporal.client.workflow.signalWithStart(contactImportWorkflow, {
        ...options,
        signal: look,
      });
      return handle.result();
    });
    expect(report).toMatchObject({ state: "completed", phase: "ended", percent: 100, rows: 600 });
    const shown = await workspace.ask(`GET /v1/imports/${id}`);
    expect(shown.body).toMatchObject({
      state: "completed",
      progress: 100,
      counts: { rows: 600, created: report.created },
    });

    const handle = temporal.client.workflow.getHandle(options.workflowId);
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(searchAttributes.state)).toBe("completed");
    const history = readable(await handle.fetchHistory());
    expect(history).toContain(id);
    const people = await api.database.db
      .selectFrom("contacts")
      .select(["name", "phone", "email"])
      .where("workspace_id", "=", workspace.id)
      .execute();
    for (const { name, phone, email } of people) {
      for (const text of [name, phone, email]) if (text) expect(history).not.toContain(text);
    }
    const left = await api.database.db
      .selectFrom("import_chunks")
      .select("seq")
      .where("import_id", "=", id)
      .execute();
    expect(left).toEqual([]);
  });

  test("an operator's cancel ends the import and keeps what is written", async () => {
    const { workspace, id, input, options } = await uploaded(example);
    const activities = importActivities({ db: api.database.db, kick: () => {} });
    // Holds the first batch back until the cancel has been obeyed.
    let obeyed = () => {};
    const told = new Promise<void>((resolve) => {
      obeyed = resolve;
    });
    const held = {
      ...activities,
      readImportRows: async (of: typeof input) => {
        await told;
        return activities.readImportRows(of);
      },
      cancelImport: async (of: typeof input) => {
        await activities.cancelImport(of);
        obeyed();
      },
    };
    const report = await (await worker(held)).runUntil(async () => {
      const handle = await temporal.client.workflow.start(contactImportWorkflow, options);
      await handle.signal(cancel);
      return handle.result();
    });
    expect(report).toMatchObject({ state: "cancelled", phase: "ended", rows: 0 });
    expect((await workspace.ask(`GET /v1/imports/${id}`)).body.state).toBe("cancelled");
    expect((await workspace.ask(`POST /v1/imports/${id}/cancel`)).body.code).toBe("state_conflict");
  });
});
