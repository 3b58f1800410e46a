import { MockActivityEnvironment } from "@temporalio/testing";
import { importActivities } from "../activities/imports.ts";
import { connectDatabase, type Database } from "../db/connect.ts";
import { CHUNK_BYTES, insertChunk } from "../db/importFiles.ts";
import { insertImport, queueImport } from "../db/imports.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { readHead } from "../domain/csvHead.ts";
import { cpuMsOf } from "./cpu.ts";
import { type BenchContext, type BenchResult, figure } from "./figures.ts";

/** What a file of this many people costs from queued to completed; the upload is not part of it. */
const CASES = [
  { name: "contacts", headers: "Nombre;Teléfono;Correo;Ciudad;Etiqueta", listed: false, dryRun: false },
  {
    name: "contacts, list, consent",
    headers: "Nombre;Teléfono;Correo;Ciudad;Etiqueta;Autoriza WhatsApp",
    listed: true,
    dryRun: false,
  },
  { name: "the same file again", headers: undefined, listed: true, dryRun: false },
  { name: "dry run", headers: undefined, listed: false, dryRun: true },
] as const;

const GOAL = 20_000;
/** No further round is begun that would not end by then: a million rows go through all four cases in about four minutes. */
const MOST_MS = 300_000;

export async function bench(context: BenchContext): Promise<BenchResult[]> {
  const size = context.size(1_000_000);
  const rates = new Map<string, number[]>();
  const cpu = { program: new Map<string, number[]>(), database: new Map<string, number[]>() };
  const memory: number[] = [];
  const began = performance.now();
  for (let round = 0; round < context.rounds; round++) {
    if (((performance.now() - began) / (round || 1)) * (round + 1) > MOST_MS) break;
    const { url, pid } = await context.database();
    const database = connectDatabase(url, { role: "campanile_worker", maxConnections: 4, onLost: () => {} });
    let workspaceId = "";
    let file: { headers: string; pieces(): Generator<Buffer> } | undefined;
    for (const { name, headers, listed, dryRun } of CASES) {
      if (headers) {
        // A workspace of its own, so that nobody is there yet.
        workspaceId = (await createWorkspaceWithOwner(database.db, { name, default_region: "CO" })).workspace
          .id;
        file = { headers, pieces: () => csv(headers, size) };
      }
      if (!file) throw new Error("The first case brings a file");
      const input = await upload(database, workspaceId, file.pieces(), { listed, dryRun });
      const used = { program: -cpuMsOf([process.pid]), database: -cpuMsOf([pid]) };
      const { seconds, peak } = await timed(database, input);
      used.program += cpuMsOf([process.pid]);
      used.database += cpuMsOf([pid]);
      keep(rates, name, size / seconds);
      keep(cpu.program, name, (used.program * 1_000) / size);
      keep(cpu.database, name, (used.database * 1_000) / size);
      memory.push(peak);
      context.say(`${name}: ${size} rows in ${seconds.toFixed(1)} s, ${Math.round(peak)} MB at most`);
    }
    await database.close();
  }
  return [
    ...[...rates].map(([name, rounds]) => figure(name, "rate", "rows/s", rounds, GOAL)),
    ...[...cpu.program].map(([name, rounds]) => figure(name, "CPU of the program", "µs/row", rounds)),
    ...[...cpu.database].map(([name, rounds]) => figure(name, "CPU of the database", "µs/row", rounds)),
    figure("all", "memory of the worker", "MB", memory),
  ];
}

function keep(rounds: Map<string, number[]>, name: string, value: number): void {
  rounds.set(name, [...(rounds.get(name) ?? []), value]);
}

/** People in no order, written in the ways that such files mix. */
function* csv(headers: string, size: number): Generator<Buffer> {
  const consent = headers.includes("Autoriza");
  let lines = [`\ufeff${headers}\r\n`];
  for (let i = 0; i < size; i++) {
    // A full cycle through seven digits: every number once.
    const digits = String((i * 7_919) % 10_000_000).padStart(7, "0");
    const phone = [
      `+57310${digits}`,
      `310${digits}`,
      `+57 310 ${digits.slice(0, 3)} ${digits.slice(3)}`,
      `57-310-${digits}`,
    ][i % 4];
    lines.push(
      `Paola López ${digits};${phone};persona.${digits}@example.com;Bogotá;${i % 3 === 0 ? '"cliente; nuevo"' : "VIP"}${consent ? ";sí" : ""}\r\n`,
    );
    if (lines.length < 10_000) continue;
    yield Buffer.from(lines.join(""));
    lines = [];
  }
  yield Buffer.from(lines.join(""));
}

async function upload(
  { db }: Database,
  workspaceId: string,
  pieces: Iterable<Buffer>,
  { listed, dryRun }: { listed: boolean; dryRun: boolean },
) {
  const { id } = await db
    .transaction()
    .execute((tx) =>
      insertImport(tx, { workspace_id: workspaceId, file_name: "bench.csv", created_by: workspaceId }),
    );
  let held: Buffer = Buffer.alloc(0);
  let head: Buffer | undefined;
  let seq = 0;
  const keep = (bytes: Buffer) =>
    db
      .transaction()
      .execute((tx) => insertChunk(tx, { workspace_id: workspaceId, import_id: id, seq: seq++, bytes }));
  for (const piece of pieces) {
    head ??= piece.subarray(0, 65_536);
    held = Buffer.concat([held, piece]);
    for (; held.length >= CHUNK_BYTES; held = held.subarray(CHUNK_BYTES))
      await keep(held.subarray(0, CHUNK_BYTES));
  }
  await keep(held);
  const { channels, ...detected } = readHead(head ?? held, "utf-8", {});
  const list = listed
    ? await db
        .insertInto("contact_lists")
        .values({ workspace_id: workspaceId, name: id })
        .returning("id")
        .executeTakeFirstOrThrow()
    : undefined;
  await db.transaction().execute((tx) =>
    queueImport(tx, workspaceId, id, {
      file_name: "bench.csv",
      dry_run: dryRun,
      bytes: (seq - 1) * CHUNK_BYTES + held.length,
      sha256: Buffer.alloc(32),
      options: {
        default_region: "CO",
        consent: { channels, purpose: "marketing", source: "import", method: "file" },
      },
      detected: { encoding: "utf-8", ...detected },
      list_id: list?.id ?? null,
    }),
  );
  return { workspaceId, importId: id };
}

/** As the workflow does it, without Temporal's few round trips. */
async function timed({ db }: Database, input: { workspaceId: string; importId: string }) {
  const activities = importActivities({ db, kick: () => {} });
  let peak = 0;
  const measured = async (activity: typeof activities.readImportRows) => {
    const environment = new MockActivityEnvironment();
    environment.on("heartbeat", () => {
      peak = Math.max(peak, process.memoryUsage.rss() / 1e6);
    });
    return (await environment.run(activity, input)) as Awaited<ReturnType<typeof activity>>;
  };
  const began = performance.now();
  let report = await measured(activities.readImportRows);
  while (report.phase === "rows") report = await measured(activities.readImportRows);
  while (report.phase !== "ended") report = await measured(activities.recordImportConsents);
  const seconds = (performance.now() - began) / 1000;
  if (report.state !== "completed") throw new Error(`The import ended as ${report.state}`);
  await activities.clearImportWork(input);
  return { seconds, peak };
}
