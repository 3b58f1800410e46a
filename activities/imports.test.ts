import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MockActivityEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestApi, testApi } from "../api/testing.ts";
import { importActivities, type ImportReport } from "./imports.ts";

let api: TestApi;
let activities: ReturnType<typeof importActivities>;
beforeAll(async () => {
  api = await testApi();
  activities = importActivities({ db: api.database.db, kick: () => {} });
});
afterAll(() => api.close());

type Workspace = Awaited<ReturnType<TestApi["workspace"]>>;

async function upload(workspace: Workspace, file: string | Buffer, query = ""): Promise<string> {
  const response = await api.app.request(`/v1/imports?${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${workspace.key}`, "content-type": "text/csv" },
    body: file,
  });
  const body = (await response.json()) as { id: string };
  expect(response.status, JSON.stringify(body)).toBe(202);
  return body.id;
}

/** What the workflow does, without Temporal. */
async function work(workspace: Workspace, importId: string): Promise<ImportReport> {
  const input = { workspaceId: workspace.id, importId };
  const run = (activity: (of: typeof input) => Promise<unknown>) =>
    new MockActivityEnvironment().run(activity, input) as Promise<ImportReport>;
  let report = await run(activities.readImportRows);
  while (report.state === "running" && report.phase === "rows") report = await run(activities.readImportRows);
  while (report.phase !== "ended") report = await run(activities.recordImportConsents);
  await run(activities.clearImportWork as never);
  return report;
}

const importFile = async (workspace: Workspace, file: string | Buffer, query = "") =>
  work(workspace, await upload(workspace, file, query));

const contactsOf = (workspace: Workspace) =>
  api.database.db
    .selectFrom("contacts")
    .selectAll()
    .where("workspace_id", "=", workspace.id)
    .orderBy("identity")
    .execute();

const consentsOf = (workspace: Workspace) =>
  api.database.db
    .selectFrom("consents as k")
    .innerJoin("contacts as c", "c.id", "k.contact_id")
    .select(["c.identity", "k.channel", "k.state", "k.source"])
    .where("k.workspace_id", "=", workspace.id)
    .orderBy("c.identity")
    .orderBy("k.at")
    .execute();

/** Counted by hand, with code that shares nothing with what is tested. */
function countIndependently(text: string, delimiter: string, country: string) {
  const rows: string[][] = [];
  let cell = "";
  let row: string[] = [];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') cell += text[++i];
      else if (c === '"') quoted = false;
      else cell += c;
    } else if (c === '"') quoted = true;
    else if (c === delimiter) {
      row.push(cell);
      cell = "";
    } else if (c === "\n") {
      rows.push([...row, cell.replace(/\r$/, "")]);
      row = [];
      cell = "";
    } else cell += c;
  }
  const people = new Map<string, { name: string; city: string; consent: Set<string> }>();
  let rejected = 0;
  for (const [name, phone, email, city, , consent] of rows.slice(1) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ][]) {
    const digits = phone.replace(/\D/g, "").replace(/^00/, "");
    const national = digits.replace(new RegExp(`^${country}(1(?=\\d{10}$))?(?=\\d{10}$)`), "");
    let who: string | undefined;
    if (/^\d{10}$/.test(national) && !phone.includes("E+")) who = `tel:+${country}${national}`;
    else if (/^(|n\/a|-+|no tiene)$/.test(phone) && /^[^@\s]+@example\.com$/.test(email))
      who = `mailto:${email}`;
    if (who === undefined) {
      rejected++;
      continue;
    }
    const known = people.get(who);
    if (!known) people.set(who, { name, city, consent: new Set([consent]) });
    else {
      known.name ||= name;
      known.consent.add(consent);
    }
  }
  return { rows: rows.length - 1, people, rejected };
}

describe.each([
  {
    file: "contacts-co.csv",
    region: "CO",
    encoding: "utf-8",
    delimiter: ";",
    country: "57",
    no: "no",
    yes: "sí",
  },
  {
    file: "contacts-mx-cp1252.csv",
    region: "MX",
    encoding: "windows-1252",
    delimiter: ",",
    country: "52",
    no: "no",
    yes: "yes",
  },
])("importing $file", ({ file, region, encoding, delimiter, country, no, yes }) => {
  const bytes = readFileSync(join(import.meta.dirname, "..", "examples", file));
  const expected = countIndependently(new TextDecoder(encoding).decode(bytes), delimiter, country);
  const duplicates = expected.rows - expected.people.size - expected.rejected;
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await api.workspace();
  });

  test("a dry run counts and writes nothing", async () => {
    const report = await importFile(workspace, bytes, `default_region=${region}&dry_run=true&list_name=None`);
    expect(report).toMatchObject({
      state: "completed",
      rows: expected.rows,
      created: expected.people.size,
      duplicates,
      rejected: expected.rejected,
    });
    expect(await contactsOf(workspace)).toEqual([]);
    expect(await consentsOf(workspace)).toEqual([]);
  });

  test("loses no row and no letter", async () => {
    const report = await importFile(workspace, bytes, `default_region=${region}&list_name=Fair`);
    expect(report).toMatchObject({
      state: "completed",
      rows: expected.rows,
      created: expected.people.size,
      duplicates,
      rejected: expected.rejected,
    });
    const contacts = await contactsOf(workspace);
    expect(new Map(contacts.map(({ identity, name, city }) => [identity, [name ?? "", city ?? ""]]))).toEqual(
      new Map([...expected.people].map(([who, { name, city }]) => [who, [name, city]])),
    );
    const members = await api.database.db
      .selectFrom("contact_list_members")
      .select("contact_id")
      .where("workspace_id", "=", workspace.id)
      .execute();
    expect(members.length).toBe(contacts.length);
  });

  test("an explicit no wins, a yes opts in, blank says nothing", async () => {
    const states = new Map((await consentsOf(workspace)).map(({ identity, state }) => [identity, state]));
    for (const [who, { consent }] of expected.people) {
      const state = consent.has(no) ? "opted_out" : consent.has(yes) ? "opted_in" : undefined;
      expect(states.get(who)).toBe(state);
    }
  });

  test("a second import changes nothing", async () => {
    const before = [await contactsOf(workspace), await consentsOf(workspace)];
    const report = await importFile(workspace, bytes, `default_region=${region}&list_name=Fair`);
    expect(report).toMatchObject({
      rows: expected.rows,
      created: 0,
      updated: 0,
      unchanged: expected.people.size,
      duplicates,
      rejected: expected.rejected,
      optedIn: 0,
      optedOut: 0,
    });
    expect([await contactsOf(workspace), await consentsOf(workspace)]).toEqual(before);
  });
});
