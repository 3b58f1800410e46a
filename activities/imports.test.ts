import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MockActivityEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestApi, testApi } from "../api/testing.ts";
import { inTransaction } from "../db/connect.ts";
import { beginImport, insertImport } from "../db/imports.ts";
import { housekeepingActivities } from "./housekeeping.ts";
import { importBatches, Overtaken, writePart } from "./importBatches.ts";
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
  const run = <Result>(activity: (of: typeof input) => Promise<Result>) =>
    new MockActivityEnvironment().run(activity, input) as Promise<Result>;
  let report = await run(activities.readImportRows);
  while (report.state === "running" && report.phase === "rows") report = await run(activities.readImportRows);
  while (report.phase !== "ended") report = await run(activities.recordImportConsents);
  await run(activities.clearImportWork);
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

describe("rows of one person", () => {
  /** More rows than a batch has, so that what belongs together lies in two of them. */
  const filler = Array.from(
    { length: 4_500 },
    (_, n) => `Relleno ${n},+57301${String(n).padStart(7, "0")},,,,`,
  );
  const header = "name,phone,email,city,tags,consent";

  test("merge across batches: the first value stays, blanks are filled, tags add up, a no wins", async () => {
    const workspace = await api.workspace();
    const file = [
      header,
      "Paola,+573105550001,x@,Cali,vip,yes",
      "Luis,+573105550002,,Cali,,yes",
      "Ana,,ana@example.com,,,",
      ...filler,
      "Otra,310 555 0001,paola@example.com,Bogotá,nuevo,no",
      "Luis,+573105550002,,Cali,,?",
      "Ana,n/a,ANA@example.com,Cali,,",
    ].join("\n");
    for (const created of [4_503, 0]) {
      const report = await importFile(workspace, file, "default_region=CO");
      expect(report).toMatchObject({
        rows: 4_506,
        created,
        unchanged: 4_503 - created,
        updated: 0,
        duplicates: 3,
        rejected: 0,
      });
      expect(report.warnings).toEqual({ email_unusable: 1 });
    }
    const contacts = new Map((await contactsOf(workspace)).map((row) => [row.identity, row]));
    expect(contacts.get("tel:+573105550001")).toMatchObject({
      name: "Paola",
      city: "Cali",
      email: "paola@example.com",
      tags: ["vip", "nuevo"],
      attributes: { email_as_typed: "x@" },
      country: "CO",
      phone_type: "mobile",
      number_zones: ["America/Bogota"],
    });
    expect(contacts.get("mailto:ana@example.com")).toMatchObject({ name: "Ana", city: "Cali", phone: null });
    expect(await consentsOf(workspace)).toEqual([
      { identity: "tel:+573105550001", channel: "whatsapp", state: "opted_out", source: "import" },
      { identity: "tel:+573105550002", channel: "whatsapp", state: "opted_in", source: "import" },
    ]);
  });

  test("complete who is there already, and say so once", async () => {
    const workspace = await api.workspace();
    await importFile(workspace, `${header}\nPaola,+573105550001,,Cali,vip,\nLuis,+573105550002,,,,\n`);
    const file = [
      header,
      "Paola,+573105550001,,Cali,,",
      ...filler,
      "Paola,+573105550001,p@example.com,,,",
    ].join("\n");
    expect(await importFile(workspace, file, "dry_run=true")).toMatchObject({
      created: 4_500,
      updated: 1,
      unchanged: 0,
    });
    expect(await importFile(workspace, file)).toMatchObject({
      created: 4_500,
      updated: 1,
      unchanged: 0,
      duplicates: 1,
    });
    expect((await contactsOf(workspace)).find(({ phone }) => phone === "+573105550001")).toMatchObject({
      email: "p@example.com",
      city: "Cali",
      tags: ["vip"],
    });
  });
});

