import pg from "pg";

/** Whether a statement failed because of this unique index: somebody else has the name or address already. */
export function breaksUnique(error: unknown, index: string): boolean {
  return error instanceof pg.DatabaseError && error.code === "23505" && error.constraint === index;
}
