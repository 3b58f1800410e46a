import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { privacy } from "./privacy.ts";
import { COLUMN_GROUPS, columnsOf, type TablePrivacy } from "./privacyWays.ts";

let database: TestDatabase;
let live: Map<string, LiveColumn[]>;
beforeAll(async () => {
  database = await testDatabase();
  const { rows } = await sql<LiveColumn>`
    select c.relname as table, a.attname as name, a.attnotnull as "notNull", a.attgenerated <> '' as derived
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname !~ '^kysely_'
      and a.attnum > 0 and not a.attisdropped`.execute(database.db);
  live = Map.groupBy(rows, (row) => row.table);
});
afterAll(() => database.close());

interface LiveColumn {
  table: string;
  name: string;
  notNull: boolean;
  derived: boolean;
}

const tables = () => Object.entries(privacy) as [string, TablePrivacy][];
const faults = (find: (name: string, table: TablePrivacy, columns: LiveColumn[]) => string[]) =>
  tables().flatMap(([name, table]) => find(name, table, live.get(name) ?? []));

test("the registry · has exactly the tables of the schema", () => {
  expect(Object.keys(privacy).toSorted()).toEqual([...live.keys()].toSorted());
});

test("the registry · has every column of every table, once", () => {
  const wrong = faults((name, table, columns) => {
    const given = columnsOf(table, ...COLUMN_GROUPS);
    const known = new Set(columns.map((column) => column.name));
    return [
      ...columns
        .filter((column) => !given.includes(column.name))
        .map((column) => `${name}.${column.name} is not classified`),
      ...given.filter((column) => !known.has(column)).map((column) => `${name}.${column} does not exist`),
      ...given
        .filter((column, index) => given.indexOf(column) !== index)
        .map((column) => `${name}.${column} twice`),
    ];
  });
  expect(wrong).toEqual([]);
});

test("the registry · can empty what it says it empties", () => {
  const wrong = faults((name, table, columns) => {
    const emptied = new Set(Object.keys(table.emptied ?? {}));
    const goes = columnsOf(table, "identifies", "content");
    const inRows = table.erasure === "empty" || (table.retention && "then" in table.retention);
    return columns.flatMap((column) => {
      const at = `${name}.${column.name}`;
      if (column.derived !== columnsOf(table, "derived").includes(column.name))
        return [`${at}: derived or not?`];
      if (emptied.has(column.name) && !goes.includes(column.name)) return [`${at} is emptied but stays`];
      const leaves = goes.includes(column.name) && inRows && table.erasure !== "delete";
      return leaves && column.notNull && !emptied.has(column.name)
        ? [`${at} may not be null: say what stands there`]
        : [];
    });
  });
  expect(wrong).toEqual([]);
});

test("the registry · says how a person's rows are found wherever something of a person is", () => {
  const wrong = faults((name, table) => {
    const personal = columnsOf(table, "identifies", "content").length > 0;
    const reached = table.erasure === "ends" || (table.person !== undefined && table.erasure !== undefined);
    return personal && !reached ? [`${name}: whose rows?`] : [];
  });
  expect(wrong).toEqual([]);
});

/** A name per table, so that a column is read beside what becomes of it. */
function described(): string {
  const list = (columns: string[]) => columns.map((column) => `\`${column}\``).join(", ");
  const rows = tables()
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, table]) => {
      const gone = columnsOf(table, "identifies", "content");
      const erased =
        table.erasure === "empty" && gone.length > 0 ? `without ${list(gone)}` : erasedRows(table);
      return [`\`${name}\``, table.holds, erased, retained(table, list)];
    });
  return aligned(["table", "holds", "when its person is erased", "after the days of the workspace"], rows);
}

/** As the formatter writes tables. */
function aligned(head: string[], rows: string[][]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |\n`;
  return [head, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("");
}

function erasedRows(table: TablePrivacy): string {
  if (table.erasure === "delete") return "deleted";
  return table.erasure === "ends" ? "waited for until it is gone" : "stays";
}

function retained({ retention, ...table }: TablePrivacy, list: (columns: string[]) => string): string {
  if (retention === undefined) return "stays";
  if ("own" in retention) return `its own clock: ${retention.own}`;
  return retention.then === "delete" ? "deleted" : `without ${list(columnsOf({ ...table }, "content"))}`;
}

test("docs/retention.md · says of every table what becomes of it; `vitest -u` on this file writes it anew", async () => {
  const path = new URL("../docs/retention.md", import.meta.url);
  const heading = "## Table by table\n\n";
  const [prose = ""] = readFileSync(path, "utf8").split(heading);
  await expect(prose + heading + described()).toMatchFileSnapshot(fileURLToPath(path));
});