describe("consent", () => {
  test("a yes of a file brings nobody back who has opted out", async () => {
    const workspace = await api.workspace();
    const file = "phone,consent\n+573105550001,yes\n+573105550002,yes\n";
    await importFile(workspace, file);
    const [first] = await contactsOf(workspace);
    const out = { channel: "whatsapp", state: "opted_out", source: "call", method: "spoken" };
    expect((await workspace.ask(`POST /v1/contacts/${first?.id}/consents`, out)).status).toBe(201);
    const report = await importFile(workspace, file);
    expect(report).toMatchObject({ optedIn: 0, optedOut: 0, warnings: { opted_out_before: 1 } });
    const ofFirst = (await consentsOf(workspace)).filter(({ identity }) => identity === first?.identity);
    expect(ofFirst.map(({ state }) => state)).toEqual(["opted_in", "opted_out"]);
  });

  test("an opt-out during the import stays the newest word", async () => {
    const workspace = await api.workspace();
    const id = await upload(workspace, "phone,consent\n+573105550001,yes\n");
    const { id: contactId } = await api.database.db
      .insertInto("contacts")
      .values({ workspace_id: workspace.id, identity: "tel:+573105550001", phone: "+573105550001" })
      .returning("id")
      .executeTakeFirstOrThrow();
    await workspace.ask(`POST /v1/contacts/${contactId}/consents`, {
      channel: "whatsapp",
      state: "opted_in",
      source: "s",
      method: "m",
    });
    await workspace.ask(`POST /v1/contacts/${contactId}/consents`, {
      channel: "whatsapp",
      state: "opted_out",
      source: "s",
      method: "m",
    });
    await work(workspace, id);
    expect((await consentsOf(workspace)).map(({ state }) => state)).toEqual(["opted_in", "opted_out"]);
  });

  test("goes to the channels that are asked for, with words of the client's own", async () => {
    const workspace = await api.workspace();
    const consent = {
      channels: ["sms", "email"],
      column: "firma",
      yes: ["firmado"],
      no: ["negado"],
      source: "fair",
    };
    const query = `consent=${encodeURIComponent(JSON.stringify(consent))}`;
    await importFile(workspace, "phone,firma\n+573105550001,Firmado\n+573105550002,negado\n", query);
    expect(
      (await consentsOf(workspace))
        .map(({ channel, state, source }) => `${channel} ${state} ${source}`)
        .sort(),
    ).toEqual(["email opted_in fair", "email opted_out fair", "sms opted_in fair", "sms opted_out fair"]);
  });

  test("a file that breaks off records the refusals and no yes", async () => {
    const workspace = await api.workspace();
    const rows = Array.from(
      { length: 4_500 },
      (_, n) => `+57301${String(n).padStart(7, "0")},${n === 7 ? "no" : "yes"}`,
    );
    const report = await importFile(
      workspace,
      ["phone,consent", ...rows, '+573105550001,"yes', "+573105550002,yes"].join("\n"),
    );
    expect(report).toMatchObject({ state: "failed", rows: 4_000, optedIn: 0, optedOut: 1 });
    const shown = await workspace.ask("GET /v1/imports");
    expect(shown.body.data[0].error).toBe(
      "The record that begins in line 4502 has a quote that is never closed.",
    );
  });
});

