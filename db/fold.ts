import { type Expression, type RawBuilder, sql } from "kysely";

/**
 * Lower case without accents, exactly as contacts.search_name is made: what people type finds what people wrote.
 * Ends in the collation of the columns, as an index of another one is not taken.
 */
export function folded(text: string | Expression<string | null>): RawBuilder<string> {
  return sql<string>`(translate(lower(${text} collate "pg_c_utf8"), 'áàâãäéèêëíìîïóòôõöúùûüñç', 'aaaaaeeeeiiiiooooouuuunc')
    collate "default")`;
}

/** A pattern for `like` that takes the text literally, from the start. */
export const startingWith = (text: string) => `${text.replace(/[\\%_]/g, "\\$&")}%`;

const LAST_CHARACTER = "\u{10FFFF}";

/**
 * Whether a column begins with a text, by an index with text_pattern_ops. Not by `like`: it is not leakproof, so under
 * row-level security PostgreSQL takes neither index nor statistics for it.
 */
export function beginsWith(column: string, prefix: string | RawBuilder<string>): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)} ~>=~ ${prefix} and ${sql.ref(column)} ~<~ (${prefix} || ${LAST_CHARACTER}))`;
}
