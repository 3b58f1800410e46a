import { type Expression, type RawBuilder, sql } from "kysely";

/** Lower case without accents, exactly as contacts.search_name is made: what people type finds what people wrote. */
export function folded(text: string | Expression<string | null>): RawBuilder<string> {
  return sql<string>`translate(lower(${text} collate "pg_c_utf8"), 'áàâãäéèêëíìîïóòôõöúùûüñç', 'aaaaaeeeeiiiiooooouuuunc')`;
}

/** A pattern for `like` that takes the text literally, from the start. */
export const startingWith = (text: string) => `${text.replace(/[\\%_]/g, "\\$&")}%`;