describe("a worker that dies", () => {
  const rows = Array.from(
    { length: 9_000 },
    (_, n) => `P ${n % 8_000},+57301${String(n % 8_000).padStart(7, "0")},${n % 50 === 0 ? "12345" : ""}`,
  );
  const file = ["name,phone,note", ...rows, "Sin,12345,"].join("\r\n");

  test("repeats nothing and loses nothing, wherever it stops", async () => {
    const workspace = await api.workspace();
    const id = await upload(workspace, file, "default_region=CO");
    const input = { workspaceId: workspace.id, importId: id };
    // Two at once, as when the first is believed dead and is not: one of them writes each batch.
    const twice = [0, 1].map(() => new MockActivityEnvironment().run(activities.readImportRows, input));
    await Promise.allSettled(twice);
    const stopped = new MockActivityEnvironment();
    stopped.on("heartbeat", () => stopped.cancel("WORKER_SHUTDOWN"));
    await stopped.run(activities.readImportRows, input);
    expect(await work(workspace, id)).toMatchObject({
      state: "completed",
      rows: 9_001,
      created: 8_000,
      duplicates: 1_000,
      rejected: 1,
    });
    expect((await contactsOf(workspace)).length).toBe(8_000);
  });

  test("in the midst of the consents · each is recorded once, by whichever of two workers goes on", async () => {
    const workspace = await api.workspace();
    const said = Array.from({ length: 12_000 }, (_, n) => `+57301${String(n).padStart(7, "0")},yes`);
    const id = await upload(workspace, ["phone,consent", ...said].join("\n"), "default_region=CO");
    const input = { workspaceId: workspace.id, importId: id };
    await new MockActivityEnvironment().run(activities.readImportRows, input);
    const stopped = new MockActivityEnvironment();
    let beats = 0;
    stopped.on("heartbeat", () => {
      // After the page of refusals and the first two of three pages.
      if (++beats === 4) stopped.cancel("WORKER_SHUTDOWN");
    });
    const half = (await stopped.run(activities.recordImportConsents, input)) as ImportReport;
    expect(half).toMatchObject({ state: "running", phase: "consents", optedIn: 10_000 });
    const recorded = async () => (await consentsOf(workspace)).length;
    expect(await recorded()).toBe(10_000);
    const both = [0, 1].map(() => new MockActivityEnvironment().run(activities.recordImportConsents, input));
    await Promise.all(both);
    expect(await work(workspace, id)).toMatchObject({ state: "completed", optedIn: 12_000 });
    expect(await recorded()).toBe(12_000);
  });

  test("between two parts of a batch · leaves the other to the next, which takes the batch as it was cut", async () => {
    const workspace = await api.workspace();
    const id = await upload(workspace, file, "default_region=CO");
    const { db } = api.database;
    const begun = await beginImport(db, workspace.id, id);
    if (begun === undefined) throw new Error("The import has gone");
    for await (const { parts } of importBatches(db, begun)) {
      const write = () => inTransaction(db, (tx) => writePart(tx, begun, parts[1] as (typeof parts)[number]));
      await write();
      await expect(write()).rejects.toThrow(Overtaken);
      break;
    }
    expect(await work(workspace, id)).toMatchObject({
      state: "completed",
      rows: 9_001,
      created: 8_000,
      duplicates: 1_000,
      rejected: 1,
    });
  });

  test("a stretch ends at once when its worker shuts down, and the next goes on from there", async () => {
    const workspace = await api.workspace();
    const id = await upload(workspace, file, "default_region=CO");
    const input = { workspaceId: workspace.id, importId: id };
    const stopped = new MockActivityEnvironment();
    stopped.on("heartbeat", () => stopped.cancel("WORKER_SHUTDOWN"));
    const half = await stopped.run(activities.readImportRows, input);
    expect(half).toMatchObject({ state: "running", phase: "rows", rows: 4_000 });
    expect(await work(workspace, id)).toMatchObject({
      rows: 9_001,
      created: 8_000,
      duplicates: 1_000,
      rejected: 1,
    });
    const rejects = await workspace.ask(`GET /v1/imports/${id}/rejects`);
    expect(rejects.body.data).toEqual([
      { line: 9_002, column: "phone", reason: "too_short", cells: ["Sin", "12345", ""] },
    ]);
  });
});

describe("an upload that was broken off", () => {
  test("is failed by the housekeeping after a day, and its pieces go", async () => {
    const workspace = await api.workspace();
    const { db } = api.database;
    const begun = () =>
      db
        .transaction()
        .execute((tx) =>
          insertImport(tx, { workspace_id: workspace.id, file_name: "", created_by: workspace.id }),
        );
    const [old, fresh] = [await begun(), await begun()];
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await db.updateTable("imports").set({ created_at: yesterday }).where("id", "=", old.id).execute();
    for (const { id: import_id } of [old, fresh]) {
      await db
        .insertInto("import_chunks")
        .values({ workspace_id: workspace.id, import_id, seq: 0, bytes: Buffer.from("x") })
        .execute();
    }
    expect(await housekeepingActivities({ db }).keepHouse()).toMatchObject({ staleUploads: 1 });
    expect((await workspace.ask(`GET /v1/imports/${old.id}`)).body.state).toBe("failed");
    const left = await db
      .selectFrom("import_chunks")
      .select("import_id")
      .where("workspace_id", "=", workspace.id)
      .execute();
    expect(left).toEqual([{ import_id: fresh.id }]);
  });
});
