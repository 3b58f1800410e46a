import type { DB } from "./schema.ts";

export type TableName = keyof DB;

/** How the rows of one person are found in a table. */
export type Way =
  /** The column has the contact's id. */
  | { by: "contact"; column: string }
  /** The column names a row of another table that is theirs. */
  | { by: "row"; column: string; of: TableName; key: string }
  /** The column has one of their addresses, or the keyed hash of one. */
  | { by: "address" | "hash"; column: string }
  /** One of their addresses or their name occurs in the column, in whatever spelling. */
  | { by: "mention"; column: string }
  /** The column is the key of a webhook about one of their messages. */
  | { by: "webhook"; column: string }
  /** The column has a sealed answer of the API that names them. */
  | { by: "answer"; column: string };

export const by = {
  contact: (column = "contact_id"): Way => ({ by: "contact", column }),
  row: (column: string, of: TableName, key = "id"): Way => ({ by: "row", column, of, key }),
  address: (column = "address"): Way => ({ by: "address", column }),
  hash: (column = "address_hash"): Way => ({ by: "hash", column }),
  mention: (column: string): Way => ({ by: "mention", column }),
  webhook: (column: string): Way => ({ by: "webhook", column }),
  answer: (column: string): Way => ({ by: "answer", column }),
};

/**
 * What one table knows of people, and what becomes of it. Every column stands in exactly one of the five groups, as
 * words with spaces between; a test holds this against the live schema.
 */
export interface TablePrivacy {
  /** What its rows are: for docs/retention.md. */
  holds: string;
  /** How the rows of one person are found; each way adds to the others. Without: no row is a person's. */
  person?: readonly Way[];
  /** What erasing a person does with their rows: `empty` takes `identifies` and `content` away. `ends`: they go with the work they serve, which erasure waits for. */
  erasure?: "empty" | "delete" | "ends";
  /** What happens to rows once `age` (a column or expression, a moment) is older than the workspace keeps texts: `empty` takes `content` away; `walk`: its ids are in the order of time, and it is large. Without: they stay. `own`: says in words which other clock they go by. */
  retention?: { age: string; then: "empty" | "delete"; walk?: true } | { own: string };
  /** Rows of which this is true are still at work: left as they are, and looked at again. */
  busy?: string;
  /** Keys, states, reasons, counts, money, times, and hashes that cannot be read without a key: they stay. */
  keeps: string;
  /** The workspace's own words, staff and settings, nothing of a contact: they stay. */
  ours?: string;
  /** Says who somebody is: goes with the person, stays at retention. */
  identifies?: string;
  /** What was said, or what a provider delivered: goes with the person, and at retention. */
  content?: string;
  /** Made by the database from other columns. */
  derived?: string;
  /** What stands in place of a value that may not be null, in SQL. */
  emptied?: Readonly<Record<string, string>>;
}

export const COLUMN_GROUPS = ["keeps", "ours", "identifies", "content", "derived"] as const;
export type ColumnGroup = (typeof COLUMN_GROUPS)[number];

export const columnsOf = (table: TablePrivacy, ...groups: ColumnGroup[]): string[] =>
  groups.flatMap((group) => table[group]?.split(/\s+/).filter(Boolean) ?? []);
